package dev.apikeys.internal.concurrent;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Loads that fail, hang and succeed in every order: the source counts as failed for two keys and not for one, and not
 * beyond a success; and there is always a probe to find out, one at a time.
 */
class CircuitBreakerModelCheckTest {
    private static final Duration BOUND = Duration.ofSeconds(2);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void oneBadRowDoesNotOpenIt() {
        hold(OneRowFails.class);
    }

    @Test
    void twinThatCountsFailuresOfAnyKeyIsCaught() {
        refute(OneRowFails.CountingAny.class, "one bad row opened it");
    }

    /** Loads of one key, all of which fail, at once. */
    public static class OneRowFails {
        private final Breaker breaker;

        public OneRowFails() {
            this(new Sound());
        }

        OneRowFails(Breaker breaker) {
            this.breaker = breaker;
        }

        @Operation(runOnce = true)
        public void fail() {
            breaker.load("bad", false);
            requireClosed();
        }

        @Operation(runOnce = true)
        public void failToo() {
            fail();
        }

        @Operation(runOnce = true)
        public void failAsWell() {
            fail();
        }

        @Validate
        public void requireClosed() {
            if (breaker.isOpen()) {
                throw new AssertionError("one bad row opened it");
            }
        }

        public static final class CountingAny extends OneRowFails {
            public CountingAny() {
                super(new CountsAny());
            }
        }
    }

    @Test
    void twoKeysOpenItUnlessALoadHasSucceededSinceTheFirstBegan() {
        hold(TwoRowsFail.class);
    }

    @Test
    void twinThatForgetsOneOfTwoIsCaught() {
        refute(TwoRowsFail.Forgetting.class, "two keys failed, and it is closed");
    }

    @Test
    void twinThatCountsALoadFromItsEndIsCaught() {
        refute(TwoRowsFail.CountingFromTheEnd.class, "it is open although a load has succeeded");
    }

    /** Loads of two keys that fail, and one of a third that succeeds. */
    public static class TwoRowsFail {
        private final Breaker breaker;
        private final AtomicBoolean succeeds = new AtomicBoolean();
        private final AtomicBoolean succeeded = new AtomicBoolean();
        private final AtomicInteger outdated = new AtomicInteger();
        private final AtomicInteger counting = new AtomicInteger();

        public TwoRowsFail() {
            this(new Sound());
        }

        TwoRowsFail(Breaker breaker) {
            this.breaker = breaker;
        }

        @Operation(runOnce = true)
        public void fail() {
            fail("one");
        }

        @Operation(runOnce = true)
        public void failToo() {
            fail("other");
        }

