package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Decision;
import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ApiKeyStore} in the memory of this JVM. Keys and journal are lost when the JVM exits; the journal holds the
 * latest 100 000 rows.
 *
 * <pre>{@code
 * ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore()).build();
 * }</pre>
 *
 * <p>Thread-safe, and no call waits for another: a write is decided by one compare-and-set, and a write that meets one
 * of several rows that is under way carries it to its end. Each {@link #write} takes effect at once for every reader,
 * and so does each slice of a {@link #list} and each page of the journal: a slice ends early rather than show half of a
 * write.
 *
 * <p>The cost of {@link #write}, {@link #find} and {@link #addUsage} grows with the logarithm of the number of keys.
 * The only index of keys is the id, and of the journal the time: a filter costs in proportion to how rare its rows are.
 * A list or purge looks at rows for at most 200 ms in a call, and a purge goes on where the last one stopped. Of each
 * manager that wrote usage the store keeps one number.
 *
 * @since 0.1
 */
public final class InMemoryApiKeyStore implements ApiKeyStore {
    private static final int MAX_JOURNAL_ROWS = 100_000;
    private static final int MAX_DELTAS = 500;

    private final InstantSource clock;
    private final LongSupplier ticker;
    private final ConcurrentNavigableMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
    private final Table<KeyRow> rows = new Table<>(versions);
    private final Table<String> idsByLookup = new Table<>(new ConcurrentHashMap<>());
    private final Table<Long> batchesByNode = new Table<>(new ConcurrentHashMap<>());
    private final AtomicLong commits = new AtomicLong();
    private final JournalRing journal;
    private final EndedRows endedRows;

    /** Creates an empty store on the system's clock. */
    public InMemoryApiKeyStore() {
        this(InstantSource.system());
    }

    /**
     * Creates an empty store.
     *
     * @param clock the clock for journal rows, and for comparison with the caller's clock before a purge
     */
    public InMemoryApiKeyStore(InstantSource clock) {
        this(clock, System::nanoTime, MAX_JOURNAL_ROWS);
    }

    InMemoryApiKeyStore(InstantSource clock, LongSupplier ticker, int maxJournalRows) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.ticker = ticker;
        this.journal = new JournalRing(maxJournalRows, clock);
        this.endedRows = new EndedRows(versions, ticker);
    }

    @Override
    public boolean write(WriteSet set) {
        return set.split((inserts, replaces, deletes, journalRows) -> {
            Edits edits = new Edits(rows, idsByLookup);
            inserts.forEach(edits::insert);
            replaces.forEach(edits::replace);
            deletes.forEach(edits::delete);
            return written(commit(edits, journalRows));
        });
    }

    private Decision commit(Edits edits, List<JournalRow> journalRows) {
        List<Step<?>> steps = edits.inOrder();
        if (journalRows.isEmpty() && steps.size() == 1) {
            return steps.get(0).apply();
        }
        boolean several = edits.size() > 1 || journalRows.size() > 1;
        Supplier<Transaction> transactions =
                several ? () -> new Transaction(steps, commits) : () -> new Transaction(steps);
        return journalRows.isEmpty() ? transactions.get().begin() : journal.write(journalRows, transactions);
    }

    private static boolean written(Decision decision) {
        if (decision.outcome() == Outcome.DUPLICATE) {
            throw new KeyExistsException(Objects.requireNonNull(decision.refused()), null);
        }
        return decision.outcome() == Outcome.COMMITTED;
    }

    @Override
    public @Nullable KeyRow find(String id) {
        return rows.get(id);
    }

    @Override
    public @Nullable KeyRow findByLookup(String lookup) {
        String id = idsByLookup.get(lookup);
        KeyRow row = id == null ? null : rows.get(id);
        // Between the two reads the row may have been replaced by another one with its id.
        return row != null && lookup.equals(row.lookup()) ? row : null;
    }

    @Override
    public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
        Require.limit(limit);
        ScanTime time = new ScanTime(ticker);
        // A transaction that commits from here on moves the count first; one that moved it before has already proposed
        // all its rows, and is decided at the first of them. So rows read under one count belong to one moment.
        long moment = commits.get();
        List<KeyRow> found = new ArrayList<>();
        String last = after;
        boolean enough = false;
        Iterator<Map.Entry<String, Version<KeyRow>>> ahead = following(order, after);
        while (ahead.hasNext() && !enough) {
            Map.Entry<String, Version<KeyRow>> entry = ahead.next();
            KeyRow row = rows.decided(entry.getKey(), entry.getValue());
            if (commits.get() != moment && !Objects.equals(last, after)) {
                return new Slice(found, last);
            }
            if (row != null && filter.matches(row, now)) {
                found.add(row);
            }
            last = entry.getKey();
            enough = time.endsWithThisRow() || found.size() == limit;
        }
        return new Slice(found, ahead.hasNext() ? last : null);
    }

    private Iterator<Map.Entry<String, Version<KeyRow>>> following(Order order, @Nullable String after) {
        ConcurrentNavigableMap<String, Version<KeyRow>> ordered =
                order == Order.OLDEST_FIRST ? versions : versions.descendingMap();
        return (after == null ? ordered : ordered.tailMap(after, false))
                .entrySet()
                .iterator();
    }

    @Override
    public void addUsage(UsageBatch batch) {
        Require.size("deltas", batch.deltas().size(), MAX_DELTAS);
        List<Step<?>> steps = new ArrayList<>();
        Edit<Long> number = new Edit.CountBatch(batch.node(), batch.number());
        steps.add(new Step<>(batchesByNode, number, batch.node()));
        String previous = "";
        for (UsageBatch.Delta delta : batch.deltas()) {
            Require.ascending("deltas", previous, delta.keyId());
            previous = delta.keyId();
            steps.add(new Step<>(rows, new Edit.AddUsage(delta), delta.keyId()));
        }
        // Refused only if the batch was added before.
        new Transaction(steps).begin();
    }

    @Override
    public Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
        Require.limit(limit);
        OptionalLong until = CutOff.of(age, now, clock);
        if (until.isEmpty()) {
            return Purge.putOff();
        }
        EndedRows.Found found = endedRows.find(until.getAsLong(), limit);
        List<KeyRow> ended = found.rows();
        while (!ended.isEmpty() && !removed(ended, journalRow)) {
            ended = ended.stream()
                    .map(row -> rows.get(row.id()))
                    .filter(row -> row != null && EndedRows.ended(row, until.getAsLong()))
                    .toList();
        }
        return Purge.ofKeys(ended, found.all() ? Rest.NONE : Rest.MORE);
    }

    /** Removes exactly these rows; false if one was changed or removed since it was read. */
    private boolean removed(List<KeyRow> ended, JournalRow journalRow) {
        Edits edits = new Edits(rows, idsByLookup);
        ended.forEach(edits::remove);
        JournalRow counted = journalRow.toBuilder().count(ended.size()).build();
        return commit(edits, List.of(counted)).outcome() == Outcome.COMMITTED;
    }

    @Override
    public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
        Require.limit(limit);
        return journal.read(filter, before, limit, commits.get());
    }

    @Override
    public Purge purgeJournal(Duration age, long now, int limit) {
        Require.limit(limit);
        OptionalLong until = CutOff.of(age, now, clock);
        return until.isEmpty() ? Purge.putOff() : journal.purge(until.getAsLong(), limit);
    }

    /**
     * {@inheritDoc}
     *
     * <p>It goes by the order of the commits and needs no clock: all changes are made in this JVM. A call looks at what was
     * journaled since the mark, and a first one at the whole journal.
     */
    @Override
    public Changes changes(Changes.@Nullable Mark mark) {
        return journal.changes(mark);
    }

    /** Returns how many entries rows, lookups and journal hold, so that a test can see that nothing leaks. */
    List<Integer> sizes() {
        return List.of(rows.size(), idsByLookup.size(), journal.size());
    }
}
