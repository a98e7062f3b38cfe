package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A sound store, as simple as can be: one monitor, and a copy of everything for each write. Broken ones extend it. */
class ReferenceKeyStore implements ApiKeyStore {
    static final long HOUR = Duration.ofHours(1).toMillis();
    static final int MOST_CHANGES = 1_000;

    /** How far a reader of the changes has come, in the order in which rows were written. */
    record Place(ReferenceKeyStore store, long next) implements Changes.Mark {}

    final Backing backing;
    TreeMap<String, KeyRow> rows = new TreeMap<>();
    List<JournalRow> journal = new ArrayList<>();
    final Map<String, Long> batches = new HashMap<>();

    /** So many rows of the journal are gone. */
    long purged;

    private long behind;

    ReferenceKeyStore() {
        this(new Backing());
    }

    ReferenceKeyStore(Backing backing) {
        this.backing = backing;
    }

    @Override
    public synchronized boolean write(WriteSet set) {
        backing.reach();
        return set.split(this::write);
    }

    boolean write(
            List<KeyRow> inserts,
            List<WriteSet.Replace> replaces,
            List<WriteSet.Delete> deletes,
            List<JournalRow> journalRows) {
        TreeMap<String, KeyRow> next = new TreeMap<>(rows);
        inserts.forEach(row -> insert(next, row));
        for (WriteSet.Replace replace : replaces) {
            KeyRow stored = next.get(replace.row().id());
            if (stored == null || !isExpected(stored, replace)) {
                return false;
            }
            next.put(stored.id(), merged(stored, replace.row()));
        }
        for (WriteSet.Delete delete : deletes) {
            KeyRow stored = next.get(delete.id());
            if (stored == null || !isExpected(stored, delete)) {
                return false;
            }
            next.remove(delete.id());
        }
        publish(next, journalRows);
        return true;
    }

    void insert(TreeMap<String, KeyRow> before, KeyRow row) {
        if (before.containsKey(row.id()) || (row.lookup() != null && byLookup(before, row.lookup()) != null)) {
            throw new KeyExistsException(row.id(), null);
        }
        before.put(row.id(), inserted(row));
    }

    KeyRow inserted(KeyRow row) {
        return row;
    }

    boolean isExpected(KeyRow stored, WriteSet.Replace replace) {
        return isExpected(stored, replace.expectedHash(), replace.expectedVersion())
                && !isUsedSince(stored, replace.unlessUsedSince());
    }

    boolean isExpected(KeyRow stored, WriteSet.Delete delete) {
        return isExpected(stored, delete.expectedHash(), delete.expectedVersion());
    }

    boolean isExpected(KeyRow stored, String hash, @Nullable Long version) {
        return stored.hash().equals(hash) && (version == null || version == stored.version());
    }

    boolean isUsedSince(KeyRow row, @Nullable Long time) {
        return time != null && row.lastUsedAt() != null && row.lastUsedAt() >= time;
    }

    KeyRow merged(KeyRow stored, KeyRow replacement) {
        return replacement.toBuilder()
                .lookup(stored.lookup())
                .createdBy(stored.createdBy())
                .createdAt(stored.createdAt())
                .usageCount(stored.usageCount())
                .lastUsedAt(stored.lastUsedAt())
                .build();
    }

    void publish(TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
        rows = next;
        journalRows.forEach(this::journal);
    }

    void journal(JournalRow row) {
        journal.add(row.toBuilder().time(clock()).build());
    }

    /** The store's own clock. */
    long clock() {
        return System.currentTimeMillis() - behind;
    }

    /** The same store, as another node has it, whose clock is 70 seconds behind. */
    ApiKeyStore withClockBehind() {
        return (ApiKeyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    synchronized (this) {
                        behind = 70_000;
                        try {
                            return method.invoke(this, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        } finally {
                            behind = 0;
                        }
                    }
                });
    }

