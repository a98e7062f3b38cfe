package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A sound store under one lock. Its hooks run outside of the lock. */
final class SimpleKeyStore implements ApiKeyStore {
    final Hooks hooks = new Hooks();

    /** So many of the next writes are lost to others. */
    final AtomicInteger lostWrites = new AtomicInteger();

    /** So many rows it looks at in one call to list. */
    volatile int maxSlice = 1_000;

    final List<List<UsageDelta>> usageBatches = new ArrayList<>();
    private final TreeMap<String, KeyRow> rows = new TreeMap<>();

    @Override
    public boolean write(List<Change> changes) {
        requireOrder(changes.stream().map(change -> change.row().id()).toList(), 1_000);
        return hooks.around("write", () -> {
            if (lostWrites.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return false;
            }
            synchronized (rows) {
                return writeAll(changes);
            }
        });
    }

    /** What the library promises every store. */
    private static void requireOrder(List<String> ids, int most) {
        assertThat(ids).hasSizeBetween(1, most).isSorted().doesNotHaveDuplicates();
    }

    private boolean writeAll(List<Change> changes) {
        TreeMap<String, KeyRow> next = new TreeMap<>(rows);
        for (Change change : changes) {
            KeyRow row = change.row();
            KeyRow old = next.get(row.id());
            if (change instanceof Change.Insert) {
                if (old != null || (row.lookup() != null && byLookup(row.lookup()) != null)) {
                    throw new DuplicateKeyException(row.id(), null);
                }
                next.put(row.id(), row);
            } else if (!isExpected(old, (Change.Replace) change)) {
                return false;
            } else {
                next.put(row.id(), withUsage(row, old.usageCount(), old.lastUsedAt()));
            }
        }
        rows.putAll(next);
        return true;
    }

    private static boolean isExpected(KeyRow stored, Change.Replace replace) {
        return stored != null
                && stored.version() == replace.expectedVersion()
                && stored.hash().equals(replace.expectedHash());
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
    public Slice list(KeyFilter filter, String afterId, int most, long now) {
        assertThat(most).isBetween(1, 1_000);
        int limit = Math.min(most, maxSlice);
        return hooks.around("list", () -> {
            synchronized (rows) {
                List<KeyRow> found = (afterId == null ? rows : rows.tailMap(afterId, false))
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
    public void addUsage(List<UsageDelta> deltas) {
        requireOrder(deltas.stream().map(UsageDelta::keyId).toList(), 500);
        hooks.around("addUsage", () -> {
            synchronized (rows) {
                usageBatches.add(List.copyOf(deltas));
                for (UsageDelta delta : deltas) {
                    rows.computeIfPresent(delta.keyId(), (id, row) -> {
                        Long last = row.lastUsedAt();
                        long at = last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt());
                        return withUsage(row, row.usageCount() + delta.count(), at);
                    });
                }
            }
        });
    }

    @Override
    public boolean delete(String id) {
        return hooks.around("delete", () -> {
            synchronized (rows) {
                return rows.remove(id) != null;
            }
        });
    }

    @Override
    public List<KeyRow> purge(long endedBefore, int limit) {
        return hooks.around("purge", () -> {
            synchronized (rows) {
                List<KeyRow> ended = rows.values().stream()
                        .filter(row -> isBefore(row.revokedAt(), endedBefore) || isBefore(row.expiresAt(), endedBefore))
                        .limit(limit)
                        .toList();
                ended.forEach(row -> rows.remove(row.id()));
                return ended;
            }
        });
    }

    private static boolean isBefore(Long time, long bound) {
        return time != null && time < bound;
    }

    /** What stands in the table, looked at by somebody else. */
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

    /** Writes into the table by hand, past the library. */
    void put(KeyRow row) {
        synchronized (rows) {
            rows.put(Objects.requireNonNull(row).id(), row);
        }
    }

    private static KeyRow withUsage(KeyRow row, long count, Long lastUsedAt) {
        return Rows.of(row).usageCount(count).lastUsedAt(lastUsedAt).row();
    }
}
