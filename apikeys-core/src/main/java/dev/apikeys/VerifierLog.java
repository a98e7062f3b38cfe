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

/**
 * Reports what is wrong with the service rather than with a caller: once for each cause, or up to a rate, since callers can
 * repeat it at will.
 */
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
            LOG.warn("A verification of {} could not ask the store: {}", id, Failures.shown(failure));
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
                    "There are keys whose hash is under the pepper {}, which is not configured: they cannot be verified. Give"
                            + " it with ApiKeys.Builder.retiredPepper",
                    pepperId);
        }
    }

    void unpeppered(KeyFormat format) {
        if (toldUnpeppered.compareAndSet(false, true)) {
            LOG.error(
                    "A key whose stored hash is under no pepper was refused. If such keys are yours, give"
                            + " ApiKeys.Builder.format or alsoAccept, whichever names {}, that format"
                            + " acceptingUnpeppered()",
                    format);
        }
    }

    void noAuthorizer() {
        if (toldNoAuthorizer.compareAndSet(false, true)) {
            LOG.warn(
                    "Access to a resource was asked for and denied, as all will be: no authorizer is set. Give one with"
                            + " ApiKeys.Builder.authorizer");
        }
    }

    void authorizerFailed(KeyId id, RuntimeException failure) {
        if (logged.admits()) {
            LOG.warn("The authorizer failed on {}: denied: {}", id, Failures.shown(failure));
        }
    }
}
