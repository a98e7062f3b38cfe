package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A sound store under one lock. Its hooks run outside of the lock. */
final class SimpleKeyStore implements ApiKeyStore {
    private static final Duration CLOCKS_MAY_DIFFER = Duration.ofHours(1);
    private static final Comparator<JournalRow> NEWEST_FIRST = Comparator.comparingLong(JournalRow::time)
            .thenComparing(JournalRow::id)
            .reversed();

    final Hooks hooks = new Hooks();

    /** So many of the next writes are lost to others. */
    final AtomicInteger lostWrites = new AtomicInteger();

    /** Rows that another transaction has locked: what is to be written to one of them is refused. */
    final Set<String> locked = ConcurrentHashMap.newKeySet();

    /** So many rows it looks at in one call to list. */
    volatile int maxSlice = 1_000;

    /** The clock of the store, which need not be the manager's. */
    volatile InstantSource clock = InstantSource.system();

    /** All that were added, each once. */
    final List<UsageBatch> usageBatches = new ArrayList<>();

    private final Map<String, Long> lastNumbers = new HashMap<>();
    private final TreeMap<String, KeyRow> rows = new TreeMap<>();
    private final Map<String, JournalRow> journal = new HashMap<>();

    /** The keys that were changed, in the order of the writes. */
    private final List<String> changed = new ArrayList<>();

    private record Place(int next) implements Changes.Mark {}

    @Override
    public boolean write(WriteSet set) {
        return hooks.around("write", () -> {
            if (lostWrites.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return false;
            }
            synchronized (rows) {
                return set.split(this::writeAll);
            }
        });
    }

    private void requireUnlocked(Stream<String> ids) {
        ids.filter(locked::contains).findFirst().ifPresent(id -> {
            throw new StorageException("a lock timeout", null);
        });
    }

    private boolean writeAll(
            List<KeyRow> inserts,
            List<WriteSet.Replace> replaces,
            List<WriteSet.Delete> deletes,
            List<JournalRow> entries) {
        requireUnlocked(replaces.stream().map(replace -> replace.row().id()));
        requireUnlocked(deletes.stream().map(WriteSet.Delete::id));
        for (KeyRow row : inserts) {
            if (rows.containsKey(row.id()) || (row.lookup() != null && byLookup(row.lookup()) != null)) {
                throw new KeyExistsException(row.id(), null);
            }
        }
        for (JournalRow entry : entries) {
            if (journal.containsKey(entry.id())) {
                throw new KeyExistsException(entry.id(), null);
            }
        }
        if (!replaces.stream().allMatch(this::isExpected) || !deletes.stream().allMatch(this::isExpected)) {
            return false;
        }
        inserts.forEach(row -> rows.put(row.id(), row));
        replaces.forEach(
                replace -> rows.computeIfPresent(replace.row().id(), (id, old) -> replaced(old, replace.row())));
        deletes.forEach(delete -> rows.remove(delete.id()));
        entries.forEach(this::append);
        return true;
    }

    private boolean isExpected(WriteSet.Replace replace) {
        KeyRow stored = rows.get(replace.row().id());
        return stored != null
                && stored.version() == replace.expectedVersion()
                && stored.hash().equals(replace.expectedHash())
                && (replace.unlessUsedSince() == null
                        || stored.lastUsedAt() == null
                        || stored.lastUsedAt() < replace.unlessUsedSince());
    }

    private boolean isExpected(WriteSet.Delete delete) {
        KeyRow stored = rows.get(delete.id());
        return stored != null
                && stored.hash().equals(delete.expectedHash())
                && (delete.expectedVersion() == null || stored.version() == delete.expectedVersion());
    }

    private static KeyRow replaced(KeyRow old, KeyRow row) {
        return row.toBuilder()
                .lookup(old.lookup())
                .createdAt(old.createdAt())
                .createdBy(old.createdBy())
                .usageCount(old.usageCount())
                .lastUsedAt(old.lastUsedAt())
                .build();
    }

    private void append(JournalRow entry) {
        assertThat(entry.time()).as("the store sets the time").isZero();
        journal.put(entry.id(), entry.toBuilder().time(clock.millis()).build());
        if (entry.keyId() != null && !entry.type().equals("CREATED")) {
            changed.add(entry.keyId());
        }
    }

    @Override
    public Changes changes(Changes.Mark mark) {
        return hooks.around("changes", () -> {
            synchronized (rows) {
                Place end = new Place(changed.size());
                return mark instanceof Place place
                        ? Changes.of(Set.copyOf(changed.subList(place.next, end.next)), end)
                        : Changes.all(end);
            }
        });
    }

    @Override
    public KeyRow find(String id) {
        return hooks.around("find", () -> row(id));
    }

    @Override
    public KeyRow findByLookup(String lookup) {
        return hooks.around("findByLookup", () -> {
            synchronized (rows) {
                return byLookup(lookup);
            }
        });
    }

