package dev.apikeys;

import java.time.Instant;
import java.time.InstantSource;

/** The years that this library writes. */
final class Dates {
    /** Beyond this no store and no JSON reader can be relied on. */
    static final long LATEST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private Dates() {}

    /** The nearest time that can be written: a change such as a revocation is made also where the clock is far off. */
    static long writable(long now) {
        return Math.max(0, Math.min(now, LATEST));
    }

    /** A time of use that the next use corrects where the clock is far off: the time of the last use never goes back. */
    static long used(long now) {
        return now == writable(now) ? now : 0;
    }

    /**
     * The time of a clock, for what is made now.
     *
     * @throws IllegalStateException if the clock is far off
     */
    static long now(InstantSource clock) {
        long now = clock.millis();
        if (now < 0 || now > LATEST) {
            throw new IllegalStateException(
                    "The clock is at " + now + " ms since 1970; allowed: the years 1970 to 9999. Set the clock right");
        }
        return now;
    }
}
