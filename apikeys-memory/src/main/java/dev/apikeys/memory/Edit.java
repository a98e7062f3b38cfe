package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One change to one value: whether it may be made, and what comes of it. Both are pure functions of the value before,
 * because several threads may make the same change for each other. Immutable and thread-safe.
 */
sealed interface Edit<V> {

    /** The key of the value. */
    String key();

    /** Why the change cannot be made to this value (null: absent), or null if it can. */
    @Nullable Outcome refusal(@Nullable V before);

    /** The value after the change, or null if the change removes it. Called only where there is no refusal. */
    @Nullable V after(@Nullable V before);

    /** A new row. */
    record InsertRow(KeyRow row) implements Edit<KeyRow> {
        @Override
        public String key() {
            return row.id();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            return before == null ? null : Outcome.DUPLICATE;
        }

        @Override
        public KeyRow after(@Nullable KeyRow before) {
            return row;
        }
    }

    /** A new state of a row, which keeps what only usage and creation set. */
    record ReplaceRow(Change.Replace replace) implements Edit<KeyRow> {
        @Override
        public String key() {
            return replace.row().id();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            boolean expected = before != null
                    && before.version() == replace.expectedVersion()
                    && before.hash().equals(replace.expectedHash());
            return expected ? null : Outcome.CONFLICT;
        }

        @Override
        public KeyRow after(@Nullable KeyRow before) {
            KeyRow row = replace.row();
            KeyRow stored = Objects.requireNonNull(before);
            return new KeyRow(
                    stored.id(),
                    stored.lookup(),
                    row.hash(),
                    row.name(),
                    row.description(),
                    row.owner(),
                    row.role(),
                    row.permissions(),
                    row.metadata(),
                    stored.createdAt(),
                    row.updatedAt(),
                    row.expiresAt(),
                    stored.lastUsedAt(),
                    row.revokedAt(),
                    row.revokedReason(),
                    row.disabledAt(),
                    row.rotatedFrom(),
                    row.rotatedTo(),
                    stored.usageCount(),
                    row.version());
        }
    }

    /** The end of a row, if it still is the very row that was looked at. */
    record RemoveRow(KeyRow seen) implements Edit<KeyRow> {
        @Override
        public String key() {
            return seen.id();
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // any write since then made another row
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            return before == seen ? null : Outcome.CONFLICT;
        }

        @Override
        public @Nullable KeyRow after(@Nullable KeyRow before) {
            return null;
        }
    }

    /** More usage of a row. */
    record AddUsage(UsageDelta delta) implements Edit<KeyRow> {
        @Override
        public String key() {
            return delta.keyId();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            return before != null ? null : Outcome.CONFLICT;
        }

        @Override
        public KeyRow after(@Nullable KeyRow before) {
            KeyRow stored = Objects.requireNonNull(before);
            Long last = stored.lastUsedAt();
            return new KeyRow(
                    stored.id(),
                    stored.lookup(),
                    stored.hash(),
                    stored.name(),
                    stored.description(),
                    stored.owner(),
                    stored.role(),
                    stored.permissions(),
                    stored.metadata(),
                    stored.createdAt(),
                    stored.updatedAt(),
                    stored.expiresAt(),
                    last == null || last < delta.lastUsedAt() ? (Long) delta.lastUsedAt() : last,
                    stored.revokedAt(),
                    stored.revokedReason(),
                    stored.disabledAt(),
                    stored.rotatedFrom(),
                    stored.rotatedTo(),
                    sum(stored.usageCount(), delta.count()),
                    stored.version());
        }

        /** A count at the brink stays there: one below zero would be damage, and the key be denied. */
        private static long sum(long count, long more) {
            return count <= Long.MAX_VALUE - more ? count + more : count;
        }
    }

    /** The entry of a new row in the index of lookups. */
    record ClaimLookup(String key, String id) implements Edit<String> {
        @Override
        public @Nullable Outcome refusal(@Nullable String before) {
            return before == null ? null : Outcome.DUPLICATE;
        }

        @Override
        public String after(@Nullable String before) {
            return id;
        }
    }

    /** The end of an entry in the index of lookups. */
    record ReleaseLookup(String key, String id) implements Edit<String> {
        @Override
        public @Nullable Outcome refusal(@Nullable String before) {
            return id.equals(before) ? null : Outcome.CONFLICT;
        }

        @Override
        public @Nullable String after(@Nullable String before) {
            return null;
        }
    }
}
