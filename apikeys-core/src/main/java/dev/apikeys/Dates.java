package dev.apikeys;

import java.time.Instant;
import java.time.InstantSource;

/** The years that this library writes. */
final class Dates {
    /** Later times are not reliable in stores and JSON readers. */
    static final long LATEST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private Dates() {}

    /** Returns the nearest writable time: a revocation, for example, must succeed although the clock is far off. */
    static long writable(long now) {
        return Math.max(0, Math.min(now, LATEST));
    }

    /**
     * Returns the time of a use: the creation of the key where the clock is before it or far ahead. A time before the
     * creation would make the key look unused for years, and one far ahead could not be corrected: the last use never
     * moves back.
     *
     * @param createdAt the creation, which must be readable
     */
    static long used(long now, long createdAt) {
        return now > LATEST ? createdAt : Math.max(now, createdAt);
    }

    /**
     * Returns the time of a clock, for new records.
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
