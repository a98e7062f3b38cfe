package dev.apikeys.internal.upkeep;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch.Delta;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Two flushers at once, and uses that come in meanwhile: every use is written once, and the latest time with it. */
class UsageMeterModelCheckTest {
    /** Two ids of one hash, which stand in one bin: an iterator of the map can then meet a cell made anew behind it. */
    private static final String ID = "Aa";

    private static final String NEIGHBOUR = "BB";

    @Test
    void twoFlushersWriteEveryUseOnce() {
        hold(CountWhileTwoFlush.class);
    }

    @Test
    void twinThatRemovesThenLosesIsCaught() {
        refute(CountWhileTwoFlush.RemovingThenLosing.class, "lost");
    }

    @Test
    void twinThatCountsBeforeItTellsTheTimeIsCaught() {
        refute(CountWhileTwoFlush.CountingBeforeTime.class, "late");
    }

    /** Two flushes at once, and uses that come in. */
    public static class CountWhileTwoFlush {
        private final Sink sink = new Sink();
        private final Meter meter;

        public CountWhileTwoFlush() {
            this(new Sound());
        }

        CountWhileTwoFlush(Meter meter) {
            this.meter = meter;
        }

        @Operation(runOnce = true)
        public void count() {
            meter.add(ID, 1);
            meter.add(ID, 2);
        }

        @Operation(runOnce = true)
        public void flush() {
            meter.flush(sink);
        }

        @Operation(runOnce = true)
        public void flushToo() {
            meter.flush(sink);
        }

        @Validate
        public void everyUseIsWritten() {
            meter.flush(sink);
            sink.requireWritten(ID, 2, 2);
        }

        public static final class RemovingThenLosing extends CountWhileTwoFlush {
            public RemovingThenLosing() {
                super(new RemovesThenLoses());
            }
        }

        public static final class CountingBeforeTime extends CountWhileTwoFlush {
            public CountingBeforeTime() {
                super(new CountsBeforeTime());
            }
        }
    }

    @Test
    void anIdMetTwiceInOneTraversalIsAddedUp() {
        hold(FlushWhileACellIsMadeAnew.class);
    }

    @Test
    void twinThatOverwritesWhatItMetTwiceIsCaught() {
        refute(FlushWhileACellIsMadeAnew.Overwriting.class, "lost");
    }

    /** A flush on its way through the map, while the cell that it took from dies and another is made behind it. */
    public static class FlushWhileACellIsMadeAnew {
        private final Sink sink = new Sink();
        private final Meter meter;

        public FlushWhileACellIsMadeAnew() {
            this(new Sound());
        }

        FlushWhileACellIsMadeAnew(Meter meter) {
            this.meter = meter;
            meter.add(ID, 1);
            meter.add(NEIGHBOUR, 1);
        }

        @Operation(runOnce = true)
        public void flush() {
            meter.flush(sink);
        }

        @Operation(runOnce = true)
        public void flushThenCount() {
            meter.flush(sink);
            meter.add(ID, 2);
        }

        @Validate
        public void everyUseIsWritten() {
            meter.flush(sink);
            sink.requireWritten(ID, 2, 2);
            sink.requireWritten(NEIGHBOUR, 1, 1);
        }

        public static final class Overwriting extends FlushWhileACellIsMadeAnew {
            public Overwriting() {
                super(new OverwritesWhatItMetTwice());
            }
        }
    }

    @Test
    void whatAFlushCouldNotWriteIsWrittenByAnother() {
        hold(CountWhileAFlushFails.class);
    }

    @Test
    void twinThatPutsBackOverNewUsesIsCaught() {
        refute(CountWhileAFlushFails.PuttingBackOverNewUses.class, "lost");
    }

    /** One of two flushes fails, and uses come in. */
    public static class CountWhileAFlushFails {
        private final Sink sink = new Sink();
        private final Meter meter;

        public CountWhileAFlushFails() {
            this(new Sound());
        }

        CountWhileAFlushFails(Meter meter) {
            this.meter = meter;
            meter.add(ID, 1);
            sink.failsNext.set(true);
        }

        @Operation(runOnce = true)
        public void count() {
            meter.add(ID, 2);
        }

        @Operation(runOnce = true)
        public void flush() {
            tryToFlush();
        }

        @Operation(runOnce = true)
        public void flushToo() {
            tryToFlush();
        }

        private void tryToFlush() {
            try {
                meter.flush(sink);
            } catch (StorageException e) {
                sink.failed.set(true);
            }
        }

        @Validate
        public void everyUseIsWritten() {
            tryToFlush();
            meter.flush(sink);
            sink.requireWritten(ID, 2, 2);
        }

        public static final class PuttingBackOverNewUses extends CountWhileAFlushFails {
            public PuttingBackOverNewUses() {
                super(new PutsBackOverNewUses());
            }
        }
    }

    /** A store that adds, and which can fail once. */
    private static final class Sink implements Consumer<List<Delta>> {
        final AtomicBoolean failsNext = new AtomicBoolean();
        final AtomicBoolean failed = new AtomicBoolean();
        private final Map<String, AtomicLong> uses = Map.of(ID, new AtomicLong(), NEIGHBOUR, new AtomicLong());
        private final Map<String, AtomicLong> last = Map.of(ID, new AtomicLong(), NEIGHBOUR, new AtomicLong());

