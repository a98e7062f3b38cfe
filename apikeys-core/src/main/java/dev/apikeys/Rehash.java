package dev.apikeys;

import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves hashes to the current pepper. That needs the secret, so a verification that succeeds under a retired pepper leaves
 * the new hash here, and maintenance writes it. Keys of a foreign format keep theirs: they are found by it.
 */
final class Rehash {
    private static final int MAX_PENDING = 1_000;

    /** No record: the map compares it under a bin, and by identity alone. */
    private static final class Moved {
        final KeyRow from;
        final String hash;

        Moved(KeyRow from, String hash) {
            this.from = from;
            this.hash = hash;
        }
    }

    private final SecretHasher hasher;
    private final ConcurrentHashMap<String, Moved> pending = new ConcurrentHashMap<>();

    Rehash(SecretHasher hasher) {
        this.hasher = hasher;
    }

    void offer(StoredKey stored, byte[] secret) {
        StoredHash hash = stored.hash;
        if (hash == null || hasher.isCurrent(hash) || stored.row.lookup() != null) {
            return;
        }
        String id = stored.row.id();
        if (pending.size() < MAX_PENDING && !pending.containsKey(id)) {
            pending.put(id, new Moved(stored.row, hasher.store(secret)));
        }
    }

    /** Writes what is pending. A row that changed in the meantime or cannot be written is left to its next verification. */
    void write(GatedKeyStore store, Operations operations) {
        for (Map.Entry<String, Moved> entry : pending.entrySet()) {
            Moved moved = entry.getValue();
            pending.remove(
                    entry.getKey(), moved); // First, so that what fails does not fail in front of the others for ever.
            RowEdit edit = new RowEdit(moved.from);
            edit.hash = moved.hash;
            KeyRow next = edit.next(moved.from.updatedAt());
            store.write(
                    operations.of("maintain", entry.getKey()), List.of(new Change.Replace(next, moved.from.hash())));
        }
    }
}
