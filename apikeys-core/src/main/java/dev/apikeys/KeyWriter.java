package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.rows.JournalRows;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import dev.apikeys.spi.WriteSet;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys, each change with its journal row. A change is a compare-and-set on the row that was read; after a lost
 * race, it is retried on the row read again.
 */
final class KeyWriter {
    private static final int MAX_ATTEMPTS = 16;

    /**
     * A new key, not yet written.
     *
     * @param sealed its hand-off, or null
     * @param created the result for the caller, once it is written
     * @param idWasChosen true if the caller chose the id, so that the key may exist already
     */
    record NewKey(KeyRow row, HandOffs.@Nullable Sealed sealed, CreatedKey created, boolean idWasChosen) {

        KeyId id() {
            return created.id();
        }
    }

    /**
     * A planned change of a key, computed from the row that was read, without I/O.
     *
     * @param next the next state, or null if the row is not replaced
     * @param successor a key that is created in the same write, or null
     * @param unlessUsedSince the change is not made if the key was used since then, epoch milliseconds; or null
     */
    record Change(
            Kind kind,
            KeyEvent.Type type,
            KeyRow.@Nullable Builder next,
            String detail,
            @Nullable NewKey successor,
            @Nullable Long unlessUsedSince) {
        /** The kind of a change. */
        enum Kind {
            /** The row is replaced by the next state. */
            REPLACED,
            /** The row is removed. */
            DELETED,
            /** The row is unchanged, since the request was already fulfilled; the repetition is written to the journal. */
            REPEATED,
            /** The row is unchanged and nothing is written. */
            UNTOUCHED
        }

        /** Returns a change to a new state, whose version and time of change are set on write. */
        static Change to(KeyEvent.Type type, KeyRow.Builder next, String detail) {
            return new Change(Kind.REPLACED, type, next, detail, null, null);
        }

        static Change deletion() {
            return new Change(Kind.DELETED, KeyEvent.Type.DELETED, null, "", null, null);
        }

        static Change repeated(KeyEvent.Type type) {
            return new Change(Kind.REPEATED, type, null, "", null, null);
        }

        static Change none(KeyEvent.Type type) {
            return new Change(Kind.UNTOUCHED, type, null, "", null, null);
        }

        /** Returns this change with a key that is created in the same write. */
        Change with(NewKey other) {
            return new Change(kind, type, next, detail, other, unlessUsedSince);
        }

        /** Returns this change on the condition that the key was not used since then, epoch milliseconds. */
        Change unlessUsedSince(long millis) {
            return new Change(kind, type, next, detail, successor, millis);
        }

        /**
         * Returns the next state of a key that is revoked at a moment. If that is now, the key is disabled as well:
         * otherwise a node whose clock is behind, or is set back, would still accept it for a while.
         */
        static KeyRow.Builder revoked(KeyRow row, long now, long at, String reason) {
            KeyRow.Builder next = row.toBuilder().revokedAt(at).revokedReason(reason);
            return at <= now ? next.disabledAt(at) : next;
        }
    }

    /** Computes a change without I/O, or throws if the key cannot be changed. */
    @FunctionalInterface
    interface Edit {
        Change of(KeyRow row, ApiKey key, long now);
    }

    /**
     * A change that was made.
     *
     * @param key the key after the change; before it, for a deletion
     */
    record Made(Change change, ApiKey key) {}

    private final GatedKeyStore store;
    private final RowReader rows;
    private final JournalRows journal;
    private final @Nullable HandOffs handOffs;
    private final UsageWriter usage;
    private final Emitter emitter;
    private final InstantSource clock;

    KeyWriter(
            GatedKeyStore store,
            RowReader rows,
            JournalRows journal,
            @Nullable HandOffs handOffs,
            UsageWriter usage,
            Emitter emitter,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.journal = journal;
        this.handOffs = handOffs;
        this.usage = usage;
        this.emitter = emitter;
        this.clock = clock;
    }

    /** Writes new keys, all or none. */
    void create(Operation operation, Caller caller, List<NewKey> keys) {
        WriteSet.Builder set = WriteSet.builder();
        for (NewKey key : keys) {
            set.insert(key.row()).journal(journal.created(caller.actor(), key.row()));
        }
        if (!write(operation, set.build(), keys)) {
            throw operation.failed("The store refused an insert without saying why; nothing was created", null, false);
        }
        emitCreated(keys);
    }

    /** Throws nothing, like the emitter: the keys are written, and their secrets must reach the caller. */
    private void emitCreated(List<NewKey> keys) {
        try {
            for (NewKey key : keys) {
                emitter.emit(KeyEvent.Type.CREATED, key.id(), key.row().createdAt(), "");
            }
        } catch (Throwable outOfMemory) {
            // Not even an iterator could be made.
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
        caller.require(id, row, usage);
        Change change = edit.of(row, key, now);
        WriteSet.Builder set = WriteSet.builder();
        ApiKey result = key;
        switch (change.kind()) {
            case UNTOUCHED -> {
                return new Made(change, key);
            }
            case REPEATED -> set.journal(journal.repeated(change.type().name(), caller.actor(), row));
            case DELETED -> set.delete(deletion(row)).journal(journal.deleted(caller.actor(), row));
            case REPLACED -> {
                KeyRow next = next(id, row, change, now);
                result = rows.key(next, now);
                set.replace(new WriteSet.Replace(
                                next, row.hash(), earlier(change.unlessUsedSince(), caller.unusedSince())))
                        .journal(journal.changed(change.type().name(), caller.actor(), row, next));
            }
        }
        NewKey successor = change.successor();
        if (successor != null) {
            set.insert(successor.row()).journal(journal.created(caller.actor(), successor.row()));
        }
        // The result is built before the write: no failure after the write may cost the caller a new secret.
        Made made = new Made(change, result);
        if (!write(operation, set.build(), successor == null ? List.of() : List.of(successor))) {
            return null;
        }
        if (change.kind() != Change.Kind.REPEATED) {
            emitter.emit(change.type(), id, now, change.detail());
        }
        return made;
    }

    private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Long.valueOf(Math.min(one, other));
    }

    private static WriteSet.Delete deletion(KeyRow row) {
        return new WriteSet.Delete(row.id(), row.hash(), RowReader.isCountable(row) ? row.version() : null);
    }

    private static KeyRow next(KeyId id, KeyRow row, Change change, long now) {
        KeyRow.Builder next = Objects.requireNonNull(change.next());
        if (!RowReader.isCountable(row)) {
            throw new ConflictException(
                    id, Reason.UNREADABLE, "has a stored version that cannot be read; correct it in the store");
        }
        return next.version(row.version() + 1).updatedAt(now).build();
    }

    /** Writes the deletion of a missing key to the journal. */
    void noteDeleted(Operation operation, Caller caller, KeyId id) {
        WriteSet set = WriteSet.builder()
                .journal(journal.deletedBefore(caller.actor(), id.value()))
                .build();
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
            // On a retry, VaultFullException would hide that the first create succeeded.
            String existing = existing(operation, keys);
            if (existing != null) {
                throw new KeyExistsException(existing, e);
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

    /** Returns the id of a key that was chosen and exists, or null, also if the store fails. */
    private @Nullable String existing(Operation operation, List<NewKey> keys) {
        try {
            for (NewKey key : keys) {
                if (key.idWasChosen() && store.find(operation, key.row().id()) != null) {
                    return key.row().id();
                }
            }
        } catch (StorageException unknown) {
            // The others are not looked for: a store that is down would be waited for once for each.
        }
        return null;
    }
}
