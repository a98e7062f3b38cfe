package dev.apikeys.memory;

import dev.apikeys.memory.TempCell.Moment;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The settled and ended cells, bounded in number: the one with the earliest deadline is forgotten first. Thread-safe. */
final class SpentCells {
    private final long most;
    private final Consumer<TempCell> forget;
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentSkipListMap<Moment, TempCell> byDeadline = new ConcurrentSkipListMap<>();

    /**
     * Creates an empty set.
     *
     * @param most how many it holds
     * @param forget receives each cell beyond
     */
    SpentCells(long most, Consumer<TempCell> forget) {
        this.most = most;
        this.forget = forget;
    }

    /** Adds a cell; {@link #forgetOldest} is to follow. */
    void add(TempCell cell) {
        byDeadline.put(cell.deadline, cell);
        count.incrementAndGet();
    }

    /**
     * A cell is counted out before it is taken out, so of claims that exceed the bound at once each forgets one cell and no
     * more. It is taken out by name: the next one must not go for it if a purge was faster.
     */
    void forgetOldest() {
        for (long now = count.get(); now > most; now = count.get()) {
            Map.Entry<Moment, TempCell> oldest = byDeadline.firstEntry();
            if (oldest != null && count.compareAndSet(now, now - 1) && tookOut(oldest.getValue())) {
                forget.accept(oldest.getValue());
            }
        }
    }

    /** Removes a cell that is gone. */
    void remove(TempCell cell) {
        count.decrementAndGet();
        if (!tookOut(cell)) {
            // Meanwhile the count was one too low, and a claim may not have seen that it exceeds the bound.
            forgetOldest();
        }
    }

    /** Takes out what has been counted out; if another took and so counted it out as well, it is counted in again. */
    private boolean tookOut(TempCell cell) {
        if (byDeadline.remove(cell.deadline) != null) {
            return true;
        }
        count.incrementAndGet();
        return false;
    }

    /** Returns the cells whose deadline is at this time or before, the earliest first. */
    ConcurrentNavigableMap<Moment, TempCell> until(long time) {
        return byDeadline.headMap(Moment.after(time));
    }

    long count() {
        return count.get();
    }

    int size() {
        return byDeadline.size();
    }
}
