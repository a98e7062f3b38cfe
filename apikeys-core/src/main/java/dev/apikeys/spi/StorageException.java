package dev.apikeys.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown in an outage: a store could not do, or could not confirm, an operation. Immutable and thread-safe.
 *
 * <p>If {@link #outcomeUnknown()} is false, nothing was written. If it is true, the write may or may not have happened:
 * read from the store before a retry. A create is safe to retry with the same key id, which is in {@link #keyId()}: the
 * second one fails with {@link KeyExistsException} if the first one succeeded.
 *
 * <p>The subclasses {@link KeyExistsException} and {@link VaultFullException} are not outages: catch them first.
 *
 * @since 0.1
 */
public class StorageException extends ApiKeyException {
    private static final long serialVersionUID = 1L;

    /** True if the write may have happened. */
    private final boolean outcomeUnknown;

    /** The key that was being created. */
    private final @Nullable String keyId;

    /**
     * Creates an exception for a call that changed nothing.
     *
     * @param message what happened and what to do about it; never a secret
     * @param cause what caused it, or null
     */
    public StorageException(String message, @Nullable Throwable cause) {
        this(message, cause, false, null);
    }

    /**
     * Creates an exception with what is known of the outcome.
     *
     * @param message what happened and what to do about it; never a secret
     * @param cause what caused it, or null
     * @param outcomeUnknown true if the write may have happened
     */
    public StorageException(String message, @Nullable Throwable cause, boolean outcomeUnknown) {
        this(message, cause, outcomeUnknown, null);
    }

    /**
     * Creates an exception with what is known of the outcome, and the key that was being created.
     *
     * @param message what happened and what to do about it; never a secret
     * @param cause what caused it, or null
     * @param outcomeUnknown true if the write may have happened
     * @param keyId the key that was being created, or null
     */
    public StorageException(String message, @Nullable Throwable cause, boolean outcomeUnknown, @Nullable String keyId) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
        this.keyId = keyId;
    }

    /**
     * Returns whether the write may have happened.
     *
     * @return true if the write may or may not have happened, false if it did not
     */
    public final boolean outcomeUnknown() {
        return outcomeUnknown;
    }

    /**
     * Returns the key that was being created, for a create or rotate that failed.
     *
     * @return the key id ({@code ak_…}), empty for other operations
     */
    public final Optional<String> keyId() {
        return Optional.ofNullable(keyId);
    }
}
