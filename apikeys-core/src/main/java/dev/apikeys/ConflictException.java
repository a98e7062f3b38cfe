package dev.apikeys;

import dev.apikeys.spi.ApiKeyException;

/**
 * The change is not possible in the key's present state, or somebody else changed the key in the meantime; nothing was
 * changed. Immutable and thread-safe.
 */
public final class ConflictException extends ApiKeyException {
    private static final long serialVersionUID = 1L;

    /** The id of the key. */
    private final String keyId;

    ConflictException(KeyId id, String why) {
        super("Key " + id + " " + why + "; nothing was changed", null);
        keyId = id.value();
    }

    /**
     * The key.
     *
     * @return its id
     */
    public KeyId keyId() {
        return KeyId.of(keyId);
    }
}
