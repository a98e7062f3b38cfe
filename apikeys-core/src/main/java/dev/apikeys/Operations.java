package dev.apikeys;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Starts operations, each with the one deadline that all its host calls share. */
final class Operations {
    private final LongSupplier nanos;
    private final long timeout;

    /** With a timeout of zero the deadline means nothing, and no gate looks at it. */
    Operations(LongSupplier nanos, long timeout) {
        this.nanos = nanos;
        this.timeout = timeout;
    }

    Operation of(String name) {
        return new Operation(name, null, false, deadline());
    }

    Operation of(String name, @Nullable String keyId) {
        return new Operation(name, keyId, false, deadline());
    }

    Operation creating(String name, String keyId) {
        return new Operation(name, keyId, true, deadline());
    }

    private long deadline() {
        return timeout == 0 ? 0 : nanos.getAsLong() + timeout;
    }
}
