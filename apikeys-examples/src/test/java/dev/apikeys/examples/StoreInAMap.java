package dev.apikeys.examples;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
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

/** A key store that keeps the whole contract in one class. Thread-safe: one monitor. */
final class StoreInAMap implements ApiKeyStore {
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long SCAN_NANOS = Duration.ofMillis(200).toNanos();

    private TreeMap<String, KeyRow> rows = new TreeMap<>();
    private final List<JournalRow> journal = new ArrayList<>();
    private Map<String, Long> lastBatches = new HashMap<>();
    private long purged;

    // snippet: docs/spi-contract.md, write
    @Override
    public synchronized boolean write(WriteSet set) {
        TreeMap<String, KeyRow> next = new TreeMap<>(rows); // S03: published whole, or thrown away
        return set.split((inserts, replaces, deletes, journalRows) -> {
            for (KeyRow row : inserts) {
                if (next.containsKey(row.id()) || hasLookup(next, row.lookup())) {
                    throw new KeyExistsException(row.id(), null); // S02
                }
                next.put(row.id(), row);
            }
            for (WriteSet.Replace replace : replaces) {
                KeyRow stored = next.get(replace.row().id());
                if (stored == null
                        || stored.version() != replace.expectedVersion()
                        || !stored.hash().equals(replace.expectedHash())
                        || isUsedSince(stored, replace.unlessUsedSince())) {
                    return false; // S04
                }
                next.put(stored.id(), replaced(stored, replace.row()));
            }
            for (WriteSet.Delete delete : deletes) {
                KeyRow stored = next.get(delete.id());
                if (stored == null
                        || !stored.hash().equals(delete.expectedHash())
                        || (delete.expectedVersion() != null && delete.expectedVersion() != stored.version())) {
                    return false; // S20
                }
                next.remove(delete.id());
            }
            commit(next, lastBatches, journalRows); // S17: both, or neither
            return true;
        });
    }

    /** S04: what only creation and usage set stays as it is stored. */
    private static KeyRow replaced(KeyRow stored, KeyRow row) {
        return row.toBuilder()
                .lookup(stored.lookup())
                .createdAt(stored.createdAt())
                .createdBy(stored.createdBy())
                .usageCount(stored.usageCount())
                .lastUsedAt(stored.lastUsedAt())
                .build();
    }
    // end of snippet

    private static boolean hasLookup(Map<String, KeyRow> rows, @Nullable String lookup) {
        return lookup != null && rows.values().stream().anyMatch(row -> lookup.equals(row.lookup()));
    }

    private static boolean isUsedSince(KeyRow row, @Nullable Long time) {
        return time != null && row.lastUsedAt() != null && row.lastUsedAt() >= time;
    }

    /** A store with a file writes all three to a new file, forces it, and renames it, before it goes on here. */
    private void commit(TreeMap<String, KeyRow> next, Map<String, Long> nextBatches, List<JournalRow> journalRows) {
        long now = System.currentTimeMillis();
        rows = next;
        lastBatches = nextBatches;
        journalRows.forEach(row -> journal.add(row.toBuilder().time(now).build()));
    }

    @Override
    public synchronized @Nullable KeyRow find(String id) {
        return rows.get(id);
    }

    @Override
    public synchronized @Nullable KeyRow findByLookup(String lookup) {
        return rows.values().stream()
                .filter(row -> lookup.equals(row.lookup()))
                .findFirst()
                .orElse(null);
    }

