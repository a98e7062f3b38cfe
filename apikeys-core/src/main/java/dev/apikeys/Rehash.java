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
    private static final int MAX_FAILURES_IN_A_ROW = 8;

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

    /**
     * Writes what is pending, and then throws the first failure. A row that changed in the meantime or cannot be written is
     * left to its next verification, and holds up no other; where nothing can be written, no more is tried.
     */
    void write(GatedKeyStore store, Operations operations) {
        RuntimeException failure = null;
        int inARow = 0;
        for (Map.Entry<String, Moved> entry : pending.entrySet()) {
            if (inARow == MAX_FAILURES_IN_A_ROW) {
                break;
            }
            pending.remove(entry.getKey(), entry.getValue());
            try {
                write(entry.getValue(), store, operations.of("maintain", entry.getKey()));
                inARow = 0;
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
                inARow++;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void write(Moved moved, GatedKeyStore store, Operation operation) {
        RowEdit edit = new RowEdit(moved.from);
        edit.hash = moved.hash;
        KeyRow next = edit.next(moved.from.updatedAt());
        store.write(operation, List.of(new Change.Replace(next, moved.from.hash())));
    }
}
