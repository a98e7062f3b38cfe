package dev.apikeys;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Issues, verifies and manages API keys. Built by {@link ApiKeys#builder}; one per service, for its lifetime.
 * Thread-safe.
 *
 * <pre>{@code
 * CreatedKey created = keys.create(KeySpec.builder("ci deploy").owner("team-a").role("read_upload").build());
 * Verification v = keys.verify(presented, Access.permission("upload"));
 * keys.as(Actor.of("alice")).revoke(created.id(), "leaked");
 * }</pre>
 *
 * <p>Every method but {@link #as}, {@link #provided}, {@link #stats()}, {@link #stalls()}, {@link #roles()},
 * {@link #cacheMaxAge()}, {@link #recognizes} and {@link #close()} throws {@link IllegalStateException} after {@link #close()}; those that
 * ask a store throw {@link dev.apikeys.spi.StorageException} if it fails, but for {@code verify} and {@code authorize},
 * which answer with a code. An {@link Error} in a store or an authorizer is such a failure, but for {@link OutOfMemoryError}, which is thrown
 * on. The manager holds no lock, and holds nothing while it calls a store, an authorizer or a listener; these may call
 * it back.
 *
 * @since 0.1
 */
public interface ApiKeyManager extends AutoCloseable {

    /**
     * Creates a key. If this fails, {@link dev.apikeys.spi.StorageException#outcomeUnknown()} says whether the key may
     * exist nevertheless, with its secret lost; {@link KeySpec.Builder#id} makes the call safe to retry.
     *
     * @param spec the key to create
     * @return the key, its secret and, if asked for, its hand-off
     * @throws InvalidArgumentException if the role is unknown, the permissions are beyond it, or the lifetime is beyond
     *     the maximum
     * @throws IllegalStateException if a hand-off is asked for and there is no temp key store, or after close
     * @throws dev.apikeys.spi.KeyExistsException if the specification chooses an id that exists
     * @throws dev.apikeys.spi.VaultFullException if a hand-off is asked for and too many secrets wait
     * @throws dev.apikeys.spi.StorageException if a store failed
     */
    CreatedKey create(KeySpec spec);

    /**
     * Creates several keys, all or none.
     *
     * @param specs 1 to 1 000 specifications
     * @return the keys in the order of the specifications
     * @throws InvalidArgumentException as for {@link #create}, or if there are none or too many, or two have the same
     *     id
     * @throws IllegalStateException as for {@link #create}
     * @throws dev.apikeys.spi.StorageException as for {@link #create}
     */
    List<CreatedKey> createAll(List<KeySpec> specs);

    /**
     * Authenticates a presented text. No permission is required: the answer is VALID even for a key that grants
     * nothing. Use {@link #verify(String, Access)} to protect a call.
     *
     * @param presented the text that the caller sent, unchanged; may be null or anything else
     * @return the outcome; never null, and never VALID in doubt
     */
    Verification verify(@Nullable String presented);

    /**
     * Authenticates a presented text and authorizes an access.
     *
     * @param presented the text that the caller sent, unchanged; may be null or anything else
     * @param access what the call needs
     * @return the outcome; never null, and never VALID in doubt
     */
    Verification verify(@Nullable String presented, Access access);

    /**
     * Authenticates a presented text and authorizes a request, with further facts about the call.
     *
     * @param request made by {@link VerificationRequest#of}
     * @return the outcome; never null, and never VALID in doubt
     * @throws InvalidArgumentException if the request was made by {@link VerificationRequest#forProof}
     */
    Verification verify(VerificationRequest request);

    /**
     * Authorizes a key that was proven before, if it is still valid. Everything that {@code verify} rejects is
     * rejected, except that no secret is compared: a new key created under the same id is
     * {@link Verification.Code#UNKNOWN}. It counts as a verification and moves {@link ApiKey#lastUsedAt()}, but not
     * {@link ApiKey#usageCount()}.
     *
     * @param proof from {@link Verification.Verified#proof()}
     * @param request made by {@link VerificationRequest#forProof}
     * @return the outcome; never null, and never VALID in doubt
     * @throws InvalidArgumentException if the request was made by {@link VerificationRequest#of}
     */
    Verification authorize(Proof proof, VerificationRequest request);

    /**
     * Returns the id that a presented text claims, without I/O and without proof: for a log, or a limit per key.
     *
     * @param presented the text that the caller sent, unchanged; may be null or anything else
     * @return the id, or empty if the text is of no registered format, holds none, or its checksum is wrong
     */
    Optional<KeyId> claimedId(@Nullable String presented);

    /**
     * Tells whether a text has the form of a secret that this manager accepts, without I/O and without proof: for a service
     * that takes other tokens too, or must not send a secret where it would be logged. Works after {@link #close()} too.
     *
     * @param presented the text that the caller sent, unchanged; may be null or anything else
     * @return true if it is of a registered format, with the right checksum or a wrong one
     */
    boolean recognizes(@Nullable String presented);

    /**
     * Finds a key.
     *
     * @param id its id
     * @return the key as stored, or empty
     */
    Optional<ApiKey> find(KeyId id);

    /**
     * Lists keys in the order of their ids, which is the order of creation to the millisecond.
     *
     * @param query which keys, and the direction
     * @return a page; may hold few keys or none although there is a next one
     * @throws InvalidArgumentException if the cursor is of a query of the other order or of other conditions, or
     *     {@link KeyQuery#unusedSince} is less than an hour ago
     */
    Page<ApiKey> list(KeyQuery query);

    /**
     * Counts keys, by listing them up to a bound. The query's limit is ignored. With {@link KeyQuery#unusedSince}, the
     * uses that this manager has counted are written first, best effort: the count is what a bulk revocation relies on.
     *
     * @param query which keys
     * @param atMost where to stop counting, 1 to 10 000
     * @return how many keys match; {@code atMost} if there are as many or more
     * @throws InvalidArgumentException if {@code atMost} is less or more, or as for {@link #list}
     */
    int count(KeyQuery query, int atMost);

    /**
     * Changes a key in any status. A revoked key stays revoked, and a disabled one stays disabled; an expired key is
     * valid again once its expiry is moved into the future or removed.
     *
     * @param id its id
     * @param update what to change
     * @return the key as changed
     * @throws InvalidArgumentException if the role is unknown, permissions are beyond it, or an expiry is in the past
     *     or beyond the maximum
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the grace of a rotation is to change and none is under
     *     way, a stored field that the change relies on cannot be read, or the change kept losing the race with others
     */
    ApiKey update(KeyId id, KeyUpdate update);

    /**
     * Replaces a key by a new one with the same rights. The old key stays valid for the grace period. If this fails,
     * {@link dev.apikeys.spi.StorageException#outcomeUnknown()} says whether it may have happened nevertheless;
     * {@link Rotation#id} makes the call safe to retry.
     *
     * @param id the key to replace
     * @param rotation how
     * @return the new key, its secret and, if asked for, its hand-off
     * @throws InvalidArgumentException if the lifetime of the new key is beyond the maximum
     * @throws IllegalStateException if a hand-off is asked for and there is no temp key store, or after close
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the key is not active, was rotated already, has a
     *     quarantined permission list or another stored field that cannot be read, or the change kept losing the race
     *     with others
     * @throws dev.apikeys.spi.KeyExistsException if the rotation chooses an id that exists
     * @throws dev.apikeys.spi.VaultFullException if a hand-off is asked for and too many secrets wait
     */
    CreatedKey rotate(KeyId id, Rotation rotation);

    /**
     * Revokes a key for good. When this has returned, no verification that begins succeeds here, nor on other nodes once
     * their {@link ApiKeys.Builder#cacheMaxAge cacheMaxAge} has passed, or their
     * {@link ApiKeys.Builder#cacheLifetime cacheLifetime} if the store breaks S19. A node whose clock is behind answers
     * {@code DISABLED} until it has reached the moment of the revocation. A key that is revoked already stays unchanged;
     * one whose grace has ended is disabled as well, so that a clock that is set back does not revive it.
     *
     * @param id the key
     * @param reason why, 1 to 500 code points
     * @return the key as revoked
     * @throws InvalidArgumentException if the reason is longer or holds what is not allowed
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the stored version cannot be read, or the change kept
     *     losing the race with others
     */
    ApiKey revoke(KeyId id, String reason);

    /**
     * Revokes all keys that match, one by one, regardless of the query's limit. A key that cannot be changed does not
     * block the others. Safe to retry after a failure. Hand-offs asked for at creation or rotation are discarded with
     * their keys; those made by {@link TempKeyVault#put} stay.
     *
     * <p>In a view that is {@linkplain #provided restricted to an owner}, keys of other owners are skipped.
     *
     * <p>With {@link KeyQuery#unusedSince}, a key is not revoked if a use of it is written first. A use that another
     * node has counted but not yet written is not seen.
     *
     * @param query which keys
     * @param reason why, 1 to 500 code points
     * @return the number of keys that this call revoked
     * @throws InvalidArgumentException if the reason is longer or holds what is not allowed, or as for {@link #list}
     * @throws ConflictException if keys cannot be revoked, as in {@link #revoke}: for the first of them, after all
     *     others are revoked
     */
    int revokeAll(KeyQuery query, String reason);

    /**
     * Disables a key. Idempotent.
     *
     * @param id the key
     * @return the key as disabled
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the key is revoked, its stored version cannot be read,
     *     or the change kept losing the race with others
     */
    ApiKey disable(KeyId id);

    /**
     * Enables a key. Idempotent.
     *
     * @param id the key
     * @return the key as enabled
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the key is revoked, or was revoked by a node whose
     *     clock is ahead, its stored version cannot be read, or the change kept losing the race with others
     */
    ApiKey enable(KeyId id);

    /**
     * Deletes a key and its waiting hand-offs. The record is gone except from the journal; {@link #revoke} keeps it.
     *
     * @param id the key
     * @return true if there was one
     * @throws ConflictException if a precondition does not hold, or the deletion kept losing the race with other
     *     changes
     */
    boolean delete(KeyId id);

    /**
     * Reads the journal, newest first: each change to a key, by whom and when. It is written in the transaction of the
     * change.
     *
     * @param query which entries
     * @return a page
     * @throws InvalidArgumentException if the cursor is of a query of another key or actor
     */
    Page<JournalEntry> journal(JournalQuery query);

    /**
     * Returns a view of this manager that acts for an actor: the journal and {@link ApiKey#createdBy()} name it. It
     * covers {@link #vault()} and {@link #permissionRepair()} of the view. A second call replaces the actor. Closing
     * the view does nothing.
     *
     * @param actor who acts; not checked
     * @return a view
     */
    ApiKeyManager as(Actor actor);

    /**
     * Returns a view of this manager whose changes of existing keys are made only if the key has a given state;
     * otherwise they throw {@link ConflictException} with {@link ConflictException.Reason#OWNER},
     * {@link ConflictException.Reason#VERSION} or {@link ConflictException.Reason#USED}. It covers
     * {@link #permissionRepair()} and {@link #vault()} of the view, where it is checked by a look-up before the call.
     * {@link #revokeAll} and the repair of many skip keys of another owner. The refusal of a late claim for a deleted
     * key needs no check, so that {@link ClaimResult.AlreadyClaimed} is reported. Creating is not restricted, nor is
     * reading keys and journal. A second call adds to the precondition: an owner that was set holds in every further
     * view. Closing the view does nothing.
     *
     * @param precondition the state
     * @return a view
     * @throws IllegalStateException if the precondition of this view sets the same already, such as an owner
     */
    ApiKeyManager provided(Precondition precondition);

    /**
     * Returns the vault, which hands secrets over.
     *
     * @return the vault
     * @throws IllegalStateException if the manager was built without a temp key store; the message says how to give one
     */
    TempKeyVault vault();

    /**
     * Returns the job that finds and repairs damaged permission lists.
     *
     * @return the repair job
     */
    PermissionRepair permissionRepair();

    /**
     * Runs maintenance now: writes usage, ends and purges temp keys, purges keys if a retention is set, purges the
     * journal, and moves hashes to the current pepper. Returns when all is done or its time budget is spent, see
     * {@link ApiKeys.Builder#maintenanceBudget}.
     *
     * @return what was done, put off and left
     * @throws dev.apikeys.spi.StorageException if a part failed; the other parts were done, and no usage is lost
     */
    Maintained maintain();

    /**
     * Returns the counters.
     *
     * @return counts since the manager was built
     */
    Stats stats();

    /**
     * Returns the calls into stores, authorizer and listeners that are stalled now, the longest first.
     *
     * @return the stalls; empty if all is well
     */
    List<Stall> stalls();

    /**
     * Returns the roles that keys may have.
     *
     * @return the roles that the manager was built with
     */
    Roles roles();

    /**
     * Returns the age up to which cached records are used: by then each node refuses a key that another one revoked.
     *
     * @return the age that the manager was built with
     */
    Duration cacheMaxAge();

    /**
     * Refuses new operations, waits up to 10 seconds for those under way and for maintenance, then up to 10 seconds
     * while usage is written, then up to one second each for the cancel of the task on the scheduler of
     * {@code maintenanceOn}, for a poll of the feed, and for the listeners to take their remaining events. An interrupt
     * does not cut this short; the interrupt flag is then set on return. Ends the manager's threads and closes nothing
     * that the host supplied. A second call waits for the first and ends like it.
     *
     * @throws dev.apikeys.spi.StorageException if usage could not be written (the message says how many uses), or
     *     operations were still under way after 10 seconds, whose later uses are lost
     */
    @Override
    void close();
}
