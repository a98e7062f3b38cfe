package dev.apikeys;

import java.time.Instant;

/**
 * A secret that waits in the vault, and the ticket that opens it once. Thread-safe.
 *
 * @since 0.1
 */
public final class HandOff {
    private final KeyId keyId;

    /** Transient for mappers that read fields. */
    private final transient Secret ticket;

    private final Instant deadline;

    HandOff(KeyId keyId, Secret ticket, Instant deadline) {
        this.keyId = keyId;
        this.ticket = ticket;
        this.deadline = deadline;
    }

    /**
     * Returns the key whose secret waits.
     *
     * @return the id
     */
    public KeyId keyId() {
        return keyId;
    }

    /**
     * Returns the ticket that opens it: {@code ho_} and 43 base62 digits. Shown once; the library keeps no copy.
     *
     * @return the ticket
     */
    public Secret ticket() {
        return ticket;
    }

    /**
     * Returns when the ticket stops working.
     *
     * @return the deadline
     */
    public Instant deadline() {
        return deadline;
    }

    /** The id and the deadline, never the ticket. */
    @Override
    public String toString() {
        return "HandOff[" + keyId + " until " + deadline + "]";
    }
}
