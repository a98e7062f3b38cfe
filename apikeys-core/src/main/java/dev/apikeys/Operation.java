package dev.apikeys;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asked for, as far as host calls need to know it.
 *
 * @param name as in the manager's interface
 * @param keyId the key it is about, or null
 * @param creates whether it is about to create that key, so that failures carry its id
 * @param deadline on the ticker, in nanoseconds; meaningless without an operation timeout
 */
record Operation(String name, @Nullable String keyId, boolean creates, long deadline) {

    /** The same operation about to create a key. */
    Operation creating(String id) {
        return new Operation(name, id, true, deadline);
    }

    /** The failure as the caller is to see it. */
    StorageException explained(StorageException failure) {
        if (!creates
                || failure instanceof DuplicateKeyException
                || failure.keyId().isPresent()) {
            return failure;
        }
        return failed(
                failure.getMessage() == null ? "The store failed" : failure.getMessage(),
                failure,
                failure.outcomeUnknown());
    }

    StorageException failed(String message, @Nullable Throwable cause, boolean outcomeUnknown) {
        return new StorageException(message, cause, outcomeUnknown, creates ? keyId : null);
    }
}
