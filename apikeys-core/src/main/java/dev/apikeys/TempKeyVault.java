package dev.apikeys;

import java.time.Duration;
import java.time.Instant;

/**
 * Hands secrets over, each once and within a limited time. Stored secrets are sealed: neither the database nor a heap
 * dump opens them without the ticket. Thread-safe.
 *
 * <pre>{@code
 * HandOff handOff = keys.create(spec).handOff().orElseThrow();
 * // the ticket reaches the holder, who presents it once:
 * if (keys.vault().claim(ticket) instanceof ClaimResult.Claimed claimed) {
 *     show(claimed.secret().reveal());
 * }
 * }</pre>
 *
 * <p>Every method throws {@link IllegalStateException} after the manager was closed. In a view with a
 * {@linkplain ApiKeyManager#provided precondition}, every method, {@link #handOffStatus} too, throws
 * {@link KeyNotFoundException} for a key that does not exist, and {@link ConflictException} for one that does not hold it.
 *
 * @since 0.1
 */
public interface TempKeyVault {

    /**
     * The state of a key's latest hand-off. Immutable and thread-safe.
     *
     * @since 0.1
     */
    sealed interface Status {

        /**
         * The secret waits to be claimed.
         *
         * @param until the deadline
         * @since 0.1
         */
        record Waiting(Instant until) implements Status {}

        /**
         * The secret was claimed.
         *
         * @param at when
         * @since 0.1
         */
        record Claimed(Instant at) implements Status {}

        /**
         * The deadline passed unclaimed.
         *
         * @param at the deadline
         * @since 0.1
         */
        record Expired(Instant at) implements Status {}

        /**
         * No hand-off is known: there was none, it was discarded, or it ended more than seven days ago.
         *
         * @since 0.1
         */
        record None() implements Status {}
    }

    /**
     * Seals a secret.
     *
     * @param keyId the key to which the secret belongs
     * @param secret the secret, at most 256 bytes; not destroyed
     * @param within from now on, at least a millisecond
     * @return the ticket that opens it, with the deadline
     * @throws InvalidArgumentException if an argument is outside these bounds
     * @throws dev.apikeys.spi.VaultFullException if too many secrets wait; nothing unclaimed is dropped to make room
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the secret was destroyed
     */
    HandOff put(KeyId keyId, Secret secret, Duration within);

    /**
     * Opens the temp key of a ticket. Of any number of claims of one ticket, exactly one gets the secret. If the
     * outcome is unknown because the store failed, the secret may be lost: revoke the key and create another.
     *
     * <p>A hand-off may outlive its key: a claim after the key has expired still returns the secret, which then
     * verifies as {@code EXPIRED}.
     *
     * @param ticket the ticket, {@code ho_…}; any other text is an unknown ticket
     * @return the secret, or the reason why there is none
     * @throws InvalidArgumentException if the ticket is null
     * @throws dev.apikeys.spi.StorageException if the store failed
     */
    ClaimResult claim(String ticket);

    /**
     * Returns the state of a key's latest hand-off.
     *
     * @param keyId the key
     * @return the state
     * @throws dev.apikeys.spi.StorageException if the store failed
     */
    Status handOffStatus(KeyId keyId);

    /**
     * Discards the temp keys of a key.
     *
     * @param keyId the key
     * @return true if there were any
     * @throws dev.apikeys.spi.StorageException if the store failed
     */
    boolean discard(KeyId keyId);
}
