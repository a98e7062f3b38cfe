package dev.apikeys.spi;

import java.util.Objects;

/**
 * One row of a {@link ApiKeyStore#write write}. Immutable and thread-safe.
 */
public sealed interface Change {

    /**
     * The row as it stands after the change.
     *
     * @return the row
     */
    KeyRow row();

    /**
     * A new row.
     *
     * @param row the row; its version is 1
     */
    record Insert(KeyRow row) implements Change {
        /**
         * Creates a change.
         *
         * @throws IllegalArgumentException if the version is not 1
         */
        public Insert {
            if (row.version() != 1) {
                throw new IllegalArgumentException("version must be 1 for a new row, but was " + row.version());
            }
        }
    }

    /**
     * A new state of an existing row, written only if the stored row has {@link #expectedVersion()} and the expected hash.
     * Versions begin anew where a key is deleted and another one created under its id; its hash is another one, so that
     * no late change gives the new key the secret or the rights of the old. Of the given row, {@code lookup},
     * {@code createdAt}, {@code usageCount} and {@code lastUsedAt} are not written: they stay as stored.
     *
     * @param row the new state; its version is one more than the stored row's must be
     * @param expectedHash the hash that the stored row must have
     */
    record Replace(KeyRow row, String expectedHash) implements Change {
        /**
         * Creates a change of a row that may change its hash.
         *
         * @throws IllegalArgumentException if the version is less than 2
         */
        public Replace {
            Objects.requireNonNull(expectedHash, "expectedHash");
            if (row.version() < 2) {
                throw new IllegalArgumentException(
                        "version must be at least 2 for a replaced row, but was " + row.version());
            }
        }

        /**
         * Creates a change of a row that keeps its hash.
         *
         * @param row the new state
         * @throws IllegalArgumentException if the version is less than 2
         */
        public Replace(KeyRow row) {
            this(row, row.hash());
        }

        /**
         * The version that the stored row must have.
         *
         * @return one less than the new row's version
         */
        public long expectedVersion() {
            return row.version() - 1;
        }
    }
}
