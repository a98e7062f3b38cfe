package dev.apikeys;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key store behind its gate. Each write moves the stamps of what it wrote when the store's call has ended, also when
 * nobody waits for it any more.
 */
final class GatedKeyStore {
    private final ApiKeyStore store;
    private final Gate gate;
    private final StampedCache<String, StoredKey> cache;

    /** Whether records may be cached by lookup: only where keys of a foreign format are verified. */
    private volatile boolean looksUp;

    GatedKeyStore(ApiKeyStore store, Gate gate, StampedCache<String, StoredKey> cache) {
        this.store = store;
        this.gate = gate;
        this.cache = cache;
    }

    boolean write(Operation operation, List<Change> changes) {
        return gate.write(operation, "store.write", () -> {
            try {
                return store.write(changes);
            } finally {
                for (Change change : changes) {
                    moveStamps(change);
                }
            }
        });
    }

    private void moveStamps(Change change) {
        KeyRow row = change.row();
        if (change instanceof Change.Insert) {
            cache.born(row.id());
            if (row.lookup() != null) {
                cache.born(row.lookup());
            }
        } else {
            moveStamps(row);
        }
    }

    private void moveStamps(KeyRow row) {
        cache.changed(row.id());
        if (row.lookup() != null) {
            cache.changed(row.lookup());
        }
    }

    @Nullable KeyRow find(Operation operation, String id) {
        return gate.<@Nullable KeyRow>read(operation, "store.find", () -> store.find(id));
    }

    /** Finds a row for a load, which is told what the store does even if its caller has left. */
    @Nullable StoredKey find(Operation operation, String id, Load load) {
        return gate.<@Nullable StoredKey>read(operation, "store.find", () -> load.make(() -> store.find(id)));
    }

    /**
     * Finds a row that is to be changed. What a caller is told of it, be it that nothing is left to be done, holds for the
     * verifications that follow: a write that this read has seen may not have moved its stamps yet.
     */
    @Nullable KeyRow findToChange(Operation operation, String id) {
        KeyRow row = find(operation, id);
        if (row != null) {
            moveStamps(row);
        } else {
            cache.changed(id);
            if (looksUp) {
                cache.changedAny(); // By which lookup it was known is gone with it.
            }
        }
        return row;
    }

    /** Finds a row by its lookup for a load. */
    @Nullable StoredKey findByLookup(Operation operation, String lookup, Load load) {
        looksUp = true;
        return gate.<@Nullable StoredKey>read(
                operation, "store.findByLookup", () -> load.make(() -> store.findByLookup(lookup)));
    }

    ApiKeyStore.Slice list(Operation operation, KeyFilter filter, @Nullable String afterId, int limit, long now) {
        return gate.read(operation, "store.list", () -> store.list(filter, afterId, limit, now));
    }

    void addUsage(Operation operation, List<UsageDelta> deltas) {
        gate.<@Nullable Void>write(operation, "store.addUsage", () -> {
            store.addUsage(deltas);
            return null;
        });
    }

    boolean delete(Operation operation, KeyRow row) {
        return gate.write(operation, "store.delete", () -> {
            try {
                return store.delete(row.id());
            } finally {
                moveStamps(row);
            }
        });
    }

    List<KeyRow> purge(Operation operation, long endedBefore, int limit) {
        return gate.write(operation, "store.purge", () -> {
            List<KeyRow> removed = null;
            try {
                removed = store.purge(endedBefore, limit);
                return removed;
            } finally {
                if (removed == null) {
                    cache.changedAny();
                } else {
                    removed.forEach(this::moveStamps);
                }
            }
        });
    }
}