    // snippet: docs/spi-contract.md, list
    @Override
    public synchronized Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
        NavigableMap<String, KeyRow> ordered = order == Order.OLDEST_FIRST ? rows : rows.descendingMap();
        long begun = System.nanoTime();
        List<KeyRow> found = new ArrayList<>();
        for (KeyRow row : (after == null ? ordered : ordered.tailMap(after, false)).values()) {
            if (filter.matches(row, now)) {
                found.add(row);
            }
            if (found.size() == limit || System.nanoTime() - begun > SCAN_NANOS) {
                return new Slice(found, row.id()); // S06: what it has, and where to go on
            }
        }
        return new Slice(found, null);
    }
    // end of snippet

    // snippet: docs/spi-contract.md, usage
    @Override
    public synchronized void addUsage(UsageBatch batch) {
        if (batch.number() <= lastBatches.getOrDefault(batch.node(), 0L)) {
            return; // S21: added before
        }
        TreeMap<String, KeyRow> next = new TreeMap<>(rows);
        for (UsageBatch.Delta delta : batch.deltas()) {
            next.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta)); // S07: unknown ids are ignored
        }
        Map<String, Long> nextBatches = new HashMap<>(lastBatches);
        nextBatches.put(batch.node(), batch.number());
        commit(next, nextBatches, List.of()); // the number with the rows, in one transaction
    }

    private static KeyRow used(KeyRow row, UsageBatch.Delta delta) {
        Long last = row.lastUsedAt();
        return row.toBuilder() // the version stays
                .usageCount(row.usageCount() + delta.count())
                .lastUsedAt(last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()))
                .build();
    }
    // end of snippet

    // snippet: docs/spi-contract.md, purge
    @Override
    public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
        long own = System.currentTimeMillis();
        if (now > own + HOUR || now < own - HOUR) {
            return Purge.putOff(); // S08: one of the two clocks is wrong
        }
        long cutOff = Math.min(own, now) - age.toMillis();
        List<KeyRow> old =
                rows.values().stream().filter(row -> endedBy(row, cutOff)).toList();
        List<KeyRow> removed = old.subList(0, Math.min(limit, old.size()));
        if (!removed.isEmpty()) {
            TreeMap<String, KeyRow> next = new TreeMap<>(rows);
            removed.forEach(row -> next.remove(row.id()));
            JournalRow counted = journalRow.toBuilder().count(removed.size()).build();
            commit(next, lastBatches, List.of(counted)); // S17
        }
        return Purge.ofKeys(removed, old.size() > limit ? Rest.MORE : Rest.NONE);
    }

    private static boolean endedBy(KeyRow row, long time) {
        Long end = row.endsAt();
        return end != null && end != KeyRow.UNREADABLE && end <= time;
    }
    // end of snippet

    // snippet: docs/spi-contract.md, journal
    @Override
    public synchronized List<JournalRow> journal(
            JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
        return journal.stream()
                .filter(row -> filter.matches(row) && (before == null || follows(row, before)))
                .sorted(Comparator.comparingLong(JournalRow::time)
                        .thenComparing(JournalRow::id)
                        .reversed()) // S18: newest first
                .limit(limit)
                .toList();
    }

    private static boolean follows(JournalRow row, JournalRow.Position before) {
        return row.time() < before.time()
                || (row.time() == before.time() && row.id().compareTo(before.id()) < 0);
    }
    // end of snippet

    @Override
    public synchronized Purge purgeJournal(Duration age, long now, int limit) {
        long own = System.currentTimeMillis();
        if (now > own + HOUR || now < own - HOUR) {
            return Purge.putOff();
        }
        long cutOff = Math.min(own, now) - age.toMillis();
        List<JournalRow> old =
                journal.stream().filter(row -> row.time() <= cutOff).toList();
        List<JournalRow> removed = old.subList(0, Math.min(limit, old.size()));
        journal.removeAll(removed);
        purged += removed.size();
        return Purge.ofJournal(removed.size(), old.size() > limit ? Rest.MORE : Rest.NONE);
    }

    // snippet: docs/spi-contract.md, changes
    /** Rows are in the order of their commits; those that were purged keep their numbers. */
    private record Place(StoreInAMap store, long next) implements Changes.Mark {}

    @Override
    public synchronized Changes changes(Changes.@Nullable Mark mark) {
        Place next = new Place(this, purged + journal.size());
        if (!(mark instanceof Place last) || last.store != this || last.next < purged) {
            return Changes.all(next); // S19: the first call, a foreign mark, or rows that went unseen
        }
        Set<String> ids = journal.subList((int) (last.next - purged), journal.size()).stream()
                .filter(JournalRow::isChange)
                .map(JournalRow::keyId)
                .collect(Collectors.toSet());
        return ids.size() > 1_000 ? Changes.all(next) : Changes.of(ids, next);
    }
    // end of snippet
}
