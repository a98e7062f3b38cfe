package dev.apikeys.internal.gate;

import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import org.jspecify.annotations.Nullable;

/**
 * An operation of a caller, as far as host calls need to know it.
 *
 * @param name the name of the manager's method
 * @param keyId the key it is about, or null
 * @param creates the id of the key being created, so that failures carry it, or null
 * @param since when it began on the ticker, in nanoseconds
 * @param deadline on the ticker, in nanoseconds; meaningless without an operation timeout
 */
public record Operation(
        String name, @Nullable String keyId, @Nullable String creates, long since, long deadline) {

    /** Returns this operation, about a key. */
    public Operation about(String id) {
        return new Operation(name, id, creates, since, deadline);
    }

    /** Returns this operation, creating a key. */
    public Operation creating(String id) {
        return new Operation(name, id, id, since, deadline);
    }

    /** Returns the failure for the caller, with the id of the key being created. */
    StorageException explained(StorageException failure) {
        if (creates == null
                || failure instanceof KeyExistsException
                || failure instanceof VaultFullException
                || failure.keyId().isPresent()) {
            return failure;
        }
        return failed(
                failure.getMessage() == null ? "The store failed" : failure.getMessage(),
                failure,
                failure.outcomeUnknown());
    }

    public StorageException failed(String message, @Nullable Throwable cause, boolean outcomeUnknown) {
        return new StorageException(message, cause, outcomeUnknown, creates);
    }

    /** The failure of a store that answered what its contract excludes. */
    public StorageException nonsense(String what, boolean outcomeUnknown) {
        return failed(name + " failed: " + what + "; fix the store", null, outcomeUnknown);
    }
}