        @Override
        public void accept(List<Delta> deltas) {
            if (failsNext.compareAndSet(true, false)) {
                throw new StorageException("The store is down", null);
            }
            for (Delta delta : deltas) {
                uses.get(delta.keyId()).addAndGet(delta.count());
                last.get(delta.keyId()).accumulateAndGet(delta.lastUsedAt(), Math::max);
            }
        }

        void requireWritten(String id, long count, long at) {
            if (uses.get(id).get() != count) {
                throw new AssertionError("lost: " + uses.get(id) + " uses of " + count + " were written for " + id);
            }
            if (last.get(id).get() != at) {
                throw new AssertionError("late: last use of " + id + " is " + last.get(id) + ", not " + at);
            }
        }
    }

    private interface Meter {
        void add(String id, long at);

        void flush(Consumer<List<Delta>> sink);
    }

    /** One flush at a time, as the writer has it: another one leaves everything to it. */
    private static final class Sound implements Meter {
        private final UsageMeter meter = new UsageMeter();
        private final AtomicBoolean underWay = new AtomicBoolean();

        @Override
        public void add(String id, long at) {
            meter.add(id, 1, at);
        }

        @Override
        public void flush(Consumer<List<Delta>> sink) {
            if (!underWay.compareAndSet(false, true)) {
                return;
            }
            try {
                write(List.copyOf(meter.take(id -> true).values()), sink);
            } finally {
                underWay.set(false);
            }
        }

        private void write(List<Delta> deltas, Consumer<List<Delta>> sink) {
            try {
                sink.accept(deltas);
            } catch (StorageException e) {
                deltas.forEach(meter::giveBack);
                throw e;
            }
            deltas.forEach(meter::written);
        }
    }

    private static final class Cell {
        final AtomicLong count = new AtomicLong();
        final AtomicLong last = new AtomicLong();
    }

    /** Broken: who found a cell before it was removed counts in it afterwards. */
    private static final class RemovesThenLoses implements Meter {
        private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

        @Override
        public void add(String id, long at) {
            Cell fresh = new Cell();
            Cell present = cells.putIfAbsent(id, fresh);
            Cell cell = present == null ? fresh : present;
            cell.last.accumulateAndGet(at, Math::max);
            cell.count.incrementAndGet();
        }

        @Override
        public void flush(Consumer<List<Delta>> sink) {
            for (Map.Entry<String, Cell> entry : cells.entrySet()) {
                Cell cell = entry.getValue();
                long count = cell.count.get();
                if (count > 0 && cells.remove(entry.getKey(), cell)) {
                    sink.accept(List.of(new Delta(entry.getKey(), count, cell.last.get())));
                }
            }
        }
    }

    /** The protocol of the meter in few words, for twins that get one step of it wrong. */
    private abstract static class Twin implements Meter {
        private static final long DEAD = Long.MIN_VALUE;

        final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

        @Override
        public void add(String id, long at) {
            Cell cell = cell(id);
            while (!count(cell, at)) {
                cells.remove(id, cell);
                cell = cell(id);
            }
        }

        private Cell cell(String id) {
            Cell fresh = new Cell();
            Cell present = cells.putIfAbsent(id, fresh);
            return present == null ? fresh : present;
        }

        /** Whether the cell was alive. */
        boolean count(Cell cell, long at) {
            cell.last.accumulateAndGet(at, Math::max);
            return cell.count.getAndIncrement() >= 0;
        }

        @Override
        public void flush(Consumer<List<Delta>> sink) {
            TreeMap<String, Delta> batch = new TreeMap<>();
            for (Map.Entry<String, Cell> entry : cells.entrySet()) {
                Cell cell = entry.getValue();
                long count = cell.count.get();
                if (count > 0 && cell.count.compareAndSet(count, 0)) {
                    gather(batch, new Delta(entry.getKey(), count, cell.last.get()));
                } else if (count == 0 && cell.count.compareAndSet(0, DEAD)) {
                    cells.remove(entry.getKey(), cell);
                }
            }
            List<Delta> deltas = List.copyOf(batch.values());
            try {
                sink.accept(deltas);
            } catch (StorageException e) {
                deltas.forEach(this::giveBack);
                throw e;
            }
        }

        void gather(TreeMap<String, Delta> batch, Delta delta) {
            Delta met = batch.get(delta.keyId());
            long before = met == null ? 0 : met.count();
            batch.put(delta.keyId(), new Delta(delta.keyId(), before + delta.count(), delta.lastUsedAt()));
        }

        void giveBack(Delta delta) {
            for (long i = 0; i < delta.count(); i++) {
                add(delta.keyId(), delta.lastUsedAt());
            }
        }
    }

    /** Broken: a flush between the two takes the use, and its time stays behind. */
    private static final class CountsBeforeTime extends Twin {
        @Override
        boolean count(Cell cell, long at) {
            boolean alive = cell.count.getAndIncrement() >= 0;
            cell.last.accumulateAndGet(at, Math::max);
            return alive;
        }
    }

    /** Broken: takes a traversal to meet each id once. */
    private static final class OverwritesWhatItMetTwice extends Twin {
        @Override
        void gather(TreeMap<String, Delta> batch, Delta delta) {
            batch.put(delta.keyId(), delta);
        }
    }

    /** Broken: what was counted since the flush took its batch is gone. */
    private static final class PutsBackOverNewUses extends Twin {
        @Override
        void giveBack(Delta delta) {
            Cell cell = new Cell();
            cell.last.set(delta.lastUsedAt());
            cell.count.set(delta.count());
            cells.put(delta.keyId(), cell);
        }
    }
}
