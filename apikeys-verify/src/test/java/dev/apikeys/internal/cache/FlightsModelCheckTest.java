package dev.apikeys.internal.cache;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Loads that callers share, and writes, in every order: a caller that joins a load sees each write that ended before it
 * came, each load that somebody joined lands, and a load that hangs is replaced by one caller. Who joins does not wait
 * here, since a schedule cannot stop inside of the JDK: whether the promise is kept is looked at when all is over.
 */
class FlightsModelCheckTest {
    private static final String KEY = "key";
    private static final long BOUND = 10;

    @Test
    void whoJoinsALoadSeesEachWriteThatEndedBefore() {
        hold(ReadTogetherWhileWriting.class);
    }

    @Test
    void twinThatJoinsWithoutLookingAtTheStampsIsCaught() {
        refute(ReadTogetherWhileWriting.Unstamped.class, "stale");
    }

    @Test
    void twinThatWakesThoseOfTheLoadInTheSlotIsCaught() {
        refute(ReadTogetherWhileWriting.WakingTheSlot.class, "never woken");
    }

    @Test
    void twinThatRemovesTheLoadInTheSlotIsCaught() {
        refute(ReadTogetherWhileWriting.RemovingAny.class, "two loads of one key and stamp");
    }

    /** Two who load or join, and a write. */
    public static class ReadTogetherWhileWriting {
        final Callers callers;

        public ReadTogetherWhileWriting() {
            this(new Shared());
        }

        ReadTogetherWhileWriting(Slots slots) {
            callers = new Callers(slots);
        }

        @Operation(runOnce = true)
        public void read() {
            callers.read();
            callers.read();
        }

        @Operation(runOnce = true)
        public void readToo() {
            callers.read();
        }

        @Operation(runOnce = true)
        public void write() {
            callers.write(2);
            callers.read();
        }

        @Validate
        public void allAreWoken() {
            callers.requireLanded();
        }

        public static final class Unstamped extends ReadTogetherWhileWriting {
            public Unstamped() {
                super(new JoinsWithoutLooking());
            }
        }

        public static final class WakingTheSlot extends ReadTogetherWhileWriting {
            public WakingTheSlot() {
                super(new WakesTheSlot());
            }
        }

        public static final class RemovingAny extends ReadTogetherWhileWriting {
            public RemovingAny() {
                super(new RemovesAny());
            }
        }
    }

    @Test
    void aLoadThatFailsLandsToo() {
        hold(ReadWhileTheSourceFails.class);
    }

    @Test
    void twinThatDoesNotLandAfterAFailureIsCaught() {
        refute(ReadWhileTheSourceFails.LandingOnlyWhatLoaded.class, "never woken");
    }

    /** Three who load or join, of whose loads the first fails. */
    public static class ReadWhileTheSourceFails {
        final Callers callers;

        public ReadWhileTheSourceFails() {
            this(true);
        }

        ReadWhileTheSourceFails(boolean landsFailures) {
            callers = new Callers(new Shared());
            callers.landsFailures = landsFailures;
            callers.failures.set(1);
        }

        @Operation(runOnce = true)
        public void read() {
            callers.read();
        }

        @Operation(runOnce = true)
        public void readToo() {
            callers.read();
        }

        @Operation(runOnce = true)
        public void readAsWell() {
            callers.read();
        }

        @Validate
        public void allAreWoken() {
            callers.requireLanded();
        }

        public static final class LandingOnlyWhatLoaded extends ReadWhileTheSourceFails {
            public LandingOnlyWhatLoaded() {
                super(false);
            }
        }
    }

    @Test
    void aLoadThatHangsIsReplacedByOneCallerOnceABound() {
        hold(ReplaceWhatHangs.class);
    }

    @Test
    void twinThatPutsItsLoadInAnyCaseIsCaught() {
        refute(ReplaceWhatHangs.Putting.class, "loads for one bound");
    }

    @Test
    void twinThatKeepsThePlaceWhenAnotherCallerWasFirstIsCaught() {
        refute(ReplaceWhatHangs.KeepingThePlace.class, "a place is lost");
    }