        private void fail(String key) {
            boolean after = succeeded.get();
            Breaker.Run run = breaker.begin(key);
            if (run == null) {
                throw new AssertionError("refused before a second key failed");
            }
            boolean before = !succeeds.get();
            run.end(false);
            if (before) {
                outdated.incrementAndGet();
            } else if (after) {
                counting.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void succeed() {
            Breaker.Run run = breaker.begin("third");
            if (run != null) {
                succeeds.set(true);
                run.end(true);
                succeeded.set(true);
            }
        }

        /** Where a success fell between, it is not known; where it fell clearly, it is. */
        @Validate
        public void countsBothOrNone() {
            boolean open = breaker.isOpen();
            if (open && outdated.get() > 0 && succeeded.get()) {
                throw new AssertionError("it is open although a load has succeeded since one of the two began");
            }
            if (!open && (counting.get() == 2 || !succeeded.get())) {
                throw new AssertionError("two keys failed, and it is closed");
            }
        }

        public static final class Forgetting extends TwoRowsFail {
            public Forgetting() {
                super(new Forgets());
            }
        }

        public static final class CountingFromTheEnd extends TwoRowsFail {
            public CountingFromTheEnd() {
                super(new CountsFromTheEnd());
            }
        }
    }

    @Test
    void oneCallerProbes() {
        hold(ProbeWhileOpen.class);
    }

    @Test
    void twinThatLooksAndThenProbesIsCaught() {
        refute(ProbeWhileOpen.LookingFirst.class, "two probes at once");
    }

    /** An open breaker a second later, and callers at once. */
    public static class ProbeWhileOpen {
        private final Breaker breaker;
        private final AtomicInteger admitted = new AtomicInteger();

        public ProbeWhileOpen() {
            this(new Sound());
        }

        ProbeWhileOpen(Breaker breaker) {
            this.breaker = breaker;
            breaker.load("one", false);
            breaker.load("other", false);
            breaker.now.addAndGet(SECOND);
        }

        @Operation(runOnce = true)
        public void come() {
            if (breaker.begin("one") != null && admitted.incrementAndGet() > 1) {
                throw new AssertionError("two probes at once");
            }
        }

        @Operation(runOnce = true)
        public void comeToo() {
            come();
        }

        @Operation(runOnce = true)
        public void comeAsWell() {
            come();
        }

        @Validate
        public void oneWasAdmitted() {
            if (admitted.get() != 1) {
                throw new AssertionError("nobody probes");
            }
        }

        public static final class LookingFirst extends ProbeWhileOpen {
            public LookingFirst() {
                super(new LooksFirst());
            }
        }
    }

    @Test
    void afterAProbeThatDiedAnotherOneIsMade() {
        hold(ProbeThatDies.class);
    }

    @Test
    void twinThatDoesNotEndWhatDiedIsCaught() {
        refute(ProbeThatDies.Unended.class, "no probe after one that died");
    }

    /** A probe that is begun by one thread while the one that asked for it leaves, and of which the load throws. */
    public static class ProbeThatDies {
        private final Sound breaker = new Sound();
        private final boolean ends;
        private final CircuitBreaker.Attempt probe;
        private final AtomicInteger decided = new AtomicInteger();

        public ProbeThatDies() {
            this(true);
        }

        ProbeThatDies(boolean ends) {
            this.ends = ends;
            breaker.load("one", false);
            breaker.load("other", false);
            breaker.now.addAndGet(SECOND);
            probe = breaker.admit("one");
        }

        @Operation(runOnce = true)
        public void make() {
            if (!probe.begin()) {
                return;
            }
            decide();
            try {
                probe.watch();
                throw new StackOverflowError();
            } catch (StackOverflowError e) {
                // It has nothing to say of the source.
            } finally {
                if (ends) {
                    probe.end();
                }
            }
        }

        @Operation(runOnce = true)
        public void leave() {
            if (probe.leave()) {
                decide();
            }
        }

        private void decide() {
            if (decided.incrementAndGet() > 1) {
                throw new AssertionError("both begun and left");
            }
        }

        /** All places are free: so many probes that hang are admitted, each later than the last one is overdue. */
        @Validate
        public void anotherOneIsMade() {
            breaker.now.addAndGet(SECOND);
            for (int i = 0; i < CircuitBreaker.MAX_PROBES; i++) {
                CircuitBreaker.Attempt next = breaker.admit("one");
                if (next == null || !next.isProbe() || !next.begin()) {
                    throw new AssertionError("no probe after one that died");
                }
                breaker.now.addAndGet(100 * SECOND);
            }
            if (breaker.admit("one") != null) {
                throw new AssertionError("a place was given back twice");
            }
        }

        public static final class Unended extends ProbeThatDies {
            public Unended() {
                super(false);
            }
        }
    }

    @Test
    void loadsThatHangOpenIt() {
        hold(TwoRowsHang.class);
    }

    @Test
    void twinThatCountsALoadOnlyWhenItEndsIsCaught() {
        refute(TwoRowsHang.CountingEnds.class, "two loads hang, and it is closed");
    }

    /** Loads of two keys that hang, and callers who come when they outlast the bound. */
    public static class TwoRowsHang {
        private final Breaker breaker;

        public TwoRowsHang() {
            this(new Sound());
        }

        TwoRowsHang(Breaker breaker) {
            this.breaker = breaker;
            breaker.begin("one");
            breaker.begin("other");
            breaker.now.addAndGet(BOUND.toNanos());
        }

        @Operation(runOnce = true)
        public void come() {
            breaker.begin("one");
        }

        @Operation(runOnce = true)
        public void comeToo() {
            breaker.begin("third");
        }

        @Validate
        public void itIsOpen() {
            if (breaker.begin("fourth") != null || !breaker.isOpen()) {
                throw new AssertionError("two loads hang, and it is closed");
            }
        }

        public static final class CountingEnds extends TwoRowsHang {
            public CountingEnds() {
                super(new CountsEnds());
            }
        }
    }

    /** A breaker as the loader uses it, or a twin of it. */
    private abstract static class Breaker {
        /** A load that was let through. */
        interface Run {
            void end(boolean success);
        }

        final AtomicLong now = new AtomicLong();

        abstract @Nullable Run begin(String key);

        abstract boolean isOpen();

        void load(String key, boolean success) {
            Run run = begin(key);
            if (run != null) {
                run.end(success);
            }
        }
    }

    private static final class Sound extends Breaker {
        private final CircuitBreaker breaker = new CircuitBreaker(BOUND, now::get);

        CircuitBreaker.@Nullable Attempt admit(String key) {
            return breaker.admit(key);
        }

        @Override
        @Nullable Run begin(String key) {
            CircuitBreaker.Attempt attempt = breaker.admit(key);
            if (attempt == null || !attempt.begin()) {
                return null;
            }
            attempt.watch();
            return success -> {
                if (success) {
                    attempt.succeeded();
                } else {
                    attempt.failed();
                }
                attempt.end();
            };
        }

        @Override
        boolean isOpen() {
            return breaker.isOpen();
        }
    }

    /** Written out again with one fault each. */
    private abstract static class Twin extends Breaker {
        record State(long successes, String suspect, boolean open) {}

        final AtomicLong successes = new AtomicLong();
        final AtomicReference<@Nullable State> state = new AtomicReference<>();
        final AtomicBoolean probing = new AtomicBoolean();

        @Override
        @Nullable Run begin(String key) {
            if (isOpen() && !mayProbe()) {
                return null;
            }
            long before = successes.get();
            return success -> {
                if (success) {
                    successes.incrementAndGet();
                } else {
                    count(key, before);
                }
            };
        }

        boolean mayProbe() {
            return probing.compareAndSet(false, true);
        }

        void count(String key, long before) {
            for (; ; ) {
                State seen = state.get();
                long current = successes.get();
                if (before != current || swap(seen, with(seen, key, current))) {
                    return;
                }
            }
        }

        boolean swap(@Nullable State seen, State next) {
            return state.compareAndSet(seen, next);
        }

        State with(@Nullable State seen, String key, long current) {
            boolean second = seen != null && seen.successes == current && isOther(seen.suspect, key);
            return new State(current, second ? seen.suspect : key, second);
        }

        boolean isOther(String suspect, String key) {
            return !suspect.equals(key);
        }

        @Override
        boolean isOpen() {
            State seen = state.get();
            return seen != null && seen.open && seen.successes == successes.get();
        }
    }

    /** Broken: two failures are enough, whatever of. */
    private static final class CountsAny extends Twin {
        @Override
        boolean isOther(String suspect, String key) {
            return true;
        }
    }

    /** Broken: of two who fail at once, each takes itself for the first. */
    private static final class Forgets extends Twin {
        @Override
        boolean swap(@Nullable State seen, State next) {
            state.set(next);
            return true;
        }
    }

    /** Broken: what succeeded while the load was under way does not count. */
    private static final class CountsFromTheEnd extends Twin {
        @Override
        void count(String key, long before) {
            super.count(key, successes.get());
        }
    }

    /** Broken: what hangs does not end. */
    private static final class CountsEnds extends Twin {}

    /** Broken: two who see that a probe is due both make it. */
    private static final class LooksFirst extends Twin {
        @Override
        boolean mayProbe() {
            boolean free = !probing.get();
            probing.set(true);
            return free;
        }
    }
}
