package dev.apikeys.memory;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps temp keys in the memory of this JVM, up to a bound; what is not claimed is gone when the JVM ends.
 *
 * <p>Rows that are not settled, expired or not, count against the bound until they are claimed, discarded or purged. A
 * full store first frees up to 64 that have expired, then refuses: nothing that can be claimed is ever dropped. Settled
 * rows, which only serve to say that a ticket was used, are bounded apart by the same number, and the one settled longest
 * ago is forgotten first.
 *
 * <p>Thread-safe, and no call waits for another: one compare-and-set on a row decides who settles or removes it. The cost
 * of a call grows with the logarithm of the number of rows at the most.
 */
public final class InMemoryTempKeyStore implements TempKeyStore {
    /** How many rows that are not settled a store holds unless told otherwise: 10 000. */
    public static final int DEFAULT_MAX_LIVE = 10_000;

    private static final int MAX_FREED = 64;

    /**
     * A row's place in the store: its state, moved only by compare-and-set from live to settled to null (gone). Whoever
     * moves it does the bookkeeping of that move. The number is unlike that of any other cell of the store.
     */
    private static final class Cell {
        final long number;
        final AtomicReference<@Nullable TempRow> row;

        Cell(long number, TempRow row) {
            this.number = number;
            this.row = new AtomicReference<>(row);
        }
    }

    /** A position by time, made unique by the number of the cell. */
    private record Moment(long time, long number) implements Comparable<Moment> {
        /** Before all cells of this time. */
        static Moment start(long time) {
            return new Moment(time, Long.MIN_VALUE);
        }

