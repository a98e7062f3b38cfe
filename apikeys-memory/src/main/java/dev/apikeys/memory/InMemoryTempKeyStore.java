package dev.apikeys.memory;

import dev.apikeys.memory.TempCell.ByDeadline;
import dev.apikeys.memory.TempCell.ByKey;
import dev.apikeys.memory.Transaction.Decision;
import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A {@link TempKeyStore} in the memory of this JVM, up to a bound. Unclaimed secrets are lost when the JVM exits.
 *
 * <pre>{@code
 * ApiKeyManager keys = ApiKeys.builder(store).handOff(new InMemoryTempKeyStore()).build();
 * }</pre>
 *
 * <p>Live rows, expired or not, count against the bound until they are claimed, discarded or ended by a purge. A full
 * store first ends up to 64 expired rows, then refuses: no row that can be claimed is ever dropped. Settled and ended
 * rows, the evidence that a ticket was used, have a separate bound of 100 times that number; the one with the earliest
 * deadline is forgotten first.
 *
 * <p>Thread-safe and lock-free: one compare-and-set on a row decides which call settles, ends or removes it. The cost
 * of a call grows at most with the logarithm of the number of rows.
 *
 * @since 0.1
 */
public final class InMemoryTempKeyStore implements TempKeyStore {
    /** The default maximum of live rows: 10 000. */
    public static final int DEFAULT_MAX_LIVE = 10_000;

    private static final int SPENT_PER_LIVE = 100;
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_FREED = 64;

    private final int maxLive;
    private final InstantSource clock;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong forgotten = new AtomicLong();
    private final Table<TempCell> byTicket = new Table<>(new ConcurrentHashMap<>());
    private final ConcurrentSkipListMap<ByKey, TempCell> byKey = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<ByDeadline, TempCell> liveByDeadline = new ConcurrentSkipListMap<>();
    private final SpentCells spent;

    /** Rows ended by a failed insert, which the next call must report. */
    private final ConcurrentSkipListMap<ByDeadline, TempRow> untold = new ConcurrentSkipListMap<>();

    /** Creates an empty store for {@value #DEFAULT_MAX_LIVE} live rows, on the system's clock. */
    public InMemoryTempKeyStore() {
        this(DEFAULT_MAX_LIVE);
    }

    /**
     * Creates an empty store on the system's clock.
     *
     * @param maxLive how many live rows it holds at most, at least 1; of settled and ended ones, 100 times as many
     * @throws IllegalArgumentException if the bound is less than 1
     */
    public InMemoryTempKeyStore(int maxLive) {
        this(maxLive, InstantSource.system());
    }

    /**
     * Creates an empty store.
     *
     * @param maxLive how many live rows it holds at most, at least 1; of settled and ended ones, 100 times as many
     * @param clock the store's clock, compared with the caller's before a purge
     * @throws IllegalArgumentException if the bound is less than 1
     */
    public InMemoryTempKeyStore(int maxLive, InstantSource clock) {
        if (maxLive < 1) {
            throw new IllegalArgumentException("maxLive is " + maxLive + "; allowed: at least 1");
        }
        this.maxLive = maxLive;
        this.clock = Objects.requireNonNull(clock, "clock");
        this.spent = new SpentCells((long) maxLive * SPENT_PER_LIVE, this::forget);
    }

    @Override
    public Sweep insert(List<TempRow> rows) {
        List<TempRow> batch = checked(rows);
        List<TempRow> ended = new ArrayList<>();
        boolean inserted = false;
        try {
            takePlaces(batch, ended);
            putOrLeave(batch);
            inserted = true;
        } finally {
            if (!inserted) {
                ended.forEach(row -> untold.put(new ByDeadline(row.deadline(), numbers.getAndIncrement()), row));
            }
        }
        return told(ended, MAX_FREED, 0, Rest.NONE);
    }

