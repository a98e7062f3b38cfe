package dev.apikeys.internal.verification;

import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.internal.text.Failures;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs faults of the service, not of callers: once per cause, or rate-limited, since callers can repeat them. */
public final class VerifierLog {
    private static final Logger LOG = LoggerFactory.getLogger(VerifierLog.class);
    private static final int MAX_PEPPERS_TOLD = 100;

    private final RateLimit logged;
    private final Set<String> pepperIdsTold = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean toldUnpeppered = new AtomicBoolean();
    private final AtomicBoolean toldNoAuthorizer = new AtomicBoolean();

    public VerifierLog(LongSupplier nanos) {
        this.logged = new RateLimit(1, nanos);
    }

    public void unavailable(@Nullable CharSequence id, RuntimeException failure) {
        if (logged.admits()) {
            LOG.warn("A verification of {} could not read from the store: {}", id, Failures.shown(failure));
        }
    }

    public void damaged(CharSequence id, Set<String> fields) {
        if (logged.admits()) {
            LOG.warn("The stored fields {} of key {} cannot be read: it is denied until they are repaired", fields, id);
        }
    }

    public void unknownPepper(String pepperId) {
        if (pepperIdsTold.size() < MAX_PEPPERS_TOLD && pepperIdsTold.add(pepperId)) {
            LOG.error(
                    "There are keys under the pepper {}, which is not configured: they cannot be verified. Set"
                            + " it with ApiKeys.Builder.retiredPepper",
                    pepperId);
        }
    }

    public void unpeppered(Object format) {
        if (toldUnpeppered.compareAndSet(false, true)) {
            LOG.error(
                    "A key whose stored hash has no pepper was rejected. If such keys are yours, configure"
                            + " {}, in ApiKeys.Builder.format or alsoAccept, with"
                            + " acceptingUnpeppered()",
                    format);
        }
    }

    public void noAuthorizer() {
        if (toldNoAuthorizer.compareAndSet(false, true)) {
            LOG.warn("Access to a resource was denied, and always will be: no authorizer is configured. Set one with"
                    + " ApiKeys.Builder.authorizer");
        }
    }

    public void authorizerFailed(CharSequence id, RuntimeException failure) {
        if (logged.admits()) {
            LOG.warn("The authorizer failed on {}; access is denied: {}", id, Failures.shown(failure));
        }
    }
}
