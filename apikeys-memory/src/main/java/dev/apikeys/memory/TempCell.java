package dev.apikeys.memory;

import dev.apikeys.spi.TempRow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A temp row's place in the store. Its state moves by compare-and-set alone: from live to spent, which is settled or
 * ended, and from either to null, which is gone. The thread that moves it does the bookkeeping of that move. Equality is
 * identity. Thread-safe.
 */
final class TempCell {
    final String ticketHash;

    /** Unlike that of any other cell of the store. */
    final Moment deadline;

    /** Where it is found by its key, live and spent. */
    final Hold live;

    final Hold spent;

    private final AtomicReference<@Nullable TempRow> row;

    /** A position by time, made unique by the number of the cell. */
    record Moment(long time, long number) implements Comparable<Moment> {
        /** Returns a position after all cells of this time and before. */
        static Moment after(long time) {
            return new Moment(time, Long.MAX_VALUE);
        }

        @Override
        public int compareTo(Moment other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** A position by key; of one key live rows come before spent ones, and late deadlines before early ones. */
    record Hold(String keyId, boolean isSpent, Moment deadline) implements Comparable<Hold> {
        private static final Moment LATEST = new Moment(Long.MAX_VALUE, Long.MAX_VALUE);
        private static final Moment EARLIEST = new Moment(Long.MIN_VALUE, Long.MIN_VALUE);

        /** Returns a position before all live rows of a key. */
        static Hold first(String keyId) {
            return new Hold(keyId, false, LATEST);
        }

        /** Returns a position after all live rows of a key and before its spent ones. */
        static Hold between(String keyId) {
            return new Hold(keyId, false, EARLIEST);
        }

        /** Returns a position after all rows of a key. */
        static Hold last(String keyId) {
            return new Hold(keyId, true, EARLIEST);
        }

        @Override
        public int compareTo(Hold other) {
            int byKey = keyId.compareTo(other.keyId);
            int byState = byKey != 0 ? byKey : Boolean.compare(isSpent, other.isSpent);
            return byState != 0 ? byState : other.deadline.compareTo(deadline);
        }
    }

    TempCell(long number, TempRow row) {
        this.ticketHash = row.ticketHash();
        this.deadline = new Moment(row.deadline(), number);
        this.live = new Hold(row.keyId(), false, deadline);
        this.spent = new Hold(row.keyId(), true, deadline);
        this.row = new AtomicReference<>(row);
    }

    static boolean isLive(TempRow row) {
        return row.sealed() != null;
    }

    /** Returns the row, or null if it is gone. */
    @Nullable TempRow row() {
        return row.get();
    }

    @SuppressWarnings("ReferenceEquality") // a cell never goes back to a row that it left
    boolean isIn(TempRow state) {
        return row.get() == state;
    }

    boolean move(TempRow from, @Nullable TempRow to) {
        return row.compareAndSet(from, to);
    }
}
