package dev.apikeys;

import dev.apikeys.spi.ApiKeyException;

/** There is no key with the id that an operation names; nothing was changed. Immutable and thread-safe. */
public final class KeyNotFoundException extends ApiKeyException {
    private static final long serialVersionUID = 1L;

    /** The id of the key. */
    private final String keyId;

    KeyNotFoundException(KeyId id) {
        super("There is no key " + id + "; nothing was changed", null);
        keyId = id.value();
    }

    /**
     * The id.
     *
     * @return the id that was asked for
     */
    public KeyId keyId() {
        return KeyId.of(keyId);
    }
}
