package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import dev.apikeys.spi.WriteSet;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys, each change with its journal row. A change is a compare-and-set on the row that was read; after a lost
 * race, it is retried on the row read again.
 */
final class KeyWriter {
    private static final int MAX_ATTEMPTS = 16;

    /** Computes a change without I/O, or throws if the key cannot be changed. */
    @FunctionalInterface
    interface Edit {
        KeyChange of(KeyRow row, ApiKey key, long now);
    }

    /**
     * A change that was made.
     *
     * @param key the key after the change; before it, for a deletion
     */
    record Made(KeyChange change, ApiKey key) {}

    private final GatedKeyStore store;
    private final RowReader rows;
    private final Journal journal;
    private final @Nullable HandOffs handOffs;
    private final Emitter emitter;
    private final InstantSource clock;

    KeyWriter(
            GatedKeyStore store,
            RowReader rows,
            Journal journal,
            @Nullable HandOffs handOffs,
            Emitter emitter,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.journal = journal;
        this.handOffs = handOffs;
        this.emitter = emitter;
        this.clock = clock;
    }

    /** Writes new keys, all or none. */
    void create(Operation operation, Caller caller, List<NewKey> keys) {
        WriteSet.Builder set = WriteSet.builder();
        for (NewKey key : keys) {
            set.insert(key.row()).journal(journal.created(caller, key.row()));
        }
        if (!write(operation, set.build(), keys)) {
            throw operation.failed("The store refused an insert without saying why; nothing was created", null, false);
        }
        for (NewKey key : keys) {
            emitter.emit(KeyEvent.Type.CREATED, key.id(), key.row().createdAt(), "");
        }
    }

    /**
     * Changes a key.
     *
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the precondition does not hold, the edit refuses, or the change kept losing the race
     *     with others
     */
    Made change(Operation operation, Caller caller, KeyId id, Edit edit) {
        return change(operation, caller, id, find(operation, id), edit);
    }

    /** Changes a key whose row was listed before and may be stale. */
    Made change(Operation operation, Caller caller, KeyId id, KeyRow listed, Edit edit) {
        KeyRow row = listed;
        for (int attempt = 1; ; attempt++) {
            Made made = attempt(operation, caller, id, row, edit);
            if (made != null) {
                return made;
            }
            if (attempt == MAX_ATTEMPTS) {
                throw new ConflictException(id, Reason.CONTENDED, "keeps being changed by others");
            }
            row = find(operation, id);
        }
    }

    private KeyRow find(Operation operation, KeyId id) {
        KeyRow row = store.findToChange(operation, id.value());
        if (row == null) {
            throw new KeyNotFoundException(id);
        }
        return row;
    }

    /** Returns null after a lost race. */
    private @Nullable Made attempt(Operation operation, Caller caller, KeyId id, KeyRow row, Edit edit) {
        long now = Dates.writable(clock.millis());
        ApiKey key = rows.key(row, now);
        caller.require(id, row);
        KeyChange change = edit.of(row, key, now);
        WriteSet.Builder set = WriteSet.builder();
        ApiKey result = key;
        switch (change.kind) {
            case UNTOUCHED -> {
                return new Made(change, key);
            }
            case REPEATED -> set.journal(journal.repeated(change.type, caller, row));
            case DELETED -> set.delete(deletion(row)).journal(journal.deleted(caller, row));
            case REPLACED -> {
                KeyRow next = next(id, row, change, now);
                result = rows.key(next, now);
                set.replace(new WriteSet.Replace(next, row.hash(), change.unlessUsedSince))
                        .journal(journal.changed(change.type, caller, row, next));
            }
        }
        NewKey successor = change.successor;
        if (successor != null) {
            set.insert(successor.row()).journal(journal.created(caller, successor.row()));
        }
        // The result is built before the write: no failure after the write may cost the caller a new secret.
        Made made = new Made(change, result);
        if (!write(operation, set.build(), successor == null ? List.of() : List.of(successor))) {
            return null;
        }
        if (change.kind != KeyChange.Kind.REPEATED) {
            emitter.emit(change.type, id, now, change.detail);
        }
        return made;
    }

    private static WriteSet.Delete deletion(KeyRow row) {
        return new WriteSet.Delete(row.id(), row.hash(), RowReader.isCountable(row) ? row.version() : null);
    }

    private static KeyRow next(KeyId id, KeyRow row, KeyChange change, long now) {
        if (change.next == null) {
            throw new IllegalStateException("A change of " + id + " has no next state");
        }
        if (!RowReader.isCountable(row)) {
            throw new ConflictException(
                    id, Reason.UNREADABLE, "has a stored version that cannot be read; correct it in the store");
        }
        return change.next.version(row.version() + 1).updatedAt(now).build();
    }

    /** Writes the deletion of a missing key to the journal. */
    void noteDeleted(Operation operation, Caller caller, KeyId id) {
        WriteSet set =
                WriteSet.builder().journal(journal.deletedBefore(caller, id)).build();
        if (!store.write(operation, set)) {
            throw operation.failed("The store refused a journal row without saying why", null, false);
        }
    }

    /** Inserts the hand-offs of new keys into the vault, then writes; takes them back if the write failed. */
    private boolean write(Operation operation, WriteSet set, List<NewKey> keys) {
        List<HandOffs.Sealed> sealed = new ArrayList<>(0);
        for (NewKey key : keys) {
            if (key.sealed() != null) {
                sealed.add(key.sealed());
            }
        }
        if (handOffs == null || sealed.isEmpty()) {
            return store.write(operation, set);
        }
        insert(handOffs, operation, sealed, keys);
        boolean written = false;
        try {
            written = store.write(operation, set);
            return written;
        } finally {
            if (!written) {
                handOffs.takeBack(operation, sealed);
            }
        }
    }

    private void insert(HandOffs vault, Operation operation, List<HandOffs.Sealed> sealed, List<NewKey> keys) {
        try {
            vault.insert(operation, sealed);
        } catch (StorageException e) {
            for (NewKey key : keys) {
                // On a retry, VaultFullException would hide that the first create succeeded.
                if (key.idWasChosen() && exists(operation, key.row().id())) {
                    throw new KeyExistsException(key.row().id(), e);
                }
            }
            throw e instanceof VaultFullException
                    ? e
                    : operation.failed(
                            "No key was created: " + operation.name() + ending(e) + "vault.insert", e, false);
        }
    }

    /** Does not quote the failure, whose message may say that something was done. */
    private static String ending(StorageException failure) {
        Throwable cause = failure.getCause();
        return cause instanceof TimeoutException
                ? " did not end in time in "
                : cause instanceof InterruptedException ? " was interrupted in " : " failed in ";
    }

    private boolean exists(Operation operation, String id) {
        try {
            return store.find(operation, id) != null;
        } catch (StorageException unknown) {
            return false;
        }
    }
}
