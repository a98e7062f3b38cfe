package dev.apikeys.memory;

import dev.apikeys.memory.TempCell.ByDeadline;
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
    private final ConcurrentSkipListMap<ByDeadline, TempCell> byDeadline = new ConcurrentSkipListMap<>();

    /**
     * Creates an empty set.
     *
     * @param most the maximum number of cells
     * @param forget receives each cell beyond it
     */
    SpentCells(long most, Consumer<TempCell> forget) {
        this.most = most;
        this.forget = forget;
    }

    /** Adds a cell; {@link #forgetOldest} must follow. */
    void add(TempCell cell) {
        byDeadline.put(cell.deadline, cell);
        count.incrementAndGet();
    }

    /**
     * Forgets the oldest cell if the bound is exceeded. The count is decremented before the cell is removed, so that
     * concurrent claims beyond the bound forget one cell each. The cell is removed by its own key: if a purge was
     * faster, the next cell must not be removed instead.
     */
    void forgetOldest() {
        for (long now = count.get(); now > most; now = count.get()) {
            Map.Entry<ByDeadline, TempCell> oldest = byDeadline.firstEntry();
            if (oldest != null && count.compareAndSet(now, now - 1) && tookOut(oldest.getValue())) {
                forget.accept(oldest.getValue());
            }
        }
    }

    /** Removes a cell whose row is gone. */
    void remove(TempCell cell) {
        count.decrementAndGet();
        if (!tookOut(cell)) {
            // Meanwhile the count was one too low, and a claim may have missed that it exceeds the bound.
            forgetOldest();
        }
    }

    /**
     * Removes a cell whose count was already decremented; if another thread removed and so counted it too, increments
     * the count again.
     */
    private boolean tookOut(TempCell cell) {
        if (byDeadline.remove(cell.deadline) != null) {
            return true;
        }
        count.incrementAndGet();
        return false;
    }

    /** Returns the cells whose deadline is at this time or before, the earliest first. */
    ConcurrentNavigableMap<ByDeadline, TempCell> until(long time) {
        return byDeadline.headMap(ByDeadline.after(time));
    }

    long count() {
        return count.get();
    }

    int size() {
        return byDeadline.size();
    }
}
