package dev.apikeys.tck;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A sound store of temp keys, as simple as can be: one monitor. Broken ones extend it. */
class ReferenceTempKeyStore implements TempKeyStore {
    final Backing backing;
    final TreeMap<String, TempRow> rows = new TreeMap<>();

    ReferenceTempKeyStore() {
        this(new Backing());
    }

    ReferenceTempKeyStore(Backing backing) {
        this.backing = backing;
    }

    @Override
    public synchronized void insert(TempRow row) {
        backing.reach();
        if (rows.putIfAbsent(row.ticketHash(), row) != null) {
            throw new DuplicateKeyException(row.keyId(), null);
        }
    }

    @Override
    public synchronized @Nullable TempRow find(String ticketHash) {
        backing.reach();
        return rows.get(ticketHash);
    }

    @Override
    public synchronized @Nullable TempRow findByKey(String keyId) {
        backing.reach();
        return waiting(keyId).stream()
                .max(Comparator.comparingLong(TempRow::deadline))
                .orElse(null);
    }

    synchronized List<TempRow> waiting(String keyId) {
        return rows.values().stream()
                .filter(row -> row.keyId().equals(keyId) && row.settledAt() == null)
                .toList();
    }

    @Override
    public synchronized boolean settle(String ticketHash, long now) {
        backing.reach();
        TempRow row = rows.get(ticketHash);
        if (row == null || row.settledAt() != null || now >= row.deadline()) {
            return false;
        }
        rows.put(ticketHash, row.settled(now));
        return true;
    }

    @Override
    public synchronized int discard(String keyId) {
        backing.reach();
        List<TempRow> waiting = waiting(keyId);
        waiting.forEach(row -> rows.remove(row.ticketHash()));
        return waiting.size();
    }

    @Override
    public synchronized int purge(long before, int limit) {
        backing.reach();
        List<TempRow> older = rows.values().stream()
                .filter(row -> row.deadline() < before)
                .limit(limit)
                .toList();
        older.forEach(row -> rows.remove(row.ticketHash()));
        return older.size();
    }
}
