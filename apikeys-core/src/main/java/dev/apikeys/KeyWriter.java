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
 * Writes keys, each change with its journal row. A change is a compare-and-set of the row that was read, tried again on the
 * row as it is then if another one was faster.
 */
final class KeyWriter {
    private static final int MAX_ATTEMPTS = 16;

    /** Works out a change without I/O; throws what keeps the key from being changed. */
    @FunctionalInterface
    interface Edit {
        KeyChange of(KeyRow row, ApiKey key, long now);
    }

    /**
     * A change that was made.
     *
     * @param key as it is now; as it was, if it is deleted
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
     * @throws ConflictException if the precondition does not hold, the edit says so, or others keep changing the key
     */
    Made change(Operation operation, Caller caller, KeyId id, Edit edit) {
        return change(operation, caller, id, find(operation, id), edit);
    }

    /** Changes a key that was read before, in a list; whatever the row was by now. */
    Made change(Operation operation, Caller caller, KeyId id, KeyRow listed, Edit edit) {
        KeyRow row = listed;
        for (int attempt = 1; ; attempt++) {
            Made made = attempt(operation, caller, id, row, edit);
            if (made != null) {
                return made;
            }
            if (attempt == MAX_ATTEMPTS) {
                throw new ConflictException(id, Reason.CONTENDED, "is being changed by others without a pause");
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

    /** Null if another one was faster. */
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
        // What is returned is made before the write: nothing that fails after it may keep a new secret from the caller.
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
                    id, Reason.UNREADABLE, "has a stored version that cannot be read; mend it in the store");
        }
        return change.next.version(row.version() + 1).updatedAt(now).build();
    }

    /** Notes in the journal that a key was to be deleted that does not exist. */
    void noteDeleted(Operation operation, Caller caller, KeyId id) {
        WriteSet set =
                WriteSet.builder().journal(journal.deletedBefore(caller, id)).build();
        if (!store.write(operation, set)) {
            throw operation.failed("The store refused a journal row without saying why", null, false);
        }
    }

    /** Puts what is to wait for new keys into the vault, then writes; takes it back if the write was not done. */
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
                // A full vault would let a caller who repeats a create believe that there is no such key.
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

    /** In other words than those of the failure, which may say that something was done all the same. */
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
