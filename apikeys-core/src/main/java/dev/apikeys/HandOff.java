package dev.apikeys;

import java.time.Instant;

/**
 * A secret in the vault, waiting for its claim, and the ticket that opens it once. Thread-safe.
 *
 * @since 0.1
 */
public final class HandOff {
    private final KeyId keyId;

    /** Transient, to hide it from mappers that read fields. */
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
     * Returns when the ticket expires.
     *
     * @return the deadline
     */
    public Instant deadline() {
        return deadline;
    }

    /** Returns the id and the deadline, never the ticket. */
    @Override
    public String toString() {
        return "HandOff[" + keyId + " until " + deadline + "]";
    }
}
