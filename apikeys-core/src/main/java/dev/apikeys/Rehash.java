package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves hashes to the current pepper. That needs the secret, so a verification that succeeds under a retired pepper
 * queues the new hash here, and maintenance writes it. Keys of a foreign format keep their hash: they are found by it.
 */
final class Rehash {
    private static final int MAX_PENDING = 1_000;

    /** No record: the map compares it while it locks a bin, and must compare by identity. */
    private static final class Moved {
        final KeyRow from;
        final String hash;

        Moved(KeyRow from, String hash) {
            this.from = from;
            this.hash = hash;
        }
    }

    private final SecretHasher hasher;
    private final GatedKeyStore store;
    private final Operations operations;
    private final ConcurrentHashMap<String, Moved> pending = new ConcurrentHashMap<>();

    Rehash(SecretHasher hasher, GatedKeyStore store, Operations operations) {
        this.hasher = hasher;
        this.store = store;
        this.operations = operations;
    }

    /** Returns whether the hash of a key is to be moved. */
    boolean wants(StoredKey stored) {
        StoredHash hash = stored.hash;
        return hash != null
                && !hasher.isCurrent(hash)
                && stored.row.lookup() == null
                && pending.size() < MAX_PENDING
                && !pending.containsKey(stored.row.id());
    }

    void offer(StoredKey stored, byte[] secret) {
        pending.put(stored.row.id(), new Moved(stored.row, hasher.store(secret)));
    }

    boolean isIdle() {
        return pending.isEmpty();
    }

    /**
     * Writes one pending hash. A row that changed meanwhile or cannot be written is left to its next verification, and
     * does not block the others.
     *
     * @return whether a hash was moved
     */
    boolean writeOne() {
        Iterator<Moved> all = pending.values().iterator();
        if (!all.hasNext()) {
            return false;
        }
        Moved moved = all.next();
        KeyRow from = moved.from;
        pending.remove(from.id(), moved);
        KeyRow next =
                from.toBuilder().hash(moved.hash).version(from.version() + 1).build();
        WriteSet set = WriteSet.builder()
                .replace(new WriteSet.Replace(next, from.hash(), null))
                .build();
        return store.write(operations.begin("maintain").about(from.id()), set);
    }
}
