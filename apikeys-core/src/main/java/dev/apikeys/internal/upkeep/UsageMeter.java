package dev.apikeys.internal.upkeep;

import dev.apikeys.spi.UsageBatch.Delta;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Counts uses in memory until they are written. Each use is in exactly one place: in a live cell, taken by the flush,
 * or in the store. A cell dies only at zero, by compare-and-set; a caller that counts in a dead cell detects it and
 * retries. Any number of threads may count; one at a time takes.
 */
public final class UsageMeter {
    /** So far below zero that late additions cannot make a dead cell look alive. */
    private static final long DEAD = Long.MIN_VALUE;

    /** A bit in the count for an uncounted use: the time of the last use must be written nevertheless. */
    private static final long TOUCHED = 1;

    private static final class Cell {
        /** Twice the number of uses, plus {@link #TOUCHED}. */
        final AtomicLong count = new AtomicLong();

        final AtomicLong last = new AtomicLong(Long.MIN_VALUE);

        /** Taken by the flush, which alone sets it. */
        volatile @Nullable Delta taken;
    }

    private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

    /** Counts uses; zero uses move only the time of the last use. */
    public void add(String id, long uses, long at) {
        for (; ; ) {
            Cell cell = cellOf(id);
            long last = cell.last.get();
            // Time before count: a flush that takes the count must not take an earlier time.
            while (at > last && !cell.last.compareAndSet(last, at)) {
                last = cell.last.get();
            }
            if (uses == 0 ? touches(cell) : cell.count.getAndAdd(2 * uses) >= 0) {
                return;
            }
            cells.remove(id, cell);
        }
    }

    private static boolean touches(Cell cell) {
        long count = cell.count.get();
        while (count >= 0 && (count & TOUCHED) == 0 && !cell.count.compareAndSet(count, count | TOUCHED)) {
            count = cell.count.get();
        }
        return count >= 0;
    }

    private Cell cellOf(String id) {
        Cell cell = cells.get(id);
        if (cell != null) {
            return cell;
        }
        Cell fresh = new Cell();
        Cell present = cells.putIfAbsent(id, fresh);
        return present == null ? fresh : present;
    }

    /** Returns the number of uses counted and not known to be written. */
    public long pending() {
        long sum = 0;
        for (Cell cell : cells.values()) {
            Delta taken = cell.taken;
            sum += Math.max(0, cell.count.get() >> 1) + (taken == null ? 0 : taken.count());
        }
        return sum;
    }

    /** Returns whether a key has uses that are not known to be written. */
    public boolean holds(String id) {
        Cell cell = cells.get(id);
        return cell != null && (cell.taken != null || cell.count.get() > 0);
    }

    /**
     * Takes the counted uses, in the order of ids. Each delta must be settled by {@link #written} or {@link #giveBack}.
     *
     * @param wanted which keys
     */
    public SortedMap<String, Delta> take(Predicate<String> wanted) {
        SortedMap<String, Delta> batch = new TreeMap<>();
        for (Map.Entry<String, Cell> entry : cells.entrySet()) {
            String id = entry.getKey();
            Delta delta = wanted.test(id) ? take(id, entry.getValue()) : null;
            if (delta != null) {
                batch.put(id, delta);
            }
        }
        return batch;
    }

    private @Nullable Delta take(String id, Cell cell) {
        if (cell.taken != null) {
            return null;
        }
        for (; ; ) {
            long count = cell.count.get();
            if (count < 0) {
                return null;
            }
            if (count == 0) {
                if (cell.count.compareAndSet(0, DEAD)) {
                    cells.remove(id, cell);
                    return null;
                }
            } else {
                cell.taken = new Delta(id, count >> 1, cell.last.get());
                if (cell.count.compareAndSet(count, 0)) {
                    Delta delta = new Delta(id, count >> 1, cell.last.get());
                    cell.taken = delta;
                    return delta;
                }
                cell.taken = null;
            }
        }
    }

    /** Settles a delta that was written. */
    public void written(Delta delta) {
        Cell cell = cells.get(delta.keyId());
        if (cell != null) {
            cell.taken = null;
        }
    }

    /** Settles a delta that was not written: it is counted again. */
    public void giveBack(Delta delta) {
        add(delta.keyId(), delta.count(), delta.lastUsedAt());
        written(delta);
    }
}
