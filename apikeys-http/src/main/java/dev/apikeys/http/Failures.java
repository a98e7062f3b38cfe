package dev.apikeys.http;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ConflictException;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exceptions into answers that say nothing of stacks, classes, SQL or what a driver said. */
final class Failures {
    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private final ApiKeyManager keys;
    private final Consumer<StorageException> outages;

    /**
     * Creates what answers for a manager.
     *
     * @param keys what is asked, which may be closed
     * @param outages sees each failure of a store
     */
    Failures(ApiKeyManager keys, Consumer<StorageException> outages) {
        this.keys = keys;
        this.outages = outages;
    }

    /** What answers one request. */
    interface Answer {
        Response to(String requestId) throws IOException;
    }

    /** Answers a request under a new request id; whatever is thrown, but for the failure to read it, becomes an answer. */
    Response answering(Answer answer) throws IOException {
        String requestId = Failure.newRequestId();
        try {
            return answer.to(requestId);
        } catch (RuntimeException e) {
            return of(e, requestId).response(requestId);
        }
    }

    Failure of(RuntimeException e, String requestId) {
        if (e instanceof Failure failure) {
            return failure;
        }
        if (e instanceof InvalidArgumentException invalid) {
            return Failure.invalid(invalid.argument(), invalid);
        }
        if (e instanceof ConflictException conflict) {
            return new Failure(409, conflict.reason().name(), "The key is not in a state that allows this")
                    .with("current", current(conflict.keyId()));
        }
        if (e instanceof KeyNotFoundException) {
            return Failure.noSuchKey();
        }
        if (e instanceof KeyExistsException) {
            return new Failure(409, "EXISTS", "A key of this id exists");
        }
        if (e instanceof VaultFullException) {
            return new Failure(
                            503, "VAULT_FULL", "Too many secrets wait to be opened; nothing was made, try again later")
                    .retryAfter(Duration.ofMinutes(1));
        }
        if (e instanceof StorageException outage) {
            outages.accept(outage);
            log.warn(
                    "Request {}: the key store did not answer; outcome unknown: {}",
                    requestId,
                    outage.outcomeUnknown());
            Failure failure = Failure.unavailable("The key store does not answer; try again")
                    .with("keyId", outage.keyId().orElse(null));
            return outage.outcomeUnknown() ? failure.outcomeUnknown() : failure;
        }
        if (e instanceof IllegalStateException && isClosed()) {
            return Failure.unavailable();
        }
        // Never its message: it is foreign, and may hold a hash or a secret.
        log.error("Request {} failed: {}", requestId, dev.apikeys.internal.text.Failures.shown(e));
        return Failure.internal();
    }

    /** The key as it is now, so that the page can show both; null if the store does not say. */
    private @Nullable Map<String, @Nullable Object> current(KeyId id) {
        try {
            return keys.find(id).map(KeyJson::key).orElse(null);
        } catch (RuntimeException unknown) {
            return null;
        }
    }

    private boolean isClosed() {
        try {
            keys.claimedId(null); // asks nobody
            return false;
        } catch (IllegalStateException closed) {
            return true;
        }
    }
}
