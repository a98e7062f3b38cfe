package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The journal in memory as a feed: whoever writes, purges, or goes round the ring meanwhile, each change is told by the first
 * poll that begins after it was written, or by an earlier one.
 */
@Tag("ci")
class JournalFeedModelCheckTest {

    private static final long NOW = 5;

    @Test
    void eachChangeIsToldWhileOthersWrite() {
        hold(PollWhileWriting.class);
    }

    @Test
    void twinThatPassesWhatIsUndecidedIsCaught() {
        refute(PollWhileWriting.PassingTheUndecided.class, "never told");
    }

    @Test
    void twinThatPassesEmptyPlacesIsCaught() {
        refute(PollWhileWriting.PassingEmptyPlaces.class, "never told");
    }

    @Test
    void twinThatPutsOverWhatAReaderUsedUpIsCaught() {
        refute(PollWhileWriting.PuttingOverUsedPlaces.class, "never told");
    }

    @Test
    void twinThatMovesItsMarkPastWhatItHasLookedAtIsCaught() {
        refute(PollWhileWriting.MovingTheMarkTooFar.class, "never told");
    }

    /** Two writes and a poll, in a ring with room for all. */
    public static class PollWhileWriting extends Program {
        public PollWhileWriting() {
            this(new Ring(8));
        }

        PollWhileWriting(Journal journal) {
            super(journal);
        }

        @Operation(runOnce = true)
        public void write() {
            write("a");
        }

        @Operation(runOnce = true)
        public void writeToo() {
            write("b");
        }

        @Operation(runOnce = true)
        public void read() {
            poll();
        }

        @Validate
        public void allIsTold() {
            poll();
        }

        public static final class PassingTheUndecided extends PollWhileWriting {
            public PassingTheUndecided() {
                super(new PassesTheUndecided());
            }
        }

        public static final class PassingEmptyPlaces extends PollWhileWriting {
            public PassingEmptyPlaces() {
                super(new PassesEmptyPlaces());
            }
        }

        public static final class PuttingOverUsedPlaces extends PollWhileWriting {
            public PuttingOverUsedPlaces() {
                super(new PutsOverUsedPlaces());
            }
        }

        public static final class MovingTheMarkTooFar extends PollWhileWriting {
            public MovingTheMarkTooFar() {
                super(new MovesTheMarkTooFar());
            }
        }
    }

    @Test
    void eachChangeIsToldWhileTheJournalIsPurged() {
        hold(PollWhilePurging.class);
    }

    @Test
    void twinThatLooksAtWhatWasPurgedBeforeTheRowsIsCaught() {
        refute(PollWhilePurging.LookingFirst.class, "never told");
    }

    @Test
    void twinThatNotesAPurgeAfterwardsIsCaught() {
        refute(PollWhilePurging.NotingAfterwards.class, "never told");
    }

    @Test
    void twinThatNotesAPurgeOneTooLowIsCaught() {
        refute(PollWhilePurging.NotingOneTooLow.class, "never told");
    }

    /** A write, a purge of all there is, and a poll. */
    public static class PollWhilePurging extends Program {
        public PollWhilePurging() {
            this(new Ring(8));
        }

        PollWhilePurging(Journal journal) {
            super(journal);
            write("a");
        }

        @Operation(runOnce = true)
        public void write() {
            write("b");
        }

        @Operation(runOnce = true)
        public void purge() {
            journal.purge();
        }

        @Operation(runOnce = true)
        public void read() {
            poll();
        }

        @Validate
        public void allIsTold() {
            poll();
        }

        public static final class LookingFirst extends PollWhilePurging {
            public LookingFirst() {
                super(new LooksAtThePurgeFirst());
            }
        }

        public static final class NotingAfterwards extends PollWhilePurging {
            public NotingAfterwards() {
                super(new NotesThePurgeAfterwards());
            }
        }

        public static final class NotingOneTooLow extends PollWhilePurging {
            public NotingOneTooLow() {
                super(new NotesThePurgeOneTooLow());
            }
        }
    }

    @Test
    void eachChangeIsToldWhileTheRingGoesRound() {
        hold(PollWhileTheRingGoesRound.class);
    }

    @Test
    void twinThatPutsARowIntoAPlaceThatReadersHavePassedIsCaught() {
        refute(PollWhileTheRingGoesRound.PuttingLate.class, "never told");
    }

    @Test
    void twinThatTakesThePlaceOfWhatIsUndecidedIsCaught() {
        refute(PollWhileTheRingGoesRound.TakingUndecidedPlaces.class, "never told");
    }

    @Test
    void twinThatTakesWhatHasLostItsPlaceForNothingIsCaught() {
        refute(PollWhileTheRingGoesRound.IgnoringLostPlaces.class, "never told");
    }

    @Test
    void twinThatThinksTheRingOneLongerIsCaught() {
        refute(PollWhileTheRingGoesRound.ThinkingItLonger.class, "never told");
    }

    /** A ring of one place: a write, another one that takes its place and is purged, and a poll. */
    public static class PollWhileTheRingGoesRound extends Program {
        public PollWhileTheRingGoesRound() {
            this(new Ring(1));
        }

