package dev.apikeys.memory;

import org.jspecify.annotations.Nullable;

/**
 * The content of a key of a {@link Table}: a value, or a value and the proposal of a transaction to replace it. The
 * meaning of a version never changes once its transaction is decided: each write puts a new version. Equality is
 * identity, which rules out ABA problems. Thread-safe.
 */
final class Version<V> {
    private final @Nullable V proposed;

    /** Written before the transaction is cleared, and read after it was seen cleared. */
    private @Nullable V value;

    private volatile @Nullable Transaction transaction;

    private Version(@Nullable V value, @Nullable V proposed, @Nullable Transaction transaction) {
        this.value = value;
        this.proposed = proposed;
        this.transaction = transaction;
    }

    /** Returns a version of a value without a proposal. */
    static <V> Version<V> of(V value) {
        return new Version<>(value, null, null);
    }

    /** Returns a version of an absent value, which gives a transaction an identity to compare. */
    static <V> Version<V> vacant() {
        return new Version<>(null, null, null);
    }

    /** Returns a version of a value with the value after the transaction commits; null means absent. */
    static <V> Version<V> proposal(@Nullable V value, @Nullable V proposed, Transaction transaction) {
        return new Version<>(value, proposed, transaction);
    }

    /** Returns the committed value, or null if it is absent. */
    @Nullable V current() {
        Transaction by = transaction;
        return by != null && by.committed() ? proposed : value;
    }

    /** Returns the transaction that must be decided before another version may be put here, or null. */
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
     * Drops the reference to a transaction that committed a value, which saves another look-up of this version's key.
     *
     * @return false if its transaction did not commit, or committed an absence: then the version must be removed
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
