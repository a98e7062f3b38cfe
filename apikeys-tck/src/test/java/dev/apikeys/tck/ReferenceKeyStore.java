package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A sound store, as simple as can be: one monitor, and a copy of everything for each write. Broken ones extend it. */
class ReferenceKeyStore implements ApiKeyStore {
    final Backing backing;
    TreeMap<String, KeyRow> rows = new TreeMap<>();

    ReferenceKeyStore() {
        this(new Backing());
    }

    ReferenceKeyStore(Backing backing) {
        this.backing = backing;
    }

    @Override
    public synchronized boolean write(List<Change> changes) {
        backing.reach();
        TreeMap<String, KeyRow> next = new TreeMap<>(rows);
        for (Change change : changes) {
            KeyRow row = after(next, change);
            if (row == null) {
                return false;
            }
            next.put(row.id(), row);
        }
        rows = next;
        return true;
    }

    /** The row after a change, or null if a replace does not find its version. */
    @Nullable KeyRow after(TreeMap<String, KeyRow> before, Change change) {
        KeyRow row = change.row();
        KeyRow stored = before.get(row.id());
        if (change instanceof Change.Replace replace) {
            return stored == null || !isExpected(stored, replace) ? null : merged(stored, row);
        }
        if (stored != null || (row.lookup() != null && byLookup(before, row.lookup()) != null)) {
            throw new DuplicateKeyException(row.id(), null);
        }
        return row;
    }

    boolean isExpected(KeyRow stored, Change.Replace replace) {
        return stored.version() == replace.expectedVersion() && stored.hash().equals(replace.expectedHash());
    }

    KeyRow merged(KeyRow stored, KeyRow replacement) {
        return Draft.from(replacement)
                .lookup(stored.lookup())
                .createdAt(stored.createdAt())
                .usageCount(stored.usageCount())
                .lastUsedAt(stored.lastUsedAt())
                .row();
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
    public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
        backing.reach();
        List<KeyRow> matching = new ArrayList<>(
                afterId == null ? rows.values() : rows.tailMap(afterId, false).values());
        matching.removeIf(row -> !filter.matches(row, now));
        if (matching.size() <= limit) {
            return new Slice(matching, null);
        }
        List<KeyRow> page = matching.subList(0, limit);
        return new Slice(page, page.get(limit - 1).id());
    }

    @Override
    public synchronized void addUsage(List<UsageDelta> deltas) {
        backing.reach();
        deltas.forEach(delta -> rows.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta)));
    }

    KeyRow used(KeyRow row, UsageDelta delta) {
        Long last = row.lastUsedAt();
        return Draft.from(row)
                .usageCount(row.usageCount() + delta.count())
                .lastUsedAt(last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()))
                .row();
    }

    @Override
    public synchronized boolean delete(String id) {
        backing.reach();
        return rows.remove(id) != null;
    }

    @Override
    public synchronized List<KeyRow> purge(long endedBefore, int limit) {
        backing.reach();
        List<KeyRow> ended = ended(endedBefore).stream().limit(limit).toList();
        ended.forEach(row -> rows.remove(row.id()));
        return ended;
    }

    synchronized List<KeyRow> ended(long before) {
        return rows.values().stream()
                .filter(row -> end(row) < before && end(row) != KeyRow.UNREADABLE)
                .toList();
    }

    private static long end(KeyRow row) {
        long revoked = row.revokedAt() == null ? Long.MAX_VALUE : row.revokedAt();
        long expires = row.expiresAt() == null ? Long.MAX_VALUE : row.expiresAt();
        return Math.min(revoked, expires);
    }
}
