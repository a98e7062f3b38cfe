package dev.apikeys.internal.concurrent;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker for the loads of many keys from one source. It opens once loads of two different keys failed or
 * exceeded a bound and none has succeeded since the first of them began: one bad record is no evidence against the
 * source. Any success closes it. While it is open, loads are refused, except for occasional probes.
 *
 * <p>No thread watches the loads: each admission first counts those that have exceeded the bound. Never blocks.
 * Thread-safe.
 */
public final class CircuitBreaker {
    /** The maximum number of concurrent probes: a source that hangs forever costs no more threads than this. */
    static final int MAX_PROBES = 8;

    private static final long PAUSE = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(30).toNanos();

    /**
     * The evidence against the source, valid until the next success.
     *
     * @param successes the number of successes at that time
     * @param suspect the key whose load failed or exceeded the bound
     * @param at when that happened last
     * @param probing the state of the probes, or null until a second key fails
     */
    private record Evidence(
            long successes,
            String suspect,
            long at,
            @Nullable Probing probing) {}

    /**
     * The probes of an open breaker.
     *
     * @param since when it opened
     * @param last the last probe, or null before the first
     * @param slow how many probes in a row exceeded the bound before the last one
     */
    private record Probing(long since, @Nullable Attempt last, int slow) {}

    private final LongSupplier nanos;
    private final long bound;
    private final AtomicLong successes = new AtomicLong();
    private final AtomicReference<@Nullable Evidence> evidence = new AtomicReference<>();
    private final Places probes = new Places(MAX_PROBES);

    private final Set<Attempt> underWay = ConcurrentHashMap.newKeySet();

    /** The earliest time at which a load can exceed the bound. */
    private final AtomicLong nextLook;

    /**
     * Creates a closed breaker.
     *
     * @param bound how long a load may take before it counts as failed
     * @param nanos a monotonic clock
     */
    public CircuitBreaker(Duration bound, LongSupplier nanos) {
        this.bound = bound.toNanos();
        this.nanos = nanos;
        this.nextLook = new AtomicLong(nanos.getAsLong() + this.bound);
    }

    /** Admits a load, which must then be begun or {@linkplain Attempt#leave left}; returns null to refuse it. */
    public @Nullable Attempt admit(String key) {
        look();
        Evidence seen = evidence();
        if (seen == null || seen.probing == null) {
            return new Attempt(key, false);
        }
        if (!isDue(seen.probing) || !probes.take()) {
            return null;
        }
        boolean admitted = false;
        try {
            Attempt probe = new Attempt(key, true);
            admitted = evidence.compareAndSet(
                    seen, new Evidence(seen.successes, seen.suspect, seen.at, next(seen.probing, probe)));
            return admitted ? probe : null;
        } finally {
            if (!admitted) {
                probes.giveBack();
            }
        }
    }

    /** Returns whether the breaker is open: the source counts as failed. */
    public boolean isOpen() {
        Evidence seen = evidence();
        return seen != null && seen.probing != null;
    }

    /**
     * Returns whether a load of this key failed or exceeded the bound, less than a bound ago, and no load has succeeded
     * since it began. The next load of the key is likely to fail too, and not worth waiting for.
     */
    public boolean suspects(String key) {
        Evidence seen = evidence();
        return seen != null && seen.suspect.equals(key) && nanos.getAsLong() - seen.at < bound;
    }

    private @Nullable Evidence evidence() {
        Evidence seen = evidence.get();
        return seen != null && seen.successes == successes.get() ? seen : null;
    }

    private boolean isDue(Probing probing) {
        long now = nanos.getAsLong();
        Attempt last = probing.last;
        if (last == null) {
            return hasPassed(PAUSE, probing.since, now);
        }
        if (last.outlasted()) {
            long pause = Math.min(PAUSE << Math.min(probing.slow + 1, 10), LONGEST_PAUSE);
            return hasPassed(bound + pause, last.admitted, now);
        }
        return last.isOver() && hasPassed(PAUSE, last.over, now);
    }

    /** Also where the clock went back, or the wait would begin anew from there. */
    private static boolean hasPassed(long pause, long since, long now) {
        return now - since < 0 || now - since >= pause;
    }

