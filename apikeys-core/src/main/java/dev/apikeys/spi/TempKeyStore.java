package dev.apikeys.spi;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A store of temp keys: sealed secrets waiting for their hand-off.
 *
 * <p>A row is live until it is settled (claimed), ends unread, or is discarded or removed. Settled and ended rows hold
 * nothing sealed. They are kept until a purge finds them old enough, so that a late claim learns whether another one
 * was first; a store keeps at most 100 times as many of them as its limit of live rows, and forgets the oldest first.
 *
 * <p>Thread-safe: any number of threads call it. Locking: the library holds nothing while it calls this. No call does
 * work that grows with the number of temp keys.
 *
 * @implSpec S10 to S16 hold for every method, as for {@link ApiKeyStore}.
 * @since 0.1
 */
public interface TempKeyStore {

    /**
     * The result of an insert or a purge. A record: it lists everything that can happen to a row without a call for it.
     *
     * @param ended the rows that this call ended unread, each reported by one call only
     * @param removed how many settled or ended rows were removed by age
     * @param forgotten how many settled or ended rows were removed early, because there were too many, by all calls
     *     since the last report
     * @param rest the work left to purge; {@link ApiKeyStore.Rest#NONE} after an insert
     * @since 0.1
     */
    record Sweep(List<TempRow> ended, int removed, long forgotten, ApiKeyStore.Rest rest) {
        /**
         * Creates a result and copies the rows.
         *
         * @throws IllegalArgumentException if a number is negative
         */
        public Sweep {
            if (removed < 0 || forgotten < 0) {
                throw new IllegalArgumentException(
                        "removed is " + removed + " and forgotten " + forgotten + "; allowed: 0 and more");
            }
            Objects.requireNonNull(rest, "rest");
            ended = List.copyOf(ended);
        }
    }

    /**
     * Inserts live rows, all or none. If the store is full, it first ends up to 64 rows whose deadline is at or before
     * the {@code createdAt} of the first row and the store's own clock, whichever is earlier: a caller whose clock is ahead
     * ends nothing that others can claim.
     *
     * @param rows 1 to 1 000 live rows in ascending order of ticket hash, each once
     * @return the rows that were ended to make room
     * @throws KeyExistsException if a ticket hash exists; nothing was written
     * @throws VaultFullException if the rows do not fit; nothing was written, and no row that can still be claimed is
     *     ever dropped to make room
     * @throws StorageException if the store failed
     * @implSpec S01, S02, S03, S09, S14.
     */
    Sweep insert(List<TempRow> rows);

    /**
     * Finds a row: live, settled or ended.
     *
     * @param ticketHash the hash of the ticket
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable TempRow find(String ticketHash);

    /**
     * Finds the most relevant row of a key: a row that is neither settled nor ended before one that is, and among these
     * the one with the latest deadline.
     *
     * @param keyId the key id
     * @return the row, whose deadline may have passed, or null
     * @throws StorageException if the store failed
     * @implSpec S05, S16.
     */
    @Nullable TempRow findByKey(String keyId);

    /**
     * Settles a row if it is live and {@code now} is before its deadline, and wipes its sealed text.
     *
     * @param ticketHash the hash of the ticket
     * @param now epoch milliseconds
     * @return true if this call settled it
     * @throws StorageException if the store failed
     * @implSpec S09: of any number racing one returns true; the count decides only after commit; a settled row holds
     *     nothing sealed.
     */
    boolean settle(String ticketHash, long now);

    /**
     * Removes the rows of a key that are neither settled nor ended.
     *
     * @param keyId the key id
     * @return how many were removed
     * @throws StorageException if the store failed
     */
    int discard(String keyId);

    /**
     * Removes one row in any state: for a row whose ticket was never returned.
     *
     * @param ticketHash the hash of the ticket
     * @return true if there was one
     * @throws StorageException if the store failed
     */
    boolean remove(String ticketHash);

    /**
     * Ends live rows whose deadline has passed, and removes settled and ended rows whose deadline passed at least a
     * given time ago. Times count back from the earlier of the store's clock and {@code now}; if the two differ by more
     * than an hour, nothing is done.
     *
     * @param age how long settled and ended rows are kept after their deadline, at least zero
     * @param now the caller's clock, epoch milliseconds
     * @param limit how many rows at most are ended, and how many at most removed, 1 to 1 000
     * @return the result
     * @throws StorageException if the store failed
     * @implSpec S08: at most {@code limit} of each, only what is older by both clocks; a row that another transaction
     *     has locked does not block the others.
     */
    Sweep purge(Duration age, long now, int limit);
}