    /** A load that hangs until it ends meanwhile, and two who come when it is older than the bound. */
    public static class ReplaceWhatHangs {
        private final Slots slots;
        private final Callers callers;
        private final Flight<Long> hanging;
        private final AtomicInteger replaced = new AtomicInteger();

        public ReplaceWhatHangs() {
            this(new Shared());
        }

        ReplaceWhatHangs(Slots slots) {
            this.slots = slots;
            callers = new Callers(slots);
            hanging = slots.prepare();
            if (slots.board(hanging) != hanging) {
                throw new AssertionError("nobody loads");
            }
            slots.now.set(BOUND);
        }

        @Operation(runOnce = true)
        public void come() {
            Flight<Long> mine = slots.prepare();
            if (slots.board(mine) == mine) {
                if (mine.isReplacement && replaced.incrementAndGet() > 1) {
                    throw new AssertionError("two loads for one bound");
                }
                callers.left.add(mine);
            }
        }

        @Operation(runOnce = true)
        public void comeToo() {
            come();
        }

        @Operation(runOnce = true)
        public void end() {
            hanging.loaded(1L);
            slots.land(hanging);
        }

        @Validate
        public void allPlacesAreFree() {
            for (Flight<Long> flight; (flight = callers.left.poll()) != null; ) {
                slots.land(flight);
            }
            slots.requireAllPlaces();
        }

        public static final class Putting extends ReplaceWhatHangs {
            public Putting() {
                super(new PutsInAnyCase());
            }
        }

        public static final class KeepingThePlace extends ReplaceWhatHangs {
            public KeepingThePlace() {
                super(new KeepsThePlace());
            }
        }
    }

    /** What callers do, as the loader does it. */
    private static final class Callers {
        final Slots slots;
        final AtomicLong stored = new AtomicLong(1);
        final AtomicLong ended = new AtomicLong(1);
        final AtomicInteger failures = new AtomicInteger();
        final Queue<Joined> joined = new ConcurrentLinkedQueue<>();
        final Queue<Flight<Long>> left = new ConcurrentLinkedQueue<>();
        final ConcurrentHashMap<Long, Flight<Long>> underWay = new ConcurrentHashMap<>();
        boolean landsFailures = true;

        Callers(Slots slots) {
            this.slots = slots;
        }

        void read() {
            long least = ended.get();
            StampedCache.Entry<Long> entry = slots.cache.get(KEY);
            if (entry != null) {
                requireFresh(least, entry.value());
                return;
            }
            Flight<Long> mine = slots.prepare();
            Flight<Long> flight = slots.board(mine);
            if (flight == mine) {
                requireFresh(least, load(mine));
            } else if (flight != null) {
                joined.add(new Joined(flight, least));
            }
        }

        /** Null if it failed. */
        private @Nullable Long load(Flight<Long> mine) {
            long stamp = mine.stamp().changed();
            if (slots.cache.isCurrent(KEY, mine.stamp()) && underWay.putIfAbsent(stamp, mine) != null) {
                throw new AssertionError("two loads of one key and stamp");
            }
            boolean failed = failures.getAndDecrement() > 0;
            Long value = null;
            if (!failed) {
                value = stored.get();
                slots.cache.put(KEY, value, mine.stamp());
                mine.loaded(value);
            }
            underWay.remove(stamp, mine);
            if (!failed || landsFailures) {
                slots.land(mine);
            }
            return value;
        }

        void write(long version) {
            stored.set(version);
            slots.cache.changed(KEY);
            ended.set(version);
        }

        void requireLanded() {
            for (Joined each : joined) {
                Flight.Outcome outcome = each.flight.await(0);
                if (outcome == null) {
                    throw new AssertionError("never woken: " + outcome);
                }
                if (outcome == Flight.Outcome.LOADED) {
                    requireFresh(each.least, each.flight.value());
                }
            }
        }

        private static void requireFresh(long least, @Nullable Long seen) {
            if (seen != null && seen < least) {
                throw new AssertionError("stale: saw version " + seen + " after the write of " + least + " had ended");
            }
        }
    }

    /** A load that a caller joined, and the last version of which the write had ended when it came. */
    private record Joined(Flight<Long> flight, long least) {}

    /** Where loads under way are known. */
    private abstract static class Slots {
        final AtomicLong now = new AtomicLong();
        final StampedCache<String, Long> cache = PlainCache.of(Duration.ofHours(1), now::get);

