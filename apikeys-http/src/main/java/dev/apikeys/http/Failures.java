package dev.apikeys.http;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ConflictException;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exceptions into answers that say nothing of stacks, classes, SQL or what a driver said. */
final class Failures {
    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    /** Of what strangers cause: with any key or ticket, as often as they like. */
    private static final int LINES_PER_SECOND = 10;

    private final ApiKeyManager keys;
    private final Consumer<StorageException> outages;
    private final RateLimit undecided;
    private final RateLimit unanswered;

    /**
     * Creates what answers for a manager.
     *
     * @param keys what is asked, which may be closed
     * @param outages sees each failure of a store
     */
    Failures(ApiKeyManager keys, Consumer<StorageException> outages) {
        this(keys, outages, System::nanoTime);
    }

    Failures(ApiKeyManager keys, Consumer<StorageException> outages, LongSupplier nanos) {
        this.keys = keys;
        this.outages = outages;
        this.undecided = new RateLimit(LINES_PER_SECOND, nanos);
        this.unanswered = new RateLimit(LINES_PER_SECOND, nanos);
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

    /**
     * The answer to an exception. A 500 or 503 is logged under its request id, up to a rate where strangers can cause it;
     * never with a foreign message.
     */
    Failure of(RuntimeException e, String requestId) {
        if (e instanceof Failure failure) {
            return undecided(failure, requestId);
        }
        if (e instanceof InvalidArgumentException invalid) {
            return Failure.invalid(invalid.argument(), invalid);
        }
        if (e instanceof ConflictException conflict) {
            return new Failure(409, conflict.reason().name(), "The key is not in a state that allows this")
                    .withKey(current(conflict.keyId()));
        }
        if (e instanceof KeyNotFoundException) {
            return Failure.noSuchKey();
        }
        if (e instanceof KeyExistsException) {
            return new Failure(409, "EXISTS", "A key of this id exists");
        }
        if (e instanceof VaultFullException) {
            log.warn("Request {}: the vault is full: {}", requestId, shown(e));
            return new Failure(
                            503, "VAULT_FULL", "Too many secrets wait to be opened; nothing was made, try again later")
                    .retryAfter(Duration.ofMinutes(1));
        }
        if (e instanceof StorageException outage) {
            outages.accept(outage);
            if (unanswered.admits()) {
                log.warn(
                        "Request {}: the key store did not answer; outcome unknown: {}; {}",
                        requestId,
                        outage.outcomeUnknown(),
                        shown(outage));
            }
            Failure failure = Failure.unavailable("The key store does not answer; try again")
                    .with("keyId", outage.keyId().orElse(null));
            return outage.outcomeUnknown() ? failure.outcomeUnknown() : failure;
        }
        if (e instanceof IllegalStateException && isClosed()) {
            return undecided(Failure.unavailable().because("the manager is closed"), requestId);
        }
        log.error("Request {} failed: {}", requestId, shown(e));
        return new Failure(500, "INTERNAL", "The server failed; its log has the request id").outcomeUnknown();
    }

    private Failure undecided(Failure failure, String requestId) {
        String why = failure.why();
        if (why != null && undecided.admits()) {
            log.warn("Request {}: answered 503: {}", requestId, why);
        }
        return failure;
    }

    /** Classes and place, never a message: it is foreign, and may hold a hash or a secret. */
    private static String shown(RuntimeException e) {
        return dev.apikeys.internal.text.Failures.shown(e);
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
