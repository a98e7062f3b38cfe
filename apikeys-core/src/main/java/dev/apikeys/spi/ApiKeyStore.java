package dev.apikeys.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where API keys live. Write one, put it under {@code apikeys-tck}, and pass it to {@code ApiKeys.builder}.
 *
 * <p>Thread-safe: any number of threads call it. Locking: the library holds nothing while it calls this.
 *
 * @implSpec These hold for every method. S10: a call does not wait without bound; the store's own bounds turn into
 *     {@link StorageException}. S11: an outage is a {@link StorageException} with its cause, and the next call after
 *     recovery works. S12: nothing is held on return. S13: any number of threads, also on a pool of one connection. S14:
 *     values are data, whatever characters they hold. S15: each call is a transaction of its own, committed before it
 *     returns. S16: a read that begins after a write returned, on the same store object, sees it. A failed call whose
 *     effect is not known throws {@link StorageException} with {@link StorageException#outcomeUnknown()}.
 */
public interface ApiKeyStore {

    /**
     * A part of a list.
     *
     * @param rows the rows, in ascending order of id by code unit
     * @param next the {@code afterId} with which to go on, or null if the end was reached; the rows may be few or none
     *     and {@code next} set, if the store looked at as many rows as it does in one call
     */
    record Slice(List<KeyRow> rows, @Nullable String next) {
        /** Creates a slice of a copy of the given rows. */
        public Slice {
            rows = List.copyOf(rows);
        }
    }

    /**
     * Writes all changes or none.
     *
     * @param changes 1 to 1 000 changes in ascending order of id by code unit, each id at most once
     * @return true if all were written; false, and nothing was written, if a {@link Change.Replace} did not find the
     *     version and hash it expects or its row is gone
     * @throws DuplicateKeyException if an inserted id or lookup exists already; nothing was written
     * @throws StorageException if the store failed
     * @implSpec S01: what was written is found, character for character, in every field. S02: duplicates fail. S03: all
     *     or nothing, also to readers. S04: a Replace succeeds exactly when version and hash match, of any number racing
     *     one wins, and it never touches {@code usageCount}, {@code lastUsedAt}, {@code createdAt}, {@code lookup} or
     *     {@code id}. S05: ids and lookups compare case-sensitively and without blank padding.
     */
    boolean write(List<Change> changes);

    /**
     * Finds a row by id.
     *
     * @param id the key id
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable KeyRow find(String id);

    /**
     * Finds a row by lookup.
     *
     * @param lookup the hash of a secret of a foreign format
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable KeyRow findByLookup(String lookup);

    /**
     * Lists rows by id.
     *
     * @param filter which rows
     * @param afterId only rows with a greater id, or null for the beginning
     * @param limit how many rows at the most, 1 to 1 000
     * @param now the time at which a status is taken, epoch milliseconds
     * @return the next rows
     * @throws StorageException if the store failed
     * @implSpec S06: by id in code-unit order, without gap or repeat while others insert and delete; filters apply in the
     *     store; bounded work per call.
     */
    Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now);

    /**
     * Adds usage. The row's version stays.
     *
     * @param deltas 1 to 500 deltas in ascending order of id by code unit, each id at most once
     * @throws StorageException if the store failed; nothing was added unless the outcome is unknown
     * @implSpec S07: adds, never sets; {@code lastUsedAt} never goes back; unknown ids are ignored; one transaction, all
     *     or none; concurrent batches in any order neither deadlock nor lose.
     */
    void addUsage(List<UsageDelta> deltas);

    /**
     * Deletes a row.
     *
     * @param id the key id
     * @return true if there was one
     * @throws StorageException if the store failed
     */
    boolean delete(String id);

    /**
     * Removes keys that ended long ago: those of which the earlier of {@code revokedAt} and {@code expiresAt} is less
     * than the given time; {@link KeyRow#UNREADABLE} is no time. A call may look at a part of the rows only, and remove few
     * or none although there are more: the next call goes on.
     *
     * @param endedBefore epoch milliseconds
     * @param limit how many rows at the most, 1 to 1 000
     * @return the rows removed
     * @throws StorageException if the store failed
     * @implSpec S08: removes at most {@code limit}, only what is older, never a row whose end cannot be read or that changed
     *     in between.
     */
    List<KeyRow> purge(long endedBefore, int limit);
}
