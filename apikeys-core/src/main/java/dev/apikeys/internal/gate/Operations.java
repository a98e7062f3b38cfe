package dev.apikeys.internal.gate;

import java.util.function.LongSupplier;

/** Starts operations, each with one deadline shared by all its host calls. */
public final class Operations {
    private final LongSupplier nanos;
    private final long timeout;

    /**
     * Creates a source of operations.
     *
     * @param timeout in nanoseconds; zero: the deadline is meaningless, and no gate reads it
     */
    public Operations(LongSupplier nanos, long timeout) {
        this.nanos = nanos;
        this.timeout = timeout;
    }

    public Operation begin(String name) {
        long now = nanos.getAsLong();
        return new Operation(name, null, null, now, now + timeout);
    }

    /** Returns a further part of an operation, with its own deadline. */
    public Operation part(Operation whole) {
        return new Operation(whole.name(), whole.keyId(), whole.creates(), whole.since(), nanos.getAsLong() + timeout);
    }
}
