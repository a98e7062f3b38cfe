package dev.apikeys.internal.rows;

import java.time.Instant;
import java.time.InstantSource;

/** The years that this library writes, and those that it reads. */
public final class Dates {
    /** Later times are not reliable in stores and JSON readers. */
    public static final long LATEST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    /** The earliest time that a row may hold; a row may have been written by other software. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private Dates() {}

    /** Returns whether a time lies in the years 1 to 9999, which every API and log can show. */
    public static boolean isReadable(Instant moment) {
        return !moment.isBefore(EARLIEST) && !moment.isAfter(Instant.ofEpochMilli(LATEST));
    }

    /** Returns the same of a time in epoch milliseconds. */
    public static boolean isReadable(long millis) {
        return isReadable(Instant.ofEpochMilli(millis));
    }

    /** Returns a time of a row, which may be damaged; one that no API can show becomes 1970. */
    public static Instant shown(long millis) {
        return isReadable(millis) ? Instant.ofEpochMilli(millis) : Instant.EPOCH;
    }

    /** Returns the nearest writable time: a revocation, for example, must succeed although the clock is far off. */
    public static long writable(long now) {
        return Math.max(0, Math.min(now, LATEST));
    }

    /**
     * Returns the time of a use: the creation of the key where the clock is before it or far ahead. A time before the
     * creation would make the key look unused for years, and one far ahead could not be corrected: the last use never
     * moves back.
     *
     * @param createdAt the creation, which must be readable
     */
    public static long used(long now, long createdAt) {
        return now > LATEST ? createdAt : Math.max(now, createdAt);
    }

    /**
     * Returns the time of a clock, for new records.
     *
     * @throws IllegalStateException if the clock is far off
     */
    public static long now(InstantSource clock) {
        long now = clock.millis();
        if (now < 0 || now > LATEST) {
            throw new IllegalStateException(
                    "The clock is at " + now + " ms since 1970; allowed: the years 1970 to 9999. Set the clock right");
        }
        return now;
    }
}
