package dev.apikeys.spi;

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
     * A new state of an existing row, written only if the stored row has {@link #expectedVersion()}. Of the given row,
     * {@code lookup}, {@code createdAt}, {@code usageCount} and {@code lastUsedAt} are not written: they stay as stored.
     *
     * @param row the new state; its version is one more than the stored row's must be
     */
    record Replace(KeyRow row) implements Change {
        /**
         * Creates a change.
         *
         * @throws IllegalArgumentException if the version is less than 2
         */
        public Replace {
            if (row.version() < 2) {
                throw new IllegalArgumentException(
                        "version must be at least 2 for a replaced row, but was " + row.version());
            }
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