        PollWhileTheRingGoesRound(Journal journal) {
            super(journal);
        }

        @Operation(runOnce = true)
        public void write() {
            write("a");
        }

        @Operation(runOnce = true)
        public void writeAndPurge() {
            write("b");
            journal.purge();
        }

        @Operation(runOnce = true)
        public void read() {
            poll();
        }

        @Validate
        public void allIsTold() {
            poll();
        }

        public static final class PuttingLate extends PollWhileTheRingGoesRound {
            public PuttingLate() {
                super(new PutsLate());
            }
        }

        public static final class TakingUndecidedPlaces extends PollWhileTheRingGoesRound {
            public TakingUndecidedPlaces() {
                super(new TakesUndecidedPlaces());
            }
        }

        public static final class IgnoringLostPlaces extends PollWhileTheRingGoesRound {
            public IgnoringLostPlaces() {
                super(new IgnoresLostPlaces());
            }
        }

        public static final class ThinkingItLonger extends PollWhileTheRingGoesRound {
            public ThinkingItLonger() {
                super(new ThinksItLonger());
            }
        }
    }

    /** A chain of polls. */
    private abstract static class Program {
        private static final List<String> KEYS = List.of("a", "b");

        final Journal journal;
        private Set<String> told = Set.of();
        private Changes.Mark mark;

        Program(Journal journal) {
            this.journal = journal;
            this.mark = journal.changes(null).next();
        }

        final void write(String key) {
            journal.write(key);
        }

        final void poll() {
            Set<String> before = written();
            Changes changes = journal.changes(mark);
            Set<String> known = new HashSet<>(told);
            // What is written only later is not told by "all".
            known.addAll(changes.isAll() ? written() : changes.ids());
            if (!known.containsAll(before)) {
                throw new AssertionError("never told: " + before + ", but " + known);
            }
            told = known;
            mark = changes.next();
        }

        private Set<String> written() {
            Set<String> written = new HashSet<>();
            for (String key : KEYS) {
                if (journal.isWritten(key)) {
                    written.add(key);
                }
            }
            return written;
        }
    }

    private interface Journal {
        void write(String key);

        /** Returns whether it is decided that the row of a key exists. */
        boolean isWritten(String key);

        Changes changes(Changes.@Nullable Mark mark);

        /** Removes all rows. */
        void purge();
    }

    /** That of the library. */
    private static final class Ring implements Journal {
        private final JournalRing ring;
        private final Map<String, Transaction> transactions = new ConcurrentHashMap<>();

        Ring(int places) {
            ring = new JournalRing(places, InstantSource.fixed(Instant.ofEpochMilli(NOW)));
        }

        @Override
        public void write(String key) {
            JournalRow row =
                    JournalRow.builder(key, "UPDATED", "actor").keyId(key).build();
            ring.write(List.of(row), () -> {
                Transaction transaction = new Transaction(List.of());
                transactions.put(key, transaction);
                return transaction;
            });
        }

        @Override
        public boolean isWritten(String key) {
            Transaction last = transactions.get(key);
            return last != null && last.committed();
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            return ring.changes(mark);
        }

        @Override
        public void purge() {
            ring.purge(NOW, 10);
        }
    }

    /** A ring written out again, with a place for each fault. */
    private abstract static class Twin implements Journal {
        private enum State {
            UNDECIDED,
            COMMITTED,
            OVERTAKEN
        }

        private record Place(long next) implements Changes.Mark {}

        private record Entry(long number, @Nullable String key, AtomicReference<State> state) {
            boolean conclude() {
                return state.compareAndSet(State.UNDECIDED, State.OVERTAKEN);
            }
        }

        private final AtomicReferenceArray<@Nullable Entry> ring;
        private final Map<String, Entry> entries = new ConcurrentHashMap<>();
        final AtomicLong end = new AtomicLong();
        final AtomicLong purged = new AtomicLong();

        Twin(int places) {
            ring = new AtomicReferenceArray<>(places);
        }

        @Override
        public void write(String key) {
            for (; ; ) {
                Entry entry = new Entry(end.getAndIncrement(), key, new AtomicReference<>(State.UNDECIDED));
                entries.put(key, entry);
                if (put(entry) && entry.state.compareAndSet(State.UNDECIDED, State.COMMITTED)) {
                    return;
                }
                ring.compareAndSet(place(entry.number), entry, null);
            }
        }

        @Override
        public boolean isWritten(String key) {
            Entry last = entries.get(key);
            return last != null && last.state.get() == State.COMMITTED;
        }

        private int place(long number) {
            return (int) (number % ring.length());
        }

        long oldest(long next) {
            return Math.max(0, next - ring.length());
        }

        private boolean put(Entry entry) {
            for (; ; ) {
                Entry present = ring.get(place(entry.number));
                if (present != null && isTaken(present, entry.number)) {
                    return false;
                }
                if (exchange(present, entry)) {
                    return isInTime(entry.number);
                }
            }
        }

        private boolean isTaken(Entry present, long number) {
            return present.key == null ? isUsedUp(present.number, number) : present.number >= number;
        }

