package dev.apikeys;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Time that stands still until it is moved: the date and the ticker. */
final class MovableTime implements InstantSource, LongSupplier {
    private final AtomicLong millis =
            new AtomicLong(Instant.parse("2026-11-23T08:00:00Z").toEpochMilli());
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L); // A ticker may start anywhere.

    /** Lets the date and the ticker go on. */
    void pass(Duration time) {
        millis.addAndGet(time.toMillis());
        nanos.addAndGet(time.toNanos());
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.get());
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }
}
