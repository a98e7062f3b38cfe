package dev.apikeys.memory;

import org.jspecify.annotations.Nullable;

/**
 * What a key of a {@link Table} points to: a value, or a value and what a transaction proposes in its place. Nothing is
 * changed in place, each write puts a new version; equality is identity, so that a version seen once is never mistaken
 * for another. Immutable and thread-safe.
 */
final class Version<V> {
    private final @Nullable V value;
    private final @Nullable V proposed;
    private final @Nullable Transaction transaction;

    private Version(@Nullable V value, @Nullable V proposed, @Nullable Transaction transaction) {
        this.value = value;
        this.proposed = proposed;
        this.transaction = transaction;
    }

    /** A value that no transaction is about to change. */
    static <V> Version<V> of(V value) {
        return new Version<>(value, null, null);
    }

    /** Stands in for an absent value, so that a transaction has something of identity to exchange. */
    static <V> Version<V> vacant() {
        return new Version<>(null, null, null);
    }

    /** The value as it is, and as it will be once the transaction commits; null means absent. */
    static <V> Version<V> proposal(@Nullable V value, @Nullable V proposed, Transaction transaction) {
        return new Version<>(value, proposed, transaction);
    }

    /** The committed value, or null if it is absent. */
    @Nullable V current() {
        return transaction != null && transaction.committed() ? proposed : value;
    }

    /** The transaction that must be decided before anything else may be put here, or null. */
    @Nullable Transaction undecided() {
        return transaction != null && !transaction.decided() ? transaction : null;
    }

    boolean proposedBy(Transaction candidate) {
        return transaction == candidate;
    }

    boolean isVacant() {
        return transaction == null && value == null;
    }
}
