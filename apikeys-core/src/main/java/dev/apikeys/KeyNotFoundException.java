package dev.apikeys;

import dev.apikeys.spi.ApiKeyException;

/**
 * Thrown when no key has the given id; nothing was changed. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class KeyNotFoundException extends ApiKeyException {
    private static final long serialVersionUID = 1L;

    /** The id of the key. */
    private final String keyId;

    /**
     * Creates the exception; also for a decorator that hides keys.
     *
     * @param id the id that was asked for
     */
    public KeyNotFoundException(KeyId id) {
        super("There is no key " + id + "; nothing was changed", null);
        keyId = id.value();
    }

    /**
     * Returns the id.
     *
     * @return the id that was asked for
     */
    public KeyId keyId() {
        return KeyId.of(keyId);
    }
}
