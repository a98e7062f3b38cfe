package dev.apikeys.jdbc;

import java.time.Duration;

/**
 * A time by the database's clock, and a span of the machine's ticker in which it was read.
 *
 * @param clock epoch milliseconds
 * @param begun nanoseconds before it was read
 * @param ended nanoseconds after it was read
 */
record Moment(long clock, long begun, long ended) {

    private static final long JUMP_MILLIS = 1_000;

    /** Returns whether the clock went on since an earlier moment, and as far as the ticker, within a second. */
    boolean isPlausibleAfter(Moment earlier) {
        long passed = clock - earlier.clock;
        long least = Duration.ofNanos(begun - earlier.ended).toMillis();
        long most = Duration.ofNanos(ended - earlier.begun).toMillis();
        return passed >= 0 && passed >= least - JUMP_MILLIS && passed <= most + JUMP_MILLIS;
    }
}
