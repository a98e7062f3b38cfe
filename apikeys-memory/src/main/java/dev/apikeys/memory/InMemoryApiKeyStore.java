package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Decision;
import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps API keys in the memory of this JVM; what is not copied elsewhere is gone when the JVM ends.
 *
 * <p>Thread-safe, and no call waits for another: a write is decided by one compare-and-set, and a write that meets one
 * of several rows that is under way carries it to its end. Each {@link #write} takes effect at once for every reader,
 * and so does each slice of a {@link #list}: a slice ends early rather than show half of a write.
 *
 * <p>The cost of {@link #write}, {@link #find} and {@link #addUsage} grows with the logarithm of the number of keys. A
 * list or purge looks at no more than 8 192 rows in a call: there is no index but the id, so a filter costs in
 * proportion to how rare its rows are, wherever in the list a page lies; and a purge goes on where the last one stopped.
 */
public final class InMemoryApiKeyStore implements ApiKeyStore {
    private static final int MAX_CHANGES = 1_000;
    private static final int MAX_DELTAS = 500;
    private static final int MAX_ROWS_LOOKED_AT = 8_192;

    private final ConcurrentNavigableMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
    private final Table<KeyRow> rows = new Table<>(versions);
    private final Table<String> idsByLookup = new Table<>(new ConcurrentHashMap<>());
    private final AtomicLong commits = new AtomicLong();
    private final AtomicReference<@Nullable String> lastLookedAtByPurge = new AtomicReference<>();

    /** Creates an empty store. */
    public InMemoryApiKeyStore() {}

    @Override
    public boolean write(List<Change> changes) {
        List<Change> batch = List.copyOf(changes);
        Require.size("changes", batch.size(), MAX_CHANGES);
        return batch.size() == 1 ? writeOne(batch.get(0)) : writeTogether(batch);
    }

    private boolean writeOne(Change change) {
        if (change.row().lookup() != null && change instanceof Change.Insert) {
            return writeTogether(List.of(change));
        }
        if (change instanceof Change.Insert && rows.putNew(change.row().id(), change.row())) {
            return true;
        }
        return written(new Decision(rows.apply(edit(change)), change.row().id()));
    }

    private boolean writeTogether(List<Change> changes) {
        List<Step<?>> steps = new ArrayList<>(changes.size());
        TreeMap<String, Step<?>> lookups = new TreeMap<>();
        String previous = "";
        for (Change change : changes) {
            KeyRow row = change.row();
            Require.ascending("changes", previous, row.id());
            previous = row.id();
            steps.add(new Step<>(rows, edit(change), row.id()));
            if (change instanceof Change.Insert && row.lookup() != null) {
                Step<?> claim = new Step<>(idsByLookup, new Edit.ClaimLookup(row.lookup(), row.id()), row.id());
                if (lookups.put(row.lookup(), claim) != null) {
                    throw new DuplicateKeyException(row.id(), null);
                }
            }
        }
        steps.addAll(lookups.values());
        return written(new Transaction(steps, commits).run());
    }

    private static Edit<KeyRow> edit(Change change) {
        if (change instanceof Change.Replace replace) {
            return new Edit.ReplaceRow(replace);
        }
        return new Edit.InsertRow(change.row());
    }

    private static boolean written(Decision decision) {
        if (decision.outcome() == Outcome.DUPLICATE) {
            throw new DuplicateKeyException(decision.id(), null);
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
        // Between the two reads the row may have gone, and another of its id have come.
        return row != null && lookup.equals(row.lookup()) ? row : null;
    }

    @Override
    public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
        Require.limit(limit);
        // A transaction that commits from here on moves the count first; one that moved it before has already proposed
        // all its rows, and is decided at the first of them. So rows read under one count belong to one moment.
        long moment = commits.get();
        List<KeyRow> found = new ArrayList<>();
        int lookedAt = 0;
        String last = afterId;
        Iterator<Map.Entry<String, Version<KeyRow>>> ahead = after(afterId);
        while (ahead.hasNext() && found.size() < limit && lookedAt < MAX_ROWS_LOOKED_AT) {
            Map.Entry<String, Version<KeyRow>> entry = ahead.next();
            KeyRow row = rows.decided(entry.getKey(), entry.getValue());
            if (lookedAt > 0 && commits.get() != moment) {
                return new Slice(found, last);
            }
            if (row != null && filter.matches(row, now)) {
                found.add(row);
            }
            last = entry.getKey();
            lookedAt++;
        }
        return new Slice(found, ahead.hasNext() ? last : null);
    }

    private Iterator<Map.Entry<String, Version<KeyRow>>> after(@Nullable String id) {
        return (id == null ? versions : versions.tailMap(id, false)).entrySet().iterator();
    }

    @Override
    public void addUsage(List<UsageDelta> deltas) {
        List<UsageDelta> batch = List.copyOf(deltas);
        Require.size("deltas", batch.size(), MAX_DELTAS);
        // Nothing that follows can fail: an id that is not there is ignored, and all else goes on until it is added.
        for (UsageDelta delta : batch) {
            rows.apply(new Edit.AddUsage(delta));
        }
    }

    @Override
    public boolean delete(String id) {
        for (KeyRow row = rows.get(id); row != null; row = rows.get(id)) {
            if (remove(row)) {
                return true;
            }
        }
        return false;
    }

    /** Removes exactly this row; false if it was changed or removed since it was read. */
    private boolean remove(KeyRow row) {
        Edit<KeyRow> removal = new Edit.RemoveRow(row);
        if (row.lookup() == null) {
            return rows.apply(removal) == Outcome.COMMITTED;
        }
        List<Step<?>> steps = List.of(
                new Step<>(rows, removal, row.id()),
                new Step<>(idsByLookup, new Edit.ReleaseLookup(row.lookup(), row.id()), row.id()));
        return new Transaction(steps, commits).run().outcome() == Outcome.COMMITTED;
    }

    @Override
    public List<KeyRow> purge(long endedBefore, int limit) {
        Require.limit(limit);
        List<KeyRow> removed = new ArrayList<>();
        String start = lastLookedAtByPurge.get();
        int lookedAt = purge(after(start), endedBefore, limit, MAX_ROWS_LOOKED_AT, removed);
        if (start != null) {
            Iterator<Map.Entry<String, Version<KeyRow>>> rest =
                    versions.headMap(start, true).entrySet().iterator();
            purge(rest, endedBefore, limit, MAX_ROWS_LOOKED_AT - lookedAt, removed);
        }
        return removed;
    }

    private int purge(
            Iterator<Map.Entry<String, Version<KeyRow>>> ahead,
            long endedBefore,
            int limit,
            int rowsLeft,
            List<KeyRow> removed) {
        int lookedAt = 0;
        while (ahead.hasNext() && removed.size() < limit && lookedAt < rowsLeft) {
            Map.Entry<String, Version<KeyRow>> entry = ahead.next();
            KeyRow row = entry.getValue().current();
            if (row != null && end(row) < endedBefore && remove(row)) {
                removed.add(row);
            }
            lastLookedAtByPurge.set(entry.getKey());
            lookedAt++;
        }
        return lookedAt;
    }

    /** What cannot be read is damage to be looked at, and no end whatever else the row says. */
    private static long end(KeyRow row) {
        long end = Math.min(orNever(row.revokedAt()), orNever(row.expiresAt()));
        return end == KeyRow.UNREADABLE ? Long.MAX_VALUE : end;
    }

    private static long orNever(@Nullable Long time) {
        return time == null ? Long.MAX_VALUE : time;
    }

    /** How many entries rows and lookups hold, so that a test can see that nothing leaks. */
    List<Integer> sizes() {
        return List.of(rows.size(), idsByLookup.size());
    }
}
