package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * Where temp keys wait for their hand-off, sealed.
 *
 * <p>Thread-safe: any number of threads call it. Locking: the library holds nothing while it calls this. No call does
 * work that grows with the number of temp keys.
 *
 * @implSpec S10 to S16 hold for every method, as for {@link ApiKeyStore}.
 */
public interface TempKeyStore {

    /**
     * Inserts a live row.
     *
     * @param row the row; not settled
     * @throws DuplicateKeyException if the ticket hash exists already; nothing was written
     * @throws StorageException if the store failed, or is full: it holds as many live rows as it may, none of those that
     *     it looked at expired by {@code row.createdAt()}; nothing unclaimed is ever dropped to make room
     * @implSpec S01, S02, S14.
     */
    void insert(TempRow row);

    /**
     * Finds a row, live, settled or expired.
     *
     * @param ticketHash the hash of the ticket
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable TempRow find(String ticketHash);

    /**
     * Finds the temp key of a key that waits longest: the row that is not settled and has the latest deadline.
     *
     * @param keyId the key id
     * @return the row, which may have expired, or null
     * @throws StorageException if the store failed
     * @implSpec S05, S16.
     */
    @Nullable TempRow findByKey(String keyId);

    /**
     * Settles a row if it is not settled and {@code now} is before its deadline, and wipes what it held sealed: when its
     * ticket is presented, or to take back what was put for a key that was not created.
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
     * Removes the rows of a key that are not settled.
     *
     * @param keyId the key id
     * @return how many were removed
     * @throws StorageException if the store failed
     */
    int discard(String keyId);

    /**
     * Removes rows, settled or not, whose deadline is less than the given time.
     *
     * @param before epoch milliseconds
     * @param limit how many rows at the most, 1 to 1 000
     * @return how many were removed
     * @throws StorageException if the store failed
     * @implSpec S08: removes at most {@code limit}, only what is older.
     */
    int purge(long before, int limit);
}
