package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A sound store of temp keys, as simple as can be: one monitor. Broken ones extend it. */
class ReferenceTempKeyStore implements TempKeyStore {
    private static final Comparator<TempRow> BY_DEADLINE = Comparator.comparingLong(TempRow::deadline);

    final Backing backing;
    final int maxLive;
    TreeMap<String, TempRow> rows = new TreeMap<>();
    long forgotten;

    ReferenceTempKeyStore() {
        this(new Backing(), 10_000);
    }

    ReferenceTempKeyStore(Backing backing, int maxLive) {
        this.backing = backing;
        this.maxLive = maxLive;
    }

    @Override
    public synchronized Sweep insert(List<TempRow> inserted) {
        backing.reach();
        TreeMap<String, TempRow> before = new TreeMap<>(rows);
        long forgottenBefore = forgotten;
        try {
            List<TempRow> ended =
                    isFull(inserted.size()) ? end(overdueSince(inserted.get(0).createdAt()), 64) : List.of();
            if (isFull(inserted.size())) {
                throw new VaultFullException(maxLive);
            }
            inserted.forEach(this::put);
            return told(ended, 0, Rest.NONE);
        } catch (StorageException e) {
            rows = before;
            forgotten = forgottenBefore;
            throw e;
        }
    }

    /** The store's own clock. */
    long clock() {
        return System.currentTimeMillis();
    }

    long overdueSince(long createdAt) {
        return Math.min(createdAt, clock());
    }

    boolean isFull(int more) {
        return live(row -> true).size() + more > maxLive;
    }

    void put(TempRow row) {
        if (rows.putIfAbsent(row.ticketHash(), row) != null) {
            throw new KeyExistsException(row.keyId(), null);
        }
    }

    List<TempRow> live(Predicate<TempRow> which) {
        return rows.values().stream()
                .filter(row -> row.sealed() != null && which.test(row))
                .toList();
    }

    List<TempRow> end(long now, int limit) {
        List<TempRow> ended = live(row -> row.deadline() <= now).stream()
                .sorted(BY_DEADLINE)
                .limit(limit)
                .map(TempRow::ended)
                .toList();
        ended.forEach(row -> rows.put(row.ticketHash(), row));
        forgetOldest();
        return ended;
    }

    void forgetOldest() {
        List<TempRow> spent = spent(Long.MAX_VALUE);
        for (TempRow row : spent.subList(0, Math.max(0, spent.size() - 100 * maxLive))) {
            rows.remove(row.ticketHash());
            forgotten++;
        }
    }

    List<TempRow> spent(long cutOff) {
        return rows.values().stream()
                .filter(row -> row.sealed() == null && row.deadline() <= cutOff)
                .sorted(BY_DEADLINE)
                .toList();
    }

    private Sweep told(List<TempRow> ended, int removed, Rest rest) {
        long told = forgotten;
        forgotten = 0;
        return new Sweep(ended, removed, told, rest);
    }

    @Override
    public synchronized @Nullable TempRow find(String ticketHash) {
        backing.reach();
        return rows.get(ticketHash);
    }

    @Override
    public synchronized @Nullable TempRow findByKey(String keyId) {
        backing.reach();
        return best(
                rows.values().stream().filter(row -> row.keyId().equals(keyId)).toList());
    }

    @Nullable TempRow best(List<TempRow> ofKey) {
        return ofKey.stream()
                .max(Comparator.comparing((TempRow row) -> row.sealed() != null).thenComparing(BY_DEADLINE))
                .orElse(null);
    }

    @Override
    public synchronized boolean settle(String ticketHash, long now) {
        backing.reach();
        TempRow row = rows.get(ticketHash);
        if (row == null || row.sealed() == null || now >= row.deadline()) {
            return false;
        }
        rows.put(ticketHash, row.settled(now));
        forgetOldest();
        return true;
    }

    @Override
    public synchronized int discard(String keyId) {
        backing.reach();
        List<TempRow> waiting = live(row -> row.keyId().equals(keyId));
        waiting.forEach(row -> rows.remove(row.ticketHash()));
        return waiting.size();
    }

    @Override
    public synchronized boolean remove(String ticketHash) {
        backing.reach();
        return rows.remove(ticketHash) != null;
    }

    @Override
    public synchronized Sweep purge(Duration age, long now, int limit) {
        backing.reach();
        if (isPutOff(now)) {
            return told(List.of(), 0, Rest.PUT_OFF);
        }
        long earlier = earlier(now);
        List<TempRow> ended = new ArrayList<>(end(earlier, limit));
        List<TempRow> old = spent(earlier - age.toMillis());
        List<TempRow> removed = old.stream().limit(limit).toList();
        removed.forEach(row -> rows.remove(row.ticketHash()));
        boolean more =
                old.size() > limit || !live(row -> row.deadline() <= earlier).isEmpty();
        return told(ended, removed.size(), more ? Rest.MORE : Rest.NONE);
    }

    long earlier(long now) {
        return Math.min(clock(), now);
    }

    boolean isPutOff(long now) {
        return Math.abs((double) now - clock()) > ReferenceKeyStore.HOUR;
    }
}
