package dev.apikeys.internal.concurrent;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A limit per second, at most a thousand, for log lines and events that an attacker or an outage can cause. */
public final class RateLimit {
    private static final int COUNT_BITS = 10;
    private static final int COUNT = (1 << COUNT_BITS) - 1;
    private static final long NANOS_OF_SECOND = 1_000_000_000L;

    private final int perSecond;
    private final LongSupplier nanos;

    /** The second in the upper bits, the number admitted in it in the lower ones. */
    private final AtomicLong seen = new AtomicLong();

    public RateLimit(int perSecond, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.nanos = nanos;
    }

    public boolean admits() {
        long second = nanos.getAsLong() / NANOS_OF_SECOND;
        for (; ; ) {
            long last = seen.get();
            long count = last >> COUNT_BITS == second ? (last & COUNT) + 1 : 1;
            if (count > perSecond) {
                return false;
            }
            if (seen.compareAndSet(last, (second << COUNT_BITS) | count)) {
                return true;
            }
        }
    }
}
