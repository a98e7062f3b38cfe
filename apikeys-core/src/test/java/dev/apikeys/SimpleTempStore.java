package dev.apikeys;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** A sound store of a few temp keys under one lock. Its hooks run outside of the lock. */
final class SimpleTempStore implements TempKeyStore {
    final Hooks hooks = new Hooks();
    volatile int maxLive = 10_000;
    private final TreeMap<String, TempRow> rows = new TreeMap<>();

    @Override
    public void insert(TempRow row) {
        hooks.around("insert", () -> {
            synchronized (rows) {
                if (rows.containsKey(row.ticketHash())) {
                    throw new DuplicateKeyException(row.keyId(), null);
                }
                rows.values().removeIf(other -> isLive(other) && other.deadline() <= row.createdAt());
                if (rows.values().stream().filter(SimpleTempStore::isLive).count() >= maxLive) {
                    throw new StorageException("The temp key store is full: it holds " + maxLive + " live rows", null);
                }
                rows.put(row.ticketHash(), row);
            }
        });
    }

    private static boolean isLive(TempRow row) {
        return row.settledAt() == null;
    }

    @Override
    public TempRow find(String ticketHash) {
        return hooks.around("find", () -> {
            synchronized (rows) {
                return rows.get(ticketHash);
            }
        });
    }

    @Override
    public TempRow findByKey(String keyId) {
        return hooks.around("findByKey", () -> {
            synchronized (rows) {
                return rows.values().stream()
                        .filter(row -> isLive(row) && row.keyId().equals(keyId))
                        .max(Comparator.comparingLong(TempRow::deadline))
                        .orElse(null);
            }
        });
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        return hooks.around("settle", () -> {
            synchronized (rows) {
                TempRow row = rows.get(ticketHash);
                if (row == null || !isLive(row) || row.deadline() <= now) {
                    return false;
                }
                rows.put(ticketHash, row.settled(now));
                return true;
            }
        });
    }

    @Override
    public int discard(String keyId) {
        return hooks.around("discard", () -> {
            synchronized (rows) {
                int before = rows.size();
                rows.values().removeIf(row -> isLive(row) && row.keyId().equals(keyId));
                return before - rows.size();
            }
        });
    }

    @Override
    public int purge(long before, int limit) {
        return hooks.around("purge", () -> {
            synchronized (rows) {
                List<TempRow> old = rows.values().stream()
                        .filter(row -> row.deadline() < before)
                        .limit(limit)
                        .toList();
                old.forEach(row -> rows.remove(row.ticketHash()));
                return old.size();
            }
        });
    }

    /** What can still be opened. */
    List<TempRow> waiting() {
        return rows().stream().filter(SimpleTempStore::isLive).toList();
    }

    List<TempRow> rows() {
        synchronized (rows) {
            return List.copyOf(rows.values());
        }
    }

    /** Writes into the table by hand, past the library. */
    void put(TempRow row) {
        synchronized (rows) {
            rows.put(row.ticketHash(), row);
        }
    }
}
