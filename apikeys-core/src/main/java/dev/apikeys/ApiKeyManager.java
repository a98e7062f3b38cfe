package dev.apikeys;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Issues, verifies and manages API keys. Built by {@link ApiKeys#builder}; one for a service, kept as long as it runs.
 * Thread-safe.
 *
 * <p>Every method but {@link #stats()}, {@link #stalls()} and {@link #close()} throws {@link IllegalStateException} after
 * {@link #close()}; those that ask a store throw {@link dev.apikeys.spi.StorageException} if it fails, but for
 * {@link #verify(String) verify}, which answers with a code. The manager holds no lock, and holds nothing while it calls a
 * store, an authorizer or a listener; these may call it back.
 */
public interface ApiKeyManager extends AutoCloseable {

    /**
     * Creates a key. If this fails, {@link dev.apikeys.spi.StorageException#outcomeUnknown()} says whether the key may
     * exist nevertheless, with a secret that nobody knows; {@link KeySpec.Builder#id} makes the call repeatable.
     *
     * @param spec what the key is to be
     * @return the key, its secret and, if asked for, its hand-off
     * @throws IllegalArgumentException if the role is unknown, the permissions are beyond it, or the lifetime is beyond the
     *     maximum
     * @throws IllegalStateException if a hand-off is asked for and there is no temp key store, or after close
     * @throws dev.apikeys.spi.DuplicateKeyException if the specification chooses an id that exists
     * @throws dev.apikeys.spi.StorageException if a store failed, or the vault is full
     */
    CreatedKey create(KeySpec spec);

    /**
     * Creates several keys, all or none.
     *
     * @param specs 1 to 1 000 specifications
     * @return the keys in the order of the specifications
     * @throws IllegalArgumentException as for {@link #create}, or if there are none or more, or two have one id
     * @throws IllegalStateException as for {@link #create}
     * @throws dev.apikeys.spi.StorageException as for {@link #create}
     */
    List<CreatedKey> createAll(List<KeySpec> specs);

    /**
     * Decides whether a presented text is a good key. It asks for no permission: the answer is VALID also for a key that
     * grants nothing. Use {@link #verify(String, Access)} to protect a call.
     *
     * @param presented what the caller sent, as it came; may be null or anything else
     * @return the outcome; never null, and never VALID in doubt
     */
    Verification verify(@Nullable String presented);

    /**
     * Decides whether a presented text is a good key that may do what is asked.
     *
     * @param presented what the caller sent, as it came; may be null or anything else
     * @param access what the call needs
     * @return the outcome; never null, and never VALID in doubt
     */
    Verification verify(@Nullable String presented, Access access);

    /**
     * Finds a key.
     *
     * @param id its id
     * @return the key as it stands in the store, or empty
     */
    Optional<ApiKey> find(KeyId id);

    /**
     * Lists keys by ascending id, which is the order of creation, to the millisecond.
     *
     * @param query which
     * @return a page; may hold few keys or none and still name a next one
     */
    Page<ApiKey> list(KeyQuery query);

    /**
     * Changes a key, whatever its status. A revoked key stays revoked, and a disabled one stays disabled; an expired key is
     * good again if its end is moved ahead or taken away.
     *
     * @param id its id
     * @param update what to change
     * @return the key as changed
     * @throws IllegalArgumentException if the role is unknown, permissions are beyond it, or the expiry is not ahead
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the key has another version than the update expects, its stored version cannot be
     *     read, or others keep changing the key
     */
    ApiKey update(KeyId id, KeyUpdate update);

    /**
     * Replaces a key by a new one with the same rights and the same end. The old one goes on for a grace period.
     *
     * @param id the key to replace
     * @param grace how long the old one goes on, zero: not at all
     * @return the new key
     * @throws IllegalArgumentException if the grace is negative or beyond 100 years
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the key is not active, was rotated already, has a quarantined permission list or
     *     another stored field that cannot be read, or others keep changing the key
     */
    CreatedKey rotate(KeyId id, Duration grace);

    /**
     * As {@link #rotate(KeyId, Duration)}, with a hand-off of the new secret.
     *
     * @param id the key to replace
     * @param grace how long the old one goes on, zero: not at all
     * @param handOff how long the new secret waits in the vault, at least a millisecond
     * @return the new key with its hand-off
     * @throws IllegalArgumentException if a duration is out of bounds
     * @throws IllegalStateException if there is no temp key store, or after close
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the key is not active, was rotated already, has a quarantined permission list or
     *     another stored field that cannot be read, or others keep changing the key
     */
    CreatedKey rotate(KeyId id, Duration grace, Duration handOff);

    /**
     * Takes a key back for good. When this has returned, no verification that begins succeeds here, nor on other nodes
     * once the maximum age of their caches is over; a node whose clock is behind answers {@code DISABLED} until it has
     * reached the moment of the revocation. A key that is revoked already stays as it is.
     *
     * @param id the key
     * @param reason why, 1 to 500 code points
     * @return the key as revoked
     * @throws IllegalArgumentException if the reason is longer or holds what is not allowed
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the stored version cannot be read, or others keep changing the key
     */
    ApiKey revoke(KeyId id, String reason);

    /**
     * Revokes all keys that match, one by one, whatever the query's limit. A key that cannot be changed holds up no other.
     * Can be repeated after a failure.
     *
     * @param query which
     * @param reason why, 1 to 500 code points
     * @return how many were revoked by this call
     * @throws IllegalArgumentException if the reason is longer or holds what is not allowed
     * @throws ConflictException if there are keys that cannot be revoked, as in {@link #revoke}: the first of them, once
     *     all others are revoked
     */
    int revokeAll(KeyQuery query, String reason);

    /**
     * Switches a key off. Doing it twice is harmless.
     *
     * @param id the key
     * @return the key as disabled
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the key is revoked, its stored version cannot be read, or others keep changing the
     *     key
     */
    ApiKey disable(KeyId id);

    /**
     * Switches a key on. Doing it twice is harmless.
     *
     * @param id the key
     * @return the key as enabled
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the key is revoked, or was revoked by a node whose clock is ahead, its stored
     *     version cannot be read, or others keep changing the key
     */
    ApiKey enable(KeyId id);

    /**
     * Deletes a key and what waits for it in the vault. Its history is gone; {@link #revoke} keeps it.
     *
     * @param id the key
     * @return true if there was one
     */
    boolean delete(KeyId id);

    /**
     * Hands secrets over.
     *
     * @return the vault
     * @throws IllegalStateException if the manager was built without a temp key store
     */
    TempKeyVault vault();

    /**
     * Finds and mends damaged permission lists.
     *
     * @return the repair job
     */
    PermissionRepair permissionRepair();

    /**
     * Does now what is otherwise done from time to time: writes usage, purges temp keys and, if a retention is set, keys,
     * and moves hashes to the current pepper.
     *
     * @throws dev.apikeys.spi.StorageException if a part failed; the other parts were done, and usage is not lost
     */
    void maintain();

    /**
     * What was counted.
     *
     * @return counts since the manager was built
     */
    Stats stats();

    /**
     * Calls into stores, authorizer and listener that hang now, the longest first.
     *
     * @return the stalls; empty if all is well
     */
    List<Stall> stalls();

    /**
     * Refuses new operations, waits up to 10 seconds for those under way and for maintenance, then up to 10 seconds
     * while usage is written, then up to one second for the listener to take its remaining events. An interrupt does
     * not cut this short; the interrupt flag is then set on return. Ends the manager's threads and closes nothing that
     * the host supplied. Calling it again does nothing.
     *
     * @throws dev.apikeys.spi.StorageException if usage could not be written (the message says how many uses), or
     *     operations were still under way after 10 seconds, whose later uses are lost
     */
    @Override
    void close();
}