        @Override
        public int compareTo(Moment other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** A position by key, and of one key by deadline. */
    private record Wait(String keyId, Moment deadline) implements Comparable<Wait> {
        @Override
        public int compareTo(Wait other) {
            int byKey = keyId.compareTo(other.keyId);
            return byKey != 0 ? byKey : deadline.compareTo(other.deadline);
        }
    }

    private final int maxLive;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicInteger settled = new AtomicInteger();
    private final ConcurrentHashMap<String, Cell> byTicket = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<Moment, Cell> liveByDeadline = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Wait, Cell> liveByKey = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Moment, Cell> settledByDeadline = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Moment, Cell> settledByAge = new ConcurrentSkipListMap<>();

    /** Creates an empty store that holds {@value #DEFAULT_MAX_LIVE} rows that are not settled, and as many settled ones. */
    public InMemoryTempKeyStore() {
        this(DEFAULT_MAX_LIVE);
    }

    /**
     * Creates an empty store.
     *
     * @param maxLive how many rows that are not settled it holds at the most, and how many settled ones; at least 1
     * @throws IllegalArgumentException if the bound is less than 1
     */
    public InMemoryTempKeyStore(int maxLive) {
        if (maxLive < 1) {
            throw new IllegalArgumentException("maxLive must be at least 1, but was " + maxLive);
        }
        this.maxLive = maxLive;
    }

    @Override
    public void insert(TempRow row) {
        if (isSettled(row)) {
            throw new IllegalArgumentException("row must not be settled, but was settled at " + row.settledAt());
        }
        if (byTicket.containsKey(row.ticketHash())) {
            throw new DuplicateKeyException(row.keyId(), null);
        }
        takePlace(row.createdAt());
        Cell cell = new Cell(numbers.getAndIncrement(), row);
        if (byTicket.putIfAbsent(row.ticketHash(), cell) != null) {
            live.decrementAndGet();
            throw new DuplicateKeyException(row.keyId(), null);
        }
        liveByDeadline.put(deadline(cell, row), cell);
        liveByKey.put(waiting(cell, row), cell);
        if (!isIn(row, cell)) {
            // Claimed or removed as soon as it could be found: its mover may have looked here too early.
            leaveLive(cell, row);
        }
    }

    private void takePlace(long now) {
        if (tookPlace()) {
            return;
        }
        freeExpired(now);
        if (!tookPlace()) {
            throw new StorageException(
                    "The in-memory temp key store is full: it holds " + maxLive + " unclaimed temp keys, and none was"
                            + " found that has expired. Nothing was stored. Claim or discard some, hand them off for a"
                            + " shorter time, or give the store a greater bound: new InMemoryTempKeyStore(maxLive)",
                    null);
        }
    }

    private boolean tookPlace() {
        for (int now = live.get(); now < maxLive; now = live.get()) {
            if (live.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    private void freeExpired(long now) {
        if (now < Long.MAX_VALUE) {
            removeAll(liveByDeadline.headMap(Moment.start(now + 1)), MAX_FREED);
        }
    }

    @Override
    public @Nullable TempRow find(String ticketHash) {
        Cell cell = byTicket.get(ticketHash);
        return cell == null ? null : cell.row.get();
    }

    @Override
    public @Nullable TempRow findByKey(String keyId) {
        for (Cell cell : waiting(keyId).descendingMap().values()) {
            TempRow row = cell.row.get();
            if (row != null && !isSettled(row)) {
                return row;
            }
        }
        return null;
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        Cell cell = byTicket.get(ticketHash);
        TempRow row = cell == null ? null : cell.row.get();
        if (cell == null || row == null || isSettled(row) || now >= row.deadline()) {
            return false;
        }
        TempRow after = row.settled(now);
        if (!cell.row.compareAndSet(row, after)) {
            return false;
        }
        live.decrementAndGet();
        leaveLive(cell, row);
        settledByDeadline.put(deadline(cell, after), cell);
        settledByAge.put(age(cell, after), cell);
        settled.incrementAndGet();
        if (!isIn(after, cell)) {
            leaveSettled(cell, after);
        }
        forgetOldest();
        return true;
    }

    /**
     * A settled row is counted out before it leaves the order of age, so of claims that exceed the bound at once each
     * forgets one row and no more. It leaves by name: the next one must not go for it if a purge was faster.
     */
    private void forgetOldest() {
        for (int now = settled.get(); now > maxLive; now = settled.get()) {
            Map.Entry<Moment, Cell> oldest = settledByAge.firstEntry();
            if (oldest != null && settled.compareAndSet(now, now - 1) && tookOut(oldest.getKey())) {
                forget(oldest.getValue());
            }
        }
    }

    /** Takes out what has been counted out; if another took and so counted it out as well, it is counted in again. */
    private boolean tookOut(Moment age) {
        if (settledByAge.remove(age) != null) {
            return true;
        }
        settled.incrementAndGet();
        return false;
    }

    private void forget(Cell cell) {
        TempRow row = cell.row.get();
        if (row != null && cell.row.compareAndSet(row, null)) {
            byTicket.remove(row.ticketHash(), cell);
            settledByDeadline.remove(deadline(cell, row));
        }
    }

    @Override
    public int discard(String keyId) {
        int removed = 0;
        for (Cell cell : waiting(keyId).values()) {
            TempRow row = cell.row.get();
            if (row != null && !isSettled(row) && remove(cell, row)) {
                removed++;
            }
        }
        return removed;
    }

    @Override
    public int purge(long before, int limit) {
        Require.limit(limit);
        Moment end = Moment.start(before);
        int removed = removeAll(settledByDeadline.headMap(end), limit);
        return removed + removeAll(liveByDeadline.headMap(end), limit - removed);
    }

    private int removeAll(ConcurrentNavigableMap<Moment, Cell> ended, int limit) {
        int removed = 0;
        for (Cell cell : ended.values()) {
            if (removed == limit) {
                break;
            }
            if (remove(cell)) {
                removed++;
            }
        }
        return removed;
    }

    /** Removes a row in the state it is in; false if it left that state at the same time. */
    private boolean remove(Cell cell) {
        TempRow row = cell.row.get();
        return row != null && remove(cell, row);
    }

    private boolean remove(Cell cell, TempRow row) {
        if (!cell.row.compareAndSet(row, null)) {
            return false;
        }
        byTicket.remove(row.ticketHash(), cell);
        if (isSettled(row)) {
            leaveSettled(cell, row);
        } else {
            live.decrementAndGet();
            leaveLive(cell, row);
        }
        return true;
    }

    private void leaveLive(Cell cell, TempRow row) {
        liveByDeadline.remove(deadline(cell, row));
        liveByKey.remove(waiting(cell, row));
    }

    private void leaveSettled(Cell cell, TempRow row) {
        settledByDeadline.remove(deadline(cell, row));
        settled.decrementAndGet();
        if (!tookOut(age(cell, row))) {
            // Meanwhile the count was one too low, and a claim may not have seen that it exceeds the bound.
            forgetOldest();
        }
    }

    /** The places of the rows of a key that are not settled, in order of their deadlines. */
    private ConcurrentNavigableMap<Wait, Cell> waiting(String keyId) {
        Wait first = new Wait(keyId, Moment.start(Long.MIN_VALUE));
        Wait last = new Wait(keyId, new Moment(Long.MAX_VALUE, Long.MAX_VALUE));
        return liveByKey.subMap(first, true, last, true);
    }

    private static Wait waiting(Cell cell, TempRow row) {
        return new Wait(row.keyId(), deadline(cell, row));
    }

    private static Moment deadline(Cell cell, TempRow row) {
        return new Moment(row.deadline(), cell.number);
    }

    private static Moment age(Cell cell, TempRow settled) {
        return new Moment(Objects.requireNonNull(settled.settledAt()), cell.number);
    }

    private static boolean isSettled(TempRow row) {
        return row.settledAt() != null;
    }

    @SuppressWarnings("ReferenceEquality") // a cell never goes back to a row that it left
    private static boolean isIn(TempRow row, Cell cell) {
        return cell.row.get() == row;
    }

    /** How many entries every index holds, so that a test can see that nothing leaks. */
    List<Integer> sizes() {
        return List.of(
                live.get(),
                settled.get(),
                byTicket.size(),
                liveByDeadline.size(),
                liveByKey.size(),
                settledByDeadline.size(),
                settledByAge.size());
    }
}