        Flight<Long> prepare() {
            return new Flight<>(KEY, cache.stamp(KEY));
        }

        abstract @Nullable Flight<Long> board(Flight<Long> mine);

        abstract void land(Flight<Long> flight);

        abstract void requireAllPlaces();
    }

    private static final class Shared extends Slots {
        private final Flights<Long> flights = new Flights<>(cache, Duration.ofNanos(BOUND), now::get);

        @Override
        @Nullable Flight<Long> board(Flight<Long> mine) {
            return flights.board(mine);
        }

        @Override
        void land(Flight<Long> flight) {
            flights.land(flight);
        }

        /** One replacement after the other, none of which ends. */
        @Override
        void requireAllPlaces() {
            for (int i = 0; i <= Flights.MAX_REPLACEMENTS; i++) {
                Flight<Long> mine = prepare();
                if (board(mine) != mine) {
                    throw new AssertionError("a place is lost");
                }
                now.addAndGet(BOUND);
            }
        }
    }

    /** Written out again with one fault each; places are counted without a bound. */
    private abstract static class Twin extends Slots {
        final ConcurrentHashMap<String, Flight<Long>> slots = new ConcurrentHashMap<>();
        final AtomicInteger places = new AtomicInteger();

        @Override
        @Nullable Flight<Long> board(Flight<Long> mine) {
            for (; ; ) {
                Flight<Long> other = slots.putIfAbsent(KEY, mine);
                if (other == null) {
                    return mine;
                }
                if (!isCurrent(other)) {
                    if (slots.replace(KEY, other, mine)) {
                        return mine;
                    }
                } else if (now.get() - other.stamp.since() < BOUND) {
                    return other;
                } else if (replace(other, mine)) {
                    return mine;
                }
            }
        }

        boolean isCurrent(Flight<Long> other) {
            return cache.isCurrent(KEY, other.stamp);
        }

        boolean replace(Flight<Long> other, Flight<Long> mine) {
            places.incrementAndGet();
            mine.isReplacement = true;
            if (slots.replace(KEY, other, mine)) {
                return true;
            }
            mine.isReplacement = false;
            places.decrementAndGet();
            return false;
        }

        @Override
        void land(Flight<Long> flight) {
            slots.remove(KEY, flight);
            leave(flight);
            flight.keepPromise();
        }

        void leave(Flight<Long> flight) {
            if (flight.isReplacement) {
                places.decrementAndGet();
            }
        }

        @Override
        void requireAllPlaces() {
            if (places.get() != 0) {
                throw new AssertionError("a place is lost");
            }
        }
    }

    /** Broken: it may have begun before a write that has ended. */
    private static final class JoinsWithoutLooking extends Twin {
        @Override
        boolean isCurrent(Flight<Long> other) {
            return true;
        }
    }

    /** Broken: what is in the slot may be the load of another caller by now. */
    private static final class WakesTheSlot extends Twin {
        @Override
        void land(Flight<Long> flight) {
            leave(flight);
            Flight<Long> there = slots.get(KEY);
            if (there != null) {
                there.keepPromise();
            }
            slots.remove(KEY, flight);
        }
    }

    /** Broken: the load of another caller goes on, and nobody knows of it. */
    private static final class RemovesAny extends Twin {
        @Override
        void land(Flight<Long> flight) {
            slots.remove(KEY);
            leave(flight);
            flight.keepPromise();
        }
    }

    /** Broken: two who find the same load too old both begin. */
    private static final class PutsInAnyCase extends Twin {
        @Override
        boolean replace(Flight<Long> other, Flight<Long> mine) {
            places.incrementAndGet();
            mine.isReplacement = true;
            slots.put(KEY, mine);
            return true;
        }
    }

    /** Broken: who loses against another caller has taken a place for nothing. */
    private static final class KeepsThePlace extends Twin {
        @Override
        boolean replace(Flight<Long> other, Flight<Long> mine) {
            places.incrementAndGet();
            mine.isReplacement = true;
            boolean replaced = slots.replace(KEY, other, mine);
            mine.isReplacement = replaced;
            return replaced;
        }
    }
}