    private static List<TempRow> checked(List<TempRow> rows) {
        List<TempRow> batch = List.copyOf(rows);
        Require.size("rows", batch.size(), MAX_ROWS);
        String previous = "";
        for (TempRow row : batch) {
            Require.ascending("rows", previous, row.ticketHash());
            previous = row.ticketHash();
            if (!TempCell.isLive(row)) {
                throw new IllegalArgumentException("row " + row + " holds nothing sealed; allowed: live rows");
            }
        }
        return batch;
    }

    private void takePlaces(List<TempRow> batch, List<TempRow> ended) {
        if (tookPlaces(batch.size())) {
            return;
        }
        end(Math.min(batch.get(0).createdAt(), clock.millis()), MAX_FREED, ended);
        if (!tookPlaces(batch.size())) {
            throw new VaultFullException(maxLive);
        }
    }

    private boolean tookPlaces(int count) {
        for (int now = live.get(); now <= maxLive - count; now = live.get()) {
            if (live.compareAndSet(now, now + count)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Puts cells. Index entries are added before the cell, so that any thread that moves it finds them complete; until
     * then, readers of an index skip them.
     */
    private void putOrLeave(List<TempRow> batch) {
        List<TempCell> cells = new ArrayList<>();
        boolean put = false;
        try {
            for (TempRow row : batch) {
                TempCell cell = new TempCell(numbers.getAndIncrement(), row);
                cells.add(cell);
                liveByDeadline.put(cell.deadline, cell);
                byKey.put(cell.live, cell);
            }
            put(cells);
            put = true;
        } finally {
            if (!put) {
                cells.forEach(this::leaveLive);
                live.addAndGet(-batch.size());
            }
        }
    }

    private void put(List<TempCell> cells) {
        List<Step<?>> steps = new ArrayList<>();
        for (TempCell cell : cells) {
            steps.add(new Step<>(byTicket, new Edit.Put<>(cell.ticketHash, cell), cell.live.keyId()));
        }
        Decision decision = steps.size() == 1 ? steps.get(0).apply() : new Transaction(steps).begin();
        if (decision.outcome() != Outcome.COMMITTED) {
            throw new KeyExistsException(Objects.requireNonNull(decision.refused()), null);
        }
    }

    /** Tells the rows that this call ended and, up to a number in all, those that a failed insert ended. */
    private Sweep told(List<TempRow> ended, int most, int removed, Rest rest) {
        while (ended.size() < most) {
            Map.Entry<ByDeadline, TempRow> row = untold.pollFirstEntry();
            if (row == null) {
                break;
            }
            ended.add(row.getValue());
        }
        return new Sweep(ended, removed, forgotten.getAndSet(0), rest);
    }

    @Override
    public @Nullable TempRow find(String ticketHash) {
        TempCell cell = byTicket.get(ticketHash);
        return cell == null ? null : cell.row();
    }

    @Override
    public @Nullable TempRow findByKey(String keyId) {
        TempRow best = null;
        for (Map.Entry<ByKey, TempCell> entry :
                byKey.subMap(ByKey.first(keyId), ByKey.last(keyId)).entrySet()) {
            TempRow row = isThere(entry.getValue()) ? entry.getValue().row() : null;
            if (row != null && TempCell.isLive(row)) {
                return row;
            }
            // A row that was just spent may still be found among the live ones, out of order.
            if (row != null && (best == null || best.deadline() < row.deadline())) {
                best = row;
            }
            if (best != null && entry.getKey().isSpent()) {
                break;
            }
        }
        return best;
    }

    @SuppressWarnings("ReferenceEquality") // another cell of that ticket is another row
    private boolean isThere(TempCell cell) {
        return byTicket.get(cell.ticketHash) == cell;
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        TempCell cell = byTicket.get(ticketHash);
        TempRow row = cell == null ? null : cell.row();
        return cell != null
                && row != null
                && TempCell.isLive(row)
                && now < row.deadline()
                && spent(cell, row, row.settled(now));
    }

    /** Moves a live row to its spent state; returns false if it left the live state concurrently. */
    private boolean spent(TempCell cell, TempRow row, TempRow after) {
        if (!cell.move(row, after)) {
            return false;
        }
        live.decrementAndGet();
        byKey.put(cell.spent, cell);
        leaveLive(cell);
        spent.add(cell);
        if (!cell.isIn(after)) {
            // Removed right after it was spent: its mover may have checked too early.
            leaveSpent(cell);
        }
        spent.forgetOldest();
        return true;
    }

    private void forget(TempCell cell) {
        TempRow row = cell.row();
        if (row != null && cell.move(row, null)) {
            byTicket.apply(new Edit.Drop<>(cell.ticketHash, cell));
            byKey.remove(cell.spent);
            forgotten.incrementAndGet();
        }
    }

    @Override
    public int discard(String keyId) {
        int removed = 0;
        for (TempCell cell :
                byKey.subMap(ByKey.first(keyId), ByKey.between(keyId)).values()) {
            TempRow row = isThere(cell) ? cell.row() : null;
            if (row != null && TempCell.isLive(row) && removed(cell, row)) {
                removed++;
            }
        }
        return removed;
    }

    @Override
    public boolean remove(String ticketHash) {
        for (TempCell cell = byTicket.get(ticketHash); cell != null; cell = byTicket.get(ticketHash)) {
            TempRow row = cell.row();
            if (row == null || removed(cell, row)) {
                return row != null;
            }
        }
        return false;
    }

    @Override
    public Sweep purge(Duration age, long now, int limit) {
        Require.limit(limit);
        OptionalLong deadline = CutOff.of(Duration.ZERO, now, clock);
        OptionalLong old = CutOff.of(age, now, clock);
        if (deadline.isEmpty() || old.isEmpty()) {
            return told(new ArrayList<>(), limit, 0, Rest.PUT_OFF);
        }
        List<TempRow> ended = new ArrayList<>();
        boolean more = end(deadline.getAsLong(), limit, ended);
        int removed = 0;
        for (TempCell cell : spent.until(old.getAsLong()).values()) {
            if (removed == limit) {
                more = true;
                break;
            }
            TempRow row = cell.row();
            removed += row != null && removed(cell, row) ? 1 : 0;
        }
        return told(ended, limit, removed, more ? Rest.MORE : Rest.NONE);
    }

    /** Ends live rows whose deadline is at this time or before; returns true if there are more than the limit. */
    private boolean end(long time, int limit, List<TempRow> ended) {
        for (TempCell cell : liveByDeadline.headMap(ByDeadline.after(time)).values()) {
            if (ended.size() == limit) {
                return true;
            }
            TempRow row = isThere(cell) ? cell.row() : null;
            if (row != null && TempCell.isLive(row) && spent(cell, row, row.ended())) {
                ended.add(row.ended());
            }
        }
        return false;
    }

    /** Removes a row in its present state; returns false if it left that state concurrently. */
    private boolean removed(TempCell cell, TempRow row) {
        if (!cell.move(row, null)) {
            return false;
        }
        byTicket.apply(new Edit.Drop<>(cell.ticketHash, cell));
        if (TempCell.isLive(row)) {
            live.decrementAndGet();
            leaveLive(cell);
        } else {
            leaveSpent(cell);
        }
        return true;
    }

    private void leaveLive(TempCell cell) {
        liveByDeadline.remove(cell.deadline);
        byKey.remove(cell.live);
    }

    private void leaveSpent(TempCell cell) {
        byKey.remove(cell.spent);
        spent.remove(cell);
    }

    /** Returns the sizes of all indexes, for tests of leaks. */
    List<Integer> sizes() {
        return List.of(
                live.get(),
                (int) spent.count(),
                byTicket.size(),
                liveByDeadline.size(),
                byKey.size(),
                spent.size(),
                untold.size());
    }
}
