package dev.apikeys;

import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts uses in memory until they are written. Each count is in one place: a living cell, the batch of a flush, or the
 * store. A cell dies only at zero, by compare-and-set; whoever counts in a dead cell sees it and goes again. Any number
 * of threads count, and any number flush, at once.
 */
final class UsageMeter {
    static final int MAX_CHUNK = 500;

    /** So far below zero that no number of late additions makes a dead cell look alive. */
    private static final long DEAD = Long.MIN_VALUE;

    private static final class Cell {
        final AtomicLong count = new AtomicLong();
        final AtomicLong last = new AtomicLong(Long.MIN_VALUE);
    }

    private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

    /** Uses in the batches of flushes under way. */
    private final AtomicLong taken = new AtomicLong();

    void add(String id, long uses, long at) {
        for (; ; ) {
            Cell cell = cellOf(id);
            long last = cell.last.get();
            // The time before the count: whoever takes the count then takes a time that is no earlier.
            while (at > last && !cell.last.compareAndSet(last, at)) {
                last = cell.last.get();
            }
            if (cell.count.getAndAdd(uses) >= 0) {
                return;
            }
            cells.remove(id, cell);
        }
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

    /** Uses counted and not written, as far as is known. */
    long pending() {
        long sum = taken.get();
        for (Cell cell : cells.values()) {
            sum += Math.max(0, cell.count.get());
        }
        return sum;
    }

    /**
     * Takes what was counted and gives it to the sink, in the order of ids, so many at a time. What the sink does not take
     * is counted again.
     */
    void flush(Consumer<List<UsageDelta>> sink) {
        Iterator<UsageDelta> rest = take().values().iterator();
        List<UsageDelta> chunk = List.of();
        try {
            while (rest.hasNext()) {
                chunk = next(rest);
                sink.accept(chunk);
                chunk.forEach(delta -> taken.addAndGet(-delta.count()));
            }
            chunk = List.of();
        } finally {
            chunk.forEach(this::giveBack);
            rest.forEachRemaining(this::giveBack);
        }
    }

    private SortedMap<String, UsageDelta> take() {
        SortedMap<String, UsageDelta> batch = new TreeMap<>();
        for (Map.Entry<String, Cell> entry : cells.entrySet()) {
            UsageDelta delta = take(entry.getKey(), entry.getValue());
            if (delta != null) {
                // A traversal can meet an id twice, if its cell died and another was made: the two are added.
                UsageDelta met = batch.get(delta.keyId());
                batch.put(delta.keyId(), met == null ? delta : sum(met, delta));
            }
        }
        return batch;
    }

    private @Nullable UsageDelta take(String id, Cell cell) {
        for (; ; ) {
            long count = cell.count.get();
            if (count < 0) {
                return null;
            }
            if (count > 0) {
                if (cell.count.compareAndSet(count, 0)) {
                    taken.addAndGet(count);
                    return new UsageDelta(id, count, cell.last.get());
                }
            } else if (cell.count.compareAndSet(0, DEAD)) {
                cells.remove(id, cell);
                return null;
            }
        }
    }

    private static List<UsageDelta> next(Iterator<UsageDelta> rest) {
        List<UsageDelta> chunk = new ArrayList<>();
        while (rest.hasNext() && chunk.size() < MAX_CHUNK) {
            chunk.add(rest.next());
        }
        return chunk;
    }

    private static UsageDelta sum(UsageDelta a, UsageDelta b) {
        return new UsageDelta(a.keyId(), a.count() + b.count(), Math.max(a.lastUsedAt(), b.lastUsedAt()));
    }

    private void giveBack(UsageDelta delta) {
        add(delta.keyId(), delta.count(), delta.lastUsedAt());
        taken.addAndGet(-delta.count());
    }
}
