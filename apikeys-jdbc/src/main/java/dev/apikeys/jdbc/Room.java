package dev.apikeys.jdbc;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What is left below a bound. Counting rows is work that grows with them, so they are counted again only when a quarter of
 * the room that was left is used. Thread-safe.
 */
final class Room {

    private static final int SHARE = 4;

    private final AtomicLong left = new AtomicLong();

    /** Uses some; returns false if the rows have to be counted first. */
    boolean use(long rows) {
        return left.addAndGet(-rows) >= 0;
    }

    /** Returns whether some is left until the rows have to be counted. */
    boolean isLeft() {
        return left.get() > 0;
    }

    /** Sets what is left after a count, zero or negative for none. */
    void counted(long free) {
        left.set(free / SHARE);
    }
}
