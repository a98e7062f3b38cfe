package dev.apikeys.internal.upkeep;

import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.StoredHash;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves hashes to the current pepper. That needs the secret, so a verification that succeeds under a retired pepper
 * queues the new hash here, and maintenance writes it. Keys of a foreign format keep their hash: they are found by it.
 */
public final class Rehash {
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

    public Rehash(SecretHasher hasher, GatedKeyStore store, Operations operations) {
        this.hasher = hasher;
        this.store = store;
        this.operations = operations;
    }

    /** Returns whether the hash of a key is to be moved. */
    public boolean wants(KeyRow row, StoredHash hash) {
        return !hasher.isCurrent(hash)
                && row.lookup() == null
                && pending.size() < MAX_PENDING
                && !pending.containsKey(row.id());
    }

    /** Queues the new hash of a key. */
    public void offer(KeyRow row, byte[] secret) {
        pending.put(row.id(), new Moved(row, hasher.store(secret)));
    }

    /** Returns whether no hash is pending. */
    public boolean isIdle() {
        return pending.isEmpty();
    }

    /**
     * Writes one pending hash. A row that changed meanwhile or cannot be written is left to its next verification, and
     * does not block the others.
     *
     * @return whether a hash was moved
     */
    public boolean writeOne() {
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
