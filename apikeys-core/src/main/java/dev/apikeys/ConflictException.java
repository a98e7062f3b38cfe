package dev.apikeys;

import dev.apikeys.spi.ApiKeyException;

/**
 * Thrown when the state of a key does not permit a change; nothing was changed. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class ConflictException extends ApiKeyException {
    private static final long serialVersionUID = 1L;

    /**
     * The reason of a conflict.
     *
     * @since 0.1
     */
    public enum Reason {
        /** The key has another version than the {@link Precondition} names: read the key again, then decide. */
        VERSION,
        /** The key has another owner than the {@link Precondition} names. */
        OWNER,
        /** The key was used since the {@link Precondition} says, or has uses that are not written yet. */
        USED,
        /** The change needs a key in another status, such as an active key for a rotation. */
        NOT_ACTIVE,
        /** The key was rotated already. */
        ROTATED,
        /** The stored permission list is quarantined: see {@link PermissionRepair}. */
        QUARANTINED,
        /** A stored field that the change relies on cannot be read; correct it in the store. */
        UNREADABLE,
        /** The change kept losing the race with other changes of the key: retry. */
        CONTENDED
    }

    /** The id of the key. */
    private final String keyId;

    /** Why. */
    private final Reason reason;

    /**
     * Creates the exception; also for a decorator that refuses changes.
     *
     * @param id the key
     * @param reason why
     * @param what the obstacle, as the rest of a sentence whose subject is the key; never a secret
     */
    public ConflictException(KeyId id, Reason reason, String what) {
        super("Key " + id + " " + what + "; nothing was changed", null);
        this.keyId = id.value();
        this.reason = reason;
    }

    /**
     * Returns the key.
     *
     * @return its id
     */
    public KeyId keyId() {
        return KeyId.of(keyId);
    }

    /**
     * Returns the reason.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