    private KeyRow byLookup(String lookup) {
        return rows.values().stream()
                .filter(row -> lookup.equals(row.lookup()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public Slice list(KeyFilter filter, Order order, String after, int most, long now) {
        assertThat(most).isBetween(1, 1_000);
        int limit = Math.min(most, maxSlice);
        return hooks.around("list", () -> {
            synchronized (rows) {
                NavigableMap<String, KeyRow> ordered = order == Order.NEWEST_FIRST ? rows.descendingMap() : rows;
                List<KeyRow> found = (after == null ? ordered : ordered.tailMap(after, false))
                        .values().stream()
                                .filter(row -> filter.matches(row, now))
                                .limit(limit + 1L)
                                .toList();
                return found.size() <= limit
                        ? new Slice(found, null)
                        : new Slice(
                                found.subList(0, limit), found.get(limit - 1).id());
            }
        });
    }

    @Override
    public void addUsage(UsageBatch batch) {
        assertThat(batch.deltas().stream().map(UsageBatch.Delta::keyId).toList())
                .as("what the library promises every store")
                .hasSizeBetween(1, 500)
                .isSorted()
                .doesNotHaveDuplicates();
        hooks.around("addUsage", () -> {
            requireUnlocked(batch.deltas().stream().map(UsageBatch.Delta::keyId));
            synchronized (rows) {
                if (lastNumbers.getOrDefault(batch.node(), 0L) < batch.number()) {
                    lastNumbers.put(batch.node(), batch.number());
                    usageBatches.add(batch);
                    batch.deltas().forEach(this::add);
                }
            }
        });
    }

    private void add(UsageBatch.Delta delta) {
        rows.computeIfPresent(delta.keyId(), (id, row) -> {
            Long last = row.lastUsedAt();
            return row.toBuilder()
                    .usageCount(row.usageCount() + delta.count())
                    .lastUsedAt(last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()))
                    .build();
        });
    }

    @Override
    public Purge purge(Duration age, long now, int limit, JournalRow entry) {
        return hooks.around("purge", () -> {
            synchronized (rows) {
                if (clocksDiffer(now)) {
                    return Purge.putOff();
                }
                List<KeyRow> ended = ended(age, now).limit(limit).toList();
                ended.forEach(row -> rows.remove(row.id()));
                if (!ended.isEmpty()) {
                    append(entry.toBuilder().count(ended.size()).build());
                }
                return Purge.ofKeys(ended, ended(age, now).findAny().isPresent() ? Rest.MORE : Rest.NONE);
            }
        });
    }

    private Stream<KeyRow> ended(Duration age, long now) {
        long before = Math.min(now, clock.millis()) - age.toMillis();
        return rows.values().stream()
                .filter(row -> row.endsAt() != null && row.endsAt() != KeyRow.UNREADABLE && row.endsAt() <= before);
    }

    private boolean clocksDiffer(long now) {
        return Math.abs(now - clock.millis()) > CLOCKS_MAY_DIFFER.toMillis();
    }

    @Override
    public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.Position before, int limit) {
        assertThat(limit).isBetween(1, 1_000);
        return hooks.around("journal", () -> {
            synchronized (rows) {
                return journal().stream()
                        .filter(filter::matches)
                        .filter(row -> before == null || isBefore(row.position(), before))
                        .limit(limit)
                        .toList();
            }
        });
    }

    private static boolean isBefore(JournalRow.Position position, JournalRow.Position other) {
        return position.time() < other.time()
                || (position.time() == other.time() && position.id().compareTo(other.id()) < 0);
    }

    @Override
    public Purge purgeJournal(Duration age, long now, int limit) {
        return hooks.around("purgeJournal", () -> {
            synchronized (rows) {
                if (clocksDiffer(now)) {
                    return Purge.putOff();
                }
                long before = Math.min(now, clock.millis()) - age.toMillis();
                List<String> old = journal.values().stream()
                        .filter(row -> row.time() <= before)
                        .sorted(NEWEST_FIRST.reversed())
                        .map(JournalRow::id)
                        .toList();
                List<String> removed = old.subList(0, Math.min(limit, old.size()));
                removed.forEach(journal::remove);
                return Purge.ofJournal(removed.size(), old.size() > removed.size() ? Rest.MORE : Rest.NONE);
            }
        });
    }

    /** The row in the table, looked at by somebody else. */
    KeyRow row(String id) {
        synchronized (rows) {
            return rows.get(id);
        }
    }

    List<KeyRow> rows() {
        synchronized (rows) {
            return List.copyOf(rows.values());
        }
    }

    /** The journal in the table, newest first. */
    List<JournalRow> journal() {
        synchronized (rows) {
            return journal.values().stream().sorted(NEWEST_FIRST).toList();
        }
    }

    /** Writes into the table by hand, past the library. */
    void put(KeyRow row) {
        synchronized (rows) {
            rows.put(Objects.requireNonNull(row).id(), row);
        }
    }

    /** Deletes from the table by hand, past the library. */
    void remove(String id) {
        synchronized (rows) {
            rows.remove(id);
        }
    }

    /** Writes into the journal by hand, past the library. */
    void put(JournalRow row) {
        synchronized (rows) {
            journal.put(row.id(), row);
        }
    }
}