    private static Probing next(Probing probing, Attempt probe) {
        boolean slow = probing.last != null && probing.last.outlasted();
        return new Probing(probing.since, probe, slow ? probing.slow + 1 : 0);
    }

    /** Counts the loads that have exceeded the bound, each once. Costs only a clock reading while none can have. */
    private void look() {
        long now = nanos.getAsLong();
        long due = nextLook.get();
        if ((due - now > 0 && due - now <= bound) || !nextLook.compareAndSet(due, now + bound)) {
            return;
        }
        long earliest = bound;
        for (Attempt attempt : underWay) {
            if (attempt.isCounted) {
                continue;
            }
            long left = attempt.begun + bound - now;
            if (left <= 0) {
                attempt.isCounted = true;
                count(attempt);
            } else {
                earliest = Math.min(earliest, left);
            }
        }
        nextLook.compareAndSet(now + bound, now + earliest);
    }

    private void count(Attempt attempt) {
        for (; ; ) {
            Evidence seen = evidence.get();
            long now = successes.get();
            if (attempt.successesBefore != now) {
                return;
            }
            Evidence next = with(attempt, seen != null && seen.successes == now ? seen : null, now);
            if (evidence.compareAndSet(seen, next)) {
                return;
            }
        }
    }

    private Evidence with(Attempt attempt, @Nullable Evidence seen, long successes) {
        long now = nanos.getAsLong();
        if (seen != null && seen.probing != null) {
            return seen;
        }
        return seen == null || seen.suspect.equals(attempt.key)
                ? new Evidence(successes, attempt.key, now, null)
                : new Evidence(successes, seen.suspect, seen.at, new Probing(now, null, 0));
    }

    /**
     * An admitted load. Either the thread that runs it begins it, or the caller leaves it; the first of the two wins.
     * Compared by identity.
     */
    public final class Attempt {
        private enum Phase {
            ASKED,
            LEFT,
            BEGUN,
            ENDED
        }

        private final String key;
        private final boolean isProbe;
        private final long admitted = nanos.getAsLong();
        private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ASKED);

        /** Written before the phase changes and read after, like the next two fields. */
        private long begun;

        private long successesBefore;
        private long over;

        /** True once it has been counted for exceeding the bound. */
        private volatile boolean isCounted;

        private Attempt(String key, boolean isProbe) {
            this.key = key;
            this.isProbe = isProbe;
        }

        /** Returns whether this is a probe of an open breaker. */
        public boolean isProbe() {
            return isProbe;
        }

        /** Claims the load for the current thread, which must then {@link #end} it; returns false if it was left. */
        public boolean begin() {
            begun = nanos.getAsLong();
            successesBefore = successes.get();
            return phase.compareAndSet(Phase.ASKED, Phase.BEGUN);
        }

        /** Makes it count once it exceeds the bound. */
        public void watch() {
            underWay.add(this);
        }

        /** Gives up a load; returns false if it has begun or was given up before. */
        public boolean leave() {
            if (phase.get() != Phase.ASKED) {
                return false;
            }
            over = nanos.getAsLong();
            if (!phase.compareAndSet(Phase.ASKED, Phase.LEFT)) {
                return false;
            }
            giveBack();
            return true;
        }

        /** Counts an answer of the source, with any content. */
        public void succeeded() {
            successes.incrementAndGet();
        }

        /** Counts a failure of the source. */
        public void failed() {
            count(this);
        }

        /** Ends it. A load that neither succeeded nor failed does not count. */
        public void end() {
            over = nanos.getAsLong();
            phase.set(Phase.ENDED);
            underWay.remove(this);
            giveBack();
        }

        private void giveBack() {
            if (isProbe) {
                probes.giveBack();
            }
        }

        private boolean isOver() {
            Phase now = phase.get();
            return now == Phase.LEFT || now == Phase.ENDED;
        }

        /** Returns whether it has exceeded the bound so far. One that was given up never began. */
        private boolean outlasted() {
            return switch (phase.get()) {
                case ASKED, LEFT -> false;
                case BEGUN -> nanos.getAsLong() - admitted >= bound;
                case ENDED -> over - admitted >= bound;
            };
        }
    }
}
