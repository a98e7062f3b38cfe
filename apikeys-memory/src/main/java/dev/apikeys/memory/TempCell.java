package dev.apikeys.memory;

import dev.apikeys.spi.TempRow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The cell of a temp row. Its state changes only by compare-and-set: from live to spent (settled or ended), and from
 * either to null (gone). The thread that makes the change updates the indexes. Equality is identity. Thread-safe.
 */
final class TempCell {
    final String ticketHash;

    /** Unique in the store. */
    final ByDeadline deadline;

    /** Its positions by key, live and spent. */
    final ByKey live;

    final ByKey spent;

    private final AtomicReference<@Nullable TempRow> row;

    /** A position by time, made unique by the number of the cell. */
    record ByDeadline(long time, long number) implements Comparable<ByDeadline> {
        /** Returns a position after all cells of this time and before. */
        static ByDeadline after(long time) {
            return new ByDeadline(time, Long.MAX_VALUE);
        }

        @Override
        public int compareTo(ByDeadline other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** A position by key; of one key live rows come before spent ones, and late deadlines before early ones. */
    record ByKey(String keyId, boolean isSpent, ByDeadline deadline) implements Comparable<ByKey> {
        private static final ByDeadline LATEST = new ByDeadline(Long.MAX_VALUE, Long.MAX_VALUE);
        private static final ByDeadline EARLIEST = new ByDeadline(Long.MIN_VALUE, Long.MIN_VALUE);

        /** Returns a position before all live rows of a key. */
        static ByKey first(String keyId) {
            return new ByKey(keyId, false, LATEST);
        }

        /** Returns a position after all live rows of a key and before its spent ones. */
        static ByKey between(String keyId) {
            return new ByKey(keyId, false, EARLIEST);
        }

        /** Returns a position after all rows of a key. */
        static ByKey last(String keyId) {
            return new ByKey(keyId, true, EARLIEST);
        }

        @Override
        public int compareTo(ByKey other) {
            int byKey = keyId.compareTo(other.keyId);
            int byState = byKey != 0 ? byKey : Boolean.compare(isSpent, other.isSpent);
            return byState != 0 ? byState : other.deadline.compareTo(deadline);
        }
    }

    TempCell(long number, TempRow row) {
        this.ticketHash = row.ticketHash();
        this.deadline = new ByDeadline(row.deadline(), number);
        this.live = new ByKey(row.keyId(), false, deadline);
        this.spent = new ByKey(row.keyId(), true, deadline);
        this.row = new AtomicReference<>(row);
    }

    static boolean isLive(TempRow row) {
        return row.sealed() != null;
    }

    /** Returns the row, or null if it is gone. */
    @Nullable TempRow row() {
        return row.get();
    }

    @SuppressWarnings("ReferenceEquality") // a cell never returns to a row that it left
    boolean isIn(TempRow state) {
        return row.get() == state;
    }

    boolean move(TempRow from, @Nullable TempRow to) {
        return row.compareAndSet(from, to);
    }
}
