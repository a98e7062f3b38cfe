package dev.apikeys.internal.concurrent;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a source of records counts as failed, judged by the loads that are made from it. It does once loads of two
 * different keys failed or outlasted a bound, and none has succeeded since the first of them began: one bad record says
 * nothing about the others. Any success ends that. While it lasts, loads are refused but for a probe now and then.
 *
 * <p>Nobody is told that a load outlasts the bound, since nobody watches: whoever asks for a load looks. Nothing here
 * waits. Thread-safe.
 */
public final class CircuitBreaker {
    /** How many probes may be under way. A source that answers nobody keeps as many threads, and no more. */
    static final int MAX_PROBES = 8;

    private static final long PAUSE = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(30).toNanos();

    /**
     * What speaks against the source, for as long as the number of successes stays what it was.
     *
     * @param successes how many there were when this was seen
     * @param suspect the key of which a load failed or outlasted the bound
     * @param at when one of its loads last did
     * @param probing how the source is probed, or null while no second key is known
     */
    private record Evidence(
            long successes,
            String suspect,
            long at,
            @Nullable Probing probing) {}

    /**
     * @param since when the source began to count as failed
     * @param last the last probe, or null before the first
     * @param slow how many probes in a row before the last one outlasted the bound
     */
    private record Probing(long since, @Nullable Attempt last, int slow) {}

    private final LongSupplier nanos;
    private final long bound;
    private final AtomicLong successes = new AtomicLong();
    private final AtomicReference<@Nullable Evidence> evidence = new AtomicReference<>();
    private final Places probes = new Places(MAX_PROBES);

    private final Set<Attempt> underWay = ConcurrentHashMap.newKeySet();

    /** When the next of the loads under way outlasts the bound, if it has not ended by then. */
    private final AtomicLong nextLook;

    /**
     * Creates a breaker that lets all through.
     *
     * @param bound how long a load may take before it counts like one that failed
     * @param nanos a clock that only goes forward
     */
    public CircuitBreaker(Duration bound, LongSupplier nanos) {
        this.bound = bound.toNanos();
        this.nanos = nanos;
        this.nextLook = new AtomicLong(nanos.getAsLong() + this.bound);
    }

    /**
     * Lets a load through, or refuses it with null. Where it is let through, the caller ends in {@link Attempt#begin} or
     * in {@link Attempt#leave}.
     */
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

    /** Returns whether the source counts as failed. */
    public boolean isOpen() {
        Evidence seen = evidence();
        return seen != null && seen.probing != null;
    }

    /**
     * Returns whether a load of this key failed or outlasted the bound a moment ago, and none of any key has succeeded
     * since it began. The next one of the key may well do the same: it is no use to wait for it.
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
            return now - probing.since >= PAUSE;
        }
        if (last.outlasted()) {
            return now - last.admitted - bound >= Math.min(PAUSE << Math.min(probing.slow + 1, 10), LONGEST_PAUSE);
        }
        return last.isOver() && now - last.over >= PAUSE;
    }

    private static Probing next(Probing probing, Attempt probe) {
        boolean slow = probing.last != null && probing.last.outlasted();
        return new Probing(probing.since, probe, slow ? probing.slow + 1 : 0);
    }

    /** Counts the loads that have outlasted the bound by now, each once. */
    private void look() {
        long now = nanos.getAsLong();
        long due = nextLook.get();
        if (now - due < 0 || !nextLook.compareAndSet(due, now + bound)) {
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
     * A load that was let through. Either the thread that makes it begins it, or the one that asked for it leaves it: the
     * first of the two decides. Two are never equal.
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

        /** These are written before the phase moves on, and read after it has. */
        private long begun;

        private long successesBefore;
        private long over;

        /** Whether it was seen to outlast the bound. */
        private volatile boolean isCounted;

        private Attempt(String key, boolean isProbe) {
            this.key = key;
            this.isProbe = isProbe;
        }

        /** Returns whether the source counts as failed, and is asked all the same. */
        public boolean isProbe() {
            return isProbe;
        }

        /** Claims the load for the thread that makes it, which then has to {@link #end} it; false if it was left. */
        public boolean begin() {
            begun = nanos.getAsLong();
            successesBefore = successes.get();
            return phase.compareAndSet(Phase.ASKED, Phase.BEGUN);
        }

        /** Lets others see how long it takes. */
        public void watch() {
            underWay.add(this);
        }

        /** Leaves a load that has not begun; false if it has, or was left before. */
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

        /** Says that the source has answered. */
        public void succeeded() {
            successes.incrementAndGet();
        }

        /** Says that the source has failed. */
        public void failed() {
            count(this);
        }

        /** Ends it. If it neither succeeded nor failed, it counts for nothing. */
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

        /** Returns whether it took longer than the bound, or has so far. One that was left never began. */
        private boolean outlasted() {
            return switch (phase.get()) {
                case ASKED, LEFT -> false;
                case BEGUN -> nanos.getAsLong() - admitted >= bound;
                case ENDED -> over - admitted >= bound;
            };
        }
    }
}
