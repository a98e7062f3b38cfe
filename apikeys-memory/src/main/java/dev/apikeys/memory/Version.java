package dev.apikeys.memory;

import org.jspecify.annotations.Nullable;

/**
 * What a key of a {@link Table} points to: a value, or a value and what a transaction proposes in its place. What a
 * version stands for never changes once its transaction is decided: each write puts a new version. Equality is identity,
 * so that a version seen once is never mistaken for another. Thread-safe.
 */
final class Version<V> {
    private final @Nullable V proposed;

    /** Written before the transaction is forgotten, and read after it was found forgotten. */
    private @Nullable V value;

    private volatile @Nullable Transaction transaction;

    private Version(@Nullable V value, @Nullable V proposed, @Nullable Transaction transaction) {
        this.value = value;
        this.proposed = proposed;
        this.transaction = transaction;
    }

    /** Makes a version of a value that no transaction is about to change. */
    static <V> Version<V> of(V value) {
        return new Version<>(value, null, null);
    }

    /** Makes a version of an absent value, so that a transaction has something of identity to exchange. */
    static <V> Version<V> vacant() {
        return new Version<>(null, null, null);
    }

    /** Makes a version of a value as it is, and as it will be once the transaction commits; null means absent. */
    static <V> Version<V> proposal(@Nullable V value, @Nullable V proposed, Transaction transaction) {
        return new Version<>(value, proposed, transaction);
    }

    /** Returns the committed value, or null if it is absent. */
    @Nullable V current() {
        Transaction by = transaction;
        return by != null && by.committed() ? proposed : value;
    }

    /** Returns the transaction that must be decided before anything else may be put here, or null. */
    @Nullable Transaction undecided() {
        Transaction by = transaction;
        return by != null && !by.decided() ? by : null;
    }

    boolean proposedBy(Transaction candidate) {
        return transaction == candidate;
    }

    boolean isVacant() {
        return transaction == null && value == null;
    }

    /**
     * Forgets a transaction that committed a value, which saves another search for this version's place.
     *
     * @return false if its transaction did not commit, or committed an absence: then the version itself has to go
     */
    boolean settled() {
        Transaction by = transaction;
        if (by != null && by.committed() && proposed != null) {
            value = proposed;
            transaction = null;
        }
        return transaction == null && value != null;
    }
}
