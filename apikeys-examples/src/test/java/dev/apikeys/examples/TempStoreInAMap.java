package dev.apikeys.examples;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A store of temp keys that keeps the whole contract in one class. Thread-safe: one monitor. */
final class TempStoreInAMap implements TempKeyStore {
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final int ENDED_FOR_ROOM = 64;
    private static final long KEPT_FOR_EACH_LIVE_ONE = 100;

    private final TreeMap<String, TempRow> rows = new TreeMap<>();
    private final int maxLive;
    private long forgotten;

    TempStoreInAMap(int maxLive) {
        this.maxLive = maxLive;
    }

    // snippet: docs/spi-contract.md, temp insert
    @Override
    public synchronized Sweep insert(List<TempRow> inserted) {
        for (TempRow row : inserted) {
            if (rows.containsKey(row.ticketHash())) {
                throw new KeyExistsException(row.keyId(), null); // S02
            }
        }
        List<TempRow> overdue = List.of();
        if (live().count() + inserted.size() > maxLive) {
            long earlier = Math.min(inserted.get(0).createdAt(), System.currentTimeMillis());
            overdue = overdue(earlier, ENDED_FOR_ROOM);
        }
        if (live().count() - overdue.size() + inserted.size() > maxLive) {
            throw new VaultFullException(
                    maxLive); // S09: nothing was written, and nothing that can be claimed is dropped
        }
        inserted.forEach(row -> rows.put(row.ticketHash(), row));
        return swept(end(overdue), 0, Rest.NONE);
    }

    @Override
    public synchronized boolean settle(String ticketHash, long now) {
        TempRow row = rows.get(ticketHash);
        if (row == null || row.sealed() == null || row.deadline() <= now) {
            return false;
        }
        rows.put(ticketHash, row.settled(now)); // S09: one wins, and what was sealed is gone
        forgetOldest();
        return true;
    }
    // end of snippet

    private Stream<TempRow> live() {
        return rows.values().stream().filter(row -> row.sealed() != null);
    }

    private List<TempRow> overdue(long now, int limit) {
        return live().filter(row -> row.deadline() <= now).limit(limit).toList();
    }

    private List<TempRow> end(List<TempRow> overdue) {
        List<TempRow> ended = overdue.stream().map(TempRow::ended).toList();
        ended.forEach(row -> rows.put(row.ticketHash(), row));
        forgetOldest();
        return ended;
    }

    private List<TempRow> spent(long cutOff) {
        return rows.values().stream()
                .filter(row -> row.sealed() == null && row.deadline() <= cutOff)
                .sorted(Comparator.comparingLong(TempRow::deadline))
                .toList();
    }

    private void forgetOldest() {
        List<TempRow> spent = spent(Long.MAX_VALUE);
        long tooMany = Math.max(0, spent.size() - KEPT_FOR_EACH_LIVE_ONE * maxLive);
        for (TempRow row : spent.subList(0, (int) tooMany)) {
            rows.remove(row.ticketHash());
            forgotten++;
        }
    }

    private Sweep swept(List<TempRow> ended, int removed, Rest rest) {
        Sweep sweep = new Sweep(ended, removed, forgotten, rest);
        forgotten = 0;
        return sweep;
    }

    @Override
    public synchronized @Nullable TempRow find(String ticketHash) {
        return rows.get(ticketHash);
    }

    @Override
    public synchronized @Nullable TempRow findByKey(String keyId) {
        return rows.values().stream()
                .filter(row -> row.keyId().equals(keyId))
                .max(Comparator.comparing((TempRow row) -> row.sealed() != null).thenComparing(TempRow::deadline))
                .orElse(null);
    }

    @Override
    public synchronized int discard(String keyId) {
        List<TempRow> waiting = live().filter(row -> row.keyId().equals(keyId)).toList();
        waiting.forEach(row -> rows.remove(row.ticketHash()));
        return waiting.size();
    }

    @Override
    public synchronized boolean remove(String ticketHash) {
        return rows.remove(ticketHash) != null;
    }

    // snippet: docs/spi-contract.md, temp purge
    @Override
    public synchronized Sweep purge(Duration age, long now, int limit) {
        long own = System.currentTimeMillis();
        if (now > own + HOUR || now < own - HOUR) {
            return swept(List.of(), 0, Rest.PUT_OFF); // S08: one of the two clocks is wrong
        }
        long earlier = Math.min(own, now);
        List<TempRow> ended = end(overdue(earlier, limit));
        List<TempRow> old = spent(earlier - age.toMillis());
        List<TempRow> removed = old.subList(0, Math.min(limit, old.size()));
        removed.forEach(row -> rows.remove(row.ticketHash()));
        boolean more = old.size() > limit || !overdue(earlier, 1).isEmpty();
        return swept(ended, removed.size(), more ? Rest.MORE : Rest.NONE);
    }
    // end of snippet
}
