package dev.apikeys.jdbc;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The room left below a bound. Counting rows is costly, so they are counted again only when a quarter of the room that
 * was left is used. Thread-safe.
 */
final class Room {

    private static final int SHARE = 4;

    private final AtomicLong left = new AtomicLong();

    /** Uses room for rows; returns false if the rows must be counted first. */
    boolean use(long rows) {
        return left.addAndGet(-rows) >= 0;
    }

    /** Returns whether room is left before the rows must be counted. */
    boolean isLeft() {
        return left.get() > 0;
    }

    /** Sets the room left after a count, zero or negative for none. */
    void counted(long free) {
        left.set(free / SHARE);
    }
}