        boolean isUsedUp(long present, long number) {
            return present >= number;
        }

        boolean isInTime(long number) {
            return number >= oldest(end.get());
        }

        private boolean exchange(@Nullable Entry present, Entry entry) {
            if (present != null && decidesBeforeItTakes()) {
                present.conclude();
            }
            return ring.compareAndSet(place(entry.number), present, entry);
        }

        boolean decidesBeforeItTakes() {
            return true;
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            long from = mark instanceof Place place ? place.next : -1;
            long next = end.get();
            long purgedBefore = purged.get();
            boolean complete = isComplete(from, next);
            Set<String> ids = new HashSet<>();
            for (long number = Math.max(from, oldest(next)); number < next; number++) {
                Entry entry = decided(number);
                complete &= entry != null || !asksForLostPlaces();
                if (entry != null && entry.key != null && entry.state.get() == State.COMMITTED) {
                    ids.add(entry.key);
                }
            }
            Place behind = new Place(behind(next));
            return complete && from >= purgedBy(purgedBefore) ? Changes.of(ids, behind) : Changes.all(behind);
        }

        boolean isComplete(long from, long next) {
            return from >= oldest(next);
        }

        boolean asksForLostPlaces() {
            return true;
        }

        long behind(long next) {
            return next;
        }

        long purgedBy(long before) {
            return purged.get();
        }

        private @Nullable Entry decided(long number) {
            for (; ; ) {
                Entry present = ring.get(place(number));
                if (present != null && present.number > number) {
                    return null;
                }
                if (present != null && present.number == number) {
                    if (decidesWhatItReads()) {
                        present.conclude();
                    }
                    return present;
                }
                Entry none = new Entry(number, null, new AtomicReference<>(State.OVERTAKEN));
                if (!usesEmptyPlaces() || exchange(present, none)) {
                    return none;
                }
            }
        }

        boolean decidesWhatItReads() {
            return true;
        }

        boolean usesEmptyPlaces() {
            return true;
        }

        @Override
        public void purge() {
            long next = end.get();
            for (long number = oldest(next); number < next; number++) {
                Entry entry = ring.get(place(number));
                if (entry != null
                        && entry.number == number
                        && entry.key != null
                        && entry.state.get() == State.COMMITTED) {
                    remove(entry);
                }
            }
        }

        private void remove(Entry entry) {
            notePurge(entry.number);
            ring.compareAndSet(place(entry.number), entry, null);
            notePurgeAfterwards(entry.number);
        }

        void notePurge(long number) {
            purged.accumulateAndGet(number + 1, Math::max);
        }

        void notePurgeAfterwards(long number) {}
    }

    private static final class PassesTheUndecided extends Twin {
        PassesTheUndecided() {
            super(8);
        }

        @Override
        boolean decidesWhatItReads() {
            return false;
        }
    }

    private static final class PassesEmptyPlaces extends Twin {
        PassesEmptyPlaces() {
            super(8);
        }

        @Override
        boolean usesEmptyPlaces() {
            return false;
        }
    }

    private static final class PutsOverUsedPlaces extends Twin {
        PutsOverUsedPlaces() {
            super(8);
        }

        @Override
        boolean isUsedUp(long present, long number) {
            return present > number;
        }
    }

    private static final class MovesTheMarkTooFar extends Twin {
        MovesTheMarkTooFar() {
            super(8);
        }

        @Override
        long behind(long next) {
            return end.get();
        }
    }

    private static final class LooksAtThePurgeFirst extends Twin {
        LooksAtThePurgeFirst() {
            super(8);
        }

        @Override
        long purgedBy(long before) {
            return before;
        }
    }

    private static final class NotesThePurgeAfterwards extends Twin {
        NotesThePurgeAfterwards() {
            super(8);
        }

        @Override
        void notePurge(long number) {}

        @Override
        void notePurgeAfterwards(long number) {
            super.notePurge(number);
        }
    }

    private static final class NotesThePurgeOneTooLow extends Twin {
        NotesThePurgeOneTooLow() {
            super(8);
        }

        @Override
        void notePurge(long number) {
            super.notePurge(number - 1);
        }
    }

    /** Broken: a reader may have passed the place, which is empty again. */
    private static final class PutsLate extends Twin {
        PutsLate() {
            super(1);
        }

        @Override
        boolean isInTime(long number) {
            return true;
        }
    }

    /** Broken: what lost its place commits when no reader finds it any more. */
    private static final class TakesUndecidedPlaces extends Twin {
        TakesUndecidedPlaces() {
            super(1);
        }

        @Override
        boolean decidesBeforeItTakes() {
            return false;
        }
    }

    private static final class IgnoresLostPlaces extends Twin {
        IgnoresLostPlaces() {
            super(1);
        }

        @Override
        boolean asksForLostPlaces() {
            return false;
        }
    }

    private static final class ThinksItLonger extends Twin {
        ThinksItLonger() {
            super(1);
        }

        @Override
        boolean isComplete(long from, long next) {
            return from >= oldest(next) - 1;
        }
    }
}
