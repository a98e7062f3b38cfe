package dev.apikeys;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Hands secrets over, each once and within a limited time. What is stored is sealed: neither the database nor a heap dump
 * opens it without the ticket. Thread-safe.
 */
public interface TempKeyVault {

    /**
     * Seals a secret.
     *
     * @param keyId the key whose secret it is
     * @param secret the secret, at most 256 bytes; stays the caller's
     * @param within from now on, at least a millisecond
     * @return the ticket that opens it, and until when
     * @throws IllegalArgumentException if an argument is outside these bounds
     * @throws dev.apikeys.spi.StorageException if the store failed or is full; nothing unclaimed is dropped to make room
     * @throws IllegalStateException if the manager is closed, or if the secret was destroyed
     */
    HandOff put(KeyId keyId, Secret secret, Duration within);

    /**
     * Opens the temp key that belongs to a ticket. Of any number of claims of one ticket, exactly one gets the secret.
     * If the outcome is unknown because the store failed, the secret may be gone: revoke the key and create another.
     *
     * <p>A hand-off may be longer than the life of its key: a claim after the key has expired still gives the secret, which
     * then verifies as {@code EXPIRED}.
     *
     * @param ticket the ticket, {@code ho_…}; any other text is an unknown ticket, but null is misuse
     * @return the secret, or why there is none
     * @throws NullPointerException if the ticket is null
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    ClaimResult claim(String ticket);

    /**
     * Until when the secret of a key waits to be claimed.
     *
     * @param keyId the key
     * @return the deadline, or empty if nothing waits
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    Optional<Instant> peek(KeyId keyId);

    /**
     * Discards the temp keys that wait for a key.
     *
     * @param keyId the key
     * @return true if there were any
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    boolean discard(KeyId keyId);
}