    static @Nullable KeyRow byLookup(TreeMap<String, KeyRow> rows, String lookup) {
        return rows.values().stream()
                .filter(row -> lookup.equals(row.lookup()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public synchronized @Nullable KeyRow find(String id) {
        backing.reach();
        return rows.get(id);
    }

    @Override
    public synchronized @Nullable KeyRow findByLookup(String lookup) {
        backing.reach();
        return byLookup(rows, lookup);
    }

    @Override
    public synchronized Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
        backing.reach();
        NavigableMap<String, KeyRow> ordered = order == Order.OLDEST_FIRST ? rows : rows.descendingMap();
        List<KeyRow> matching = new ArrayList<>(
                after == null ? ordered.values() : ordered.tailMap(after, false).values());
        matching.removeIf(row -> !matches(filter, row, now));
        if (matching.size() <= limit) {
            return new Slice(matching, null);
        }
        List<KeyRow> page = matching.subList(0, limit);
        return new Slice(page, page.get(limit - 1).id());
    }

    boolean matches(KeyFilter filter, KeyRow row, long now) {
        return filter.matches(row, now);
    }

    @Override
    public synchronized void addUsage(UsageBatch batch) {
        backing.reach();
        if (isNew(batch)) {
            batches.put(batch.node(), batch.number());
            batch.deltas().forEach(delta -> rows.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta)));
        }
    }

    boolean isNew(UsageBatch batch) {
        return batches.getOrDefault(batch.node(), 0L) < batch.number();
    }

    KeyRow used(KeyRow row, UsageBatch.Delta delta) {
        Long last = row.lastUsedAt();
        return row.toBuilder()
                .usageCount(row.usageCount() + delta.count())
                .lastUsedAt(last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()))
                .build();
    }

    @Override
    public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
        backing.reach();
        if (isPutOff(now)) {
            return Purge.putOff();
        }
        List<KeyRow> all = ended(cutOff(age, now));
        List<KeyRow> ended = all.stream().limit(limit).toList();
        ended.forEach(row -> rows.remove(row.id()));
        if (!ended.isEmpty()) {
            journal(journalRow.toBuilder().count(ended.size()).build());
        }
        return Purge.ofKeys(ended, all.size() > limit ? Rest.MORE : Rest.NONE);
    }

    boolean isPutOff(long now) {
        return now > clock() + HOUR || now < clock() - HOUR;
    }

    long cutOff(Duration age, long now) {
        return Math.min(clock(), now) - age.toMillis();
    }

    List<KeyRow> ended(long cutOff) {
        return rows.values().stream().filter(row -> isEnded(row, cutOff)).toList();
    }

    boolean isEnded(KeyRow row, long cutOff) {
        Long end = row.endsAt();
        return end != null && end != KeyRow.UNREADABLE && end <= cutOff;
    }

    @Override
    public synchronized List<JournalRow> journal(
            JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
        backing.reach();
        return newestFirst().stream()
                .filter(row -> before == null || follows(row, before))
                .filter(row -> matches(filter, row))
                .limit(limit)
                .toList();
    }

    List<JournalRow> newestFirst() {
        return journal.stream()
                .sorted(Comparator.comparingLong(JournalRow::time)
                        .thenComparing(JournalRow::id)
                        .reversed())
                .toList();
    }

    boolean follows(JournalRow row, JournalRow.Position before) {
        return row.time() < before.time()
                || (row.time() == before.time() && row.id().compareTo(before.id()) < 0);
    }

    boolean matches(JournalRow.Filter filter, JournalRow row) {
        return filter.matches(row);
    }

    @Override
    public synchronized Purge purgeJournal(Duration age, long now, int limit) {
        backing.reach();
        if (isPutOff(now)) {
            return Purge.putOff();
        }
        long cutOff = cutOff(age, now);
        List<JournalRow> old =
                journal.stream().filter(row -> row.time() <= cutOff).toList();
        List<JournalRow> removed = old.stream().limit(limit).toList();
        journal.removeAll(removed);
        purged += removed.size();
        return Purge.ofJournal(removed.size(), old.size() > limit ? Rest.MORE : Rest.NONE);
    }

    @Override
    public synchronized Changes changes(Changes.@Nullable Mark mark) {
        backing.reach();
        long end = purged + journal.size();
        if (!(mark instanceof Place place) || place.store != this || place.next < purged) {
            return Changes.all(new Place(this, end));
        }
        List<JournalRow> rows = journal.subList((int) (place.next - purged), journal.size());
        return told(rows, new Place(this, end));
    }

    Changes told(List<JournalRow> rows, Changes.Mark next) {
        Set<String> ids = rows.stream()
                .filter(JournalRow::isChange)
                .map(JournalRow::keyId)
                .collect(Collectors.toSet());
        return ids.size() > MOST_CHANGES ? Changes.all(next) : Changes.of(ids, next);
    }
}
