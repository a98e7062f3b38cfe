package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * An insert met a row that holds its id or lookup already; nothing was written. Immutable and thread-safe.
 */
public final class DuplicateKeyException extends StorageException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param keyId the id of the row that was to be inserted
     * @param cause what the database said, or null
     */
    public DuplicateKeyException(String keyId, @Nullable Throwable cause) {
        super(
                "A key with the id " + keyId + ", or with its lookup, exists already; nothing was written",
                cause,
                false,
                keyId);
    }
}
