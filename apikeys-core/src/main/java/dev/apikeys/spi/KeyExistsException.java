package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when an insert finds a row with its id or lookup, or in a {@link TempKeyStore} with its ticket hash; nothing
 * was written. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class KeyExistsException extends StorageException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param keyId the key of the row to insert
     * @param cause the database's exception, or null
     */
    public KeyExistsException(String keyId, @Nullable Throwable cause) {
        super(
                "A key with the id " + keyId
                        + ", or with its lookup, exists, or a temp key with its ticket; nothing was written",
                cause,
                false,
                keyId);
    }
}
