package dev.apikeys;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the record of a key for a verification: in the cache, else in the store. Whoever finds nothing good in the cache
 * loads, and nobody waits for a load of another caller. Thread-safe.
 */
final class KeyLoader {
    private final StampedCache<String, StoredKey> cache;
    private final GatedKeyStore store;
    private final Function<KeyRow, StoredKey> reader;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * Creates a loader.
     *
     * @param reader works out what a row means, once for each load
     */
    KeyLoader(StampedCache<String, StoredKey> cache, GatedKeyStore store, Function<KeyRow, StoredKey> reader) {
        this.cache = cache;
        this.store = store;
        this.reader = reader;
    }

    /** The key of this id, or null. */
    @Nullable StoredKey byId(Operation operation, String id) {
        StampedCache.Entry<StoredKey> known = known(id);
        return known != null ? known.value() : load(id, key -> store.find(operation, key));
    }

    /** The key that is found by this hash of its secret, or null. */
    @Nullable StoredKey byLookup(Operation operation, String lookup) {
        StampedCache.Entry<StoredKey> known = known(lookup);
        return known != null ? known.value() : load(lookup, key -> store.findByLookup(operation, key));
    }

    private StampedCache.@Nullable Entry<StoredKey> known(String key) {
        StampedCache.Entry<StoredKey> entry = cache.get(key);
        (entry != null ? hits : misses).increment();
        return entry;
    }

    private @Nullable StoredKey load(String key, Function<String, @Nullable KeyRow> find) {
        StampedCache.Ticket ticket = cache.ticket(key);
        try {
            KeyRow row = find.apply(key);
            StoredKey loaded = row == null ? null : reader.apply(row);
            cache.put(key, loaded, ticket);
            return loaded;
        } catch (StorageException e) {
            // Looked up again: while the store failed, the record may have grown too old or been overtaken.
            StampedCache.Entry<StoredKey> good = cache.get(key);
            if (good == null) {
                throw e;
            }
            return good.value();
        }
    }

    /** How many records were found in the cache. */
    long hits() {
        return hits.sum();
    }

    /** How many were not. */
    long misses() {
        return misses.sum();
    }
}
