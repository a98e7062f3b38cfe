package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One change to one value: its condition, and the value after it. Both are pure functions of the value before, because
 * several threads may help with the same change. Immutable and thread-safe.
 */
sealed interface Edit<V> {

    /** Returns the key of the value. */
    String key();

    /** Returns why this value (null: absent) cannot be changed, or null if it can. */
    @Nullable Outcome refusal(@Nullable V before);

    /** Returns the value after the change, or null for absent. Called only if there is no refusal. */
    @Nullable V after(@Nullable V before);

    /** The insert of a value. */
    record Put<V>(String key, V value) implements Edit<V> {
        @Override
        public @Nullable Outcome refusal(@Nullable V before) {
            return before == null ? null : Outcome.DUPLICATE;
        }

        @Override
        public V after(@Nullable V before) {
            return value;
        }
    }

    /** The removal of a value, if it is still the same object: any write since the read has created another one. */
    record Drop<V>(String key, V seen) implements Edit<V> {
        @Override
        @SuppressWarnings("ReferenceEquality")
        public @Nullable Outcome refusal(@Nullable V before) {
            return before == seen ? null : Outcome.CONFLICT;
        }

        @Override
        public @Nullable V after(@Nullable V before) {
            return null;
        }
    }

    /** A new state of a row, which keeps the fields set only by usage and creation. */
    record ReplaceRow(WriteSet.Replace replace) implements Edit<KeyRow> {
        @Override
        public String key() {
            return replace.row().id();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            boolean expected = before != null
                    && before.version() == replace.expectedVersion()
                    && before.hash().equals(replace.expectedHash())
                    && !usedSince(before, replace.unlessUsedSince());
            return expected ? null : Outcome.CONFLICT;
        }

        private static boolean usedSince(KeyRow row, @Nullable Long time) {
            Long used = row.lastUsedAt();
            return time != null && used != null && used >= time;
        }

        @Override
        public KeyRow after(@Nullable KeyRow before) {
            KeyRow stored = Objects.requireNonNull(before);
            return replace.row().toBuilder()
                    .id(stored.id())
                    .lookup(stored.lookup())
                    .createdBy(stored.createdBy())
                    .createdAt(stored.createdAt())
                    .usageCount(stored.usageCount())
                    .lastUsedAt(stored.lastUsedAt())
                    .build();
        }
    }

    /**
     * The removal of a row.
     *
     * @param lookup the lookup to release with it: a row with another lookup is another row
     */
    record DeleteRow(WriteSet.Delete delete, @Nullable String lookup) implements Edit<KeyRow> {
        @Override
        public String key() {
            return delete.id();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            Long version = delete.expectedVersion();
            boolean expected = before != null
                    && before.hash().equals(delete.expectedHash())
                    && (version == null || version == before.version())
                    && Objects.equals(before.lookup(), lookup);
            return expected ? null : Outcome.CONFLICT;
        }

        @Override
        public @Nullable KeyRow after(@Nullable KeyRow before) {
            return null;
        }
    }

    /** Adds usage to a row, if it exists. */
    record AddUsage(UsageBatch.Delta delta) implements Edit<KeyRow> {
        @Override
        public String key() {
            return delta.keyId();
        }

        @Override
        public @Nullable Outcome refusal(@Nullable KeyRow before) {
            return null;
        }

        @Override
        public @Nullable KeyRow after(@Nullable KeyRow before) {
            if (before == null) {
                return null;
            }
            Long last = before.lastUsedAt();
            return before.toBuilder()
                    .lastUsedAt(last == null || last < delta.lastUsedAt() ? (Long) delta.lastUsedAt() : last)
                    .usageCount(sum(before.usageCount(), delta.count()))
                    .build();
        }

        /** Saturates: an overflow to below zero would count as damage, and the key would be denied. */
        private static long sum(long count, long more) {
            return count <= Long.MAX_VALUE - more ? count + more : count;
        }
    }

    /** The number of a node's next usage batch; refused if that batch was added before. */
    record CountBatch(String key, long number) implements Edit<Long> {
        @Override
        public @Nullable Outcome refusal(@Nullable Long before) {
            return before == null || before < number ? null : Outcome.CONFLICT;
        }

        @Override
        public Long after(@Nullable Long before) {
            return number;
        }
    }

    /** The removal of an entry from the index of lookups. */
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
