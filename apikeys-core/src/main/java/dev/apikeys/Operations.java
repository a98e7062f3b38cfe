package dev.apikeys;

import java.util.function.LongSupplier;

/** Starts operations, each with the one deadline that all its host calls share. */
final class Operations {
    private final LongSupplier nanos;
    private final long timeout;

    /**
     * Creates a source of operations.
     *
     * @param timeout in nanoseconds; zero: the deadline means nothing, and no gate looks at it
     */
    Operations(LongSupplier nanos, long timeout) {
        this.nanos = nanos;
        this.timeout = timeout;
    }

    Operation begin(String name) {
        long now = nanos.getAsLong();
        return new Operation(name, null, null, now, now + timeout);
    }

    /** A further part of an operation that has a deadline for each of its parts. */
    Operation part(Operation whole) {
        return new Operation(whole.name(), whole.keyId(), whole.creates(), whole.since(), nanos.getAsLong() + timeout);
    }
}
