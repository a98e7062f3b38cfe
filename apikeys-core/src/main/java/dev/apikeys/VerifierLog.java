package dev.apikeys;

import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.internal.text.Failures;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs faults of the service, not of callers: once per cause, or rate-limited, since callers can repeat them. */
final class VerifierLog {
    private static final Logger LOG = LoggerFactory.getLogger(VerifierLog.class);
    private static final int MAX_PEPPERS_TOLD = 100;

    private final Emitter emitter;
    private final InstantSource clock;
    private final RateLimit logged;
    private final Set<String> pepperIdsTold = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean toldUnpeppered = new AtomicBoolean();
    private final AtomicBoolean toldNoAuthorizer = new AtomicBoolean();

    VerifierLog(Emitter emitter, InstantSource clock, LongSupplier nanos) {
        this.emitter = emitter;
        this.clock = clock;
        this.logged = new RateLimit(1, nanos);
    }

    void unavailable(@Nullable KeyId id, RuntimeException failure) {
        if (logged.admits()) {
            LOG.warn("A verification of {} could not read from the store: {}", id, Failures.shown(failure));
        }
    }

    void damaged(ApiKey key) {
        if (logged.admits()) {
            LOG.warn(
                    "The stored fields {} of key {} cannot be read: it is denied until they are repaired",
                    key.damaged(),
                    key.id());
        }
        if (key.damaged().contains("permissions") && emitter.admits(KeyEvent.Type.PERMISSIONS_QUARANTINED)) {
            emitter.emit(KeyEvent.Type.PERMISSIONS_QUARANTINED, key.id(), clock.millis(), "");
        }
    }

    void unknownPepper(String pepperId) {
        if (pepperIdsTold.size() < MAX_PEPPERS_TOLD && pepperIdsTold.add(pepperId)) {
            LOG.error(
                    "There are keys under the pepper {}, which is not configured: they cannot be verified. Set"
                            + " it with ApiKeys.Builder.retiredPepper",
                    pepperId);
        }
    }

    void unpeppered(KeyFormat format) {
        if (toldUnpeppered.compareAndSet(false, true)) {
            LOG.error(
                    "A key whose stored hash has no pepper was rejected. If such keys are yours, configure"
                            + " {}, in ApiKeys.Builder.format or alsoAccept, with"
                            + " acceptingUnpeppered()",
                    format);
        }
    }

    void noAuthorizer() {
        if (toldNoAuthorizer.compareAndSet(false, true)) {
            LOG.warn("Access to a resource was denied, and always will be: no authorizer is configured. Set one with"
                    + " ApiKeys.Builder.authorizer");
        }
    }

    void authorizerFailed(KeyId id, RuntimeException failure) {
        if (logged.admits()) {
            LOG.warn("The authorizer failed on {}; access is denied: {}", id, Failures.shown(failure));
        }
    }
}
