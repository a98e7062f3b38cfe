package dev.apikeys.jdbc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The number of rows per step of a scan, adapted so that the steps of a call take about 200 ms together. Not
 * thread-safe.
 */
final class Pace {

    private static final double BOUND_NANOS = Duration.ofMillis(200).toNanos();

    /** A few milliseconds on a slow machine. */
    private static final long FIRST_STEP = 5_000;

    /** With fewer rows, round trips take longer than the rows. */
    private static final long SHORTEST_STEP = 1_000;

    private final LongSupplier ticker;
    private final long began;
    private long step = FIRST_STEP;
    private long scanned;

    Pace(LongSupplier ticker) {
        this.ticker = ticker;
        this.began = ticker.getAsLong();
    }

    /** Returns the number of rows in the next step. */
    long step() {
        return step;
    }

    /** Ends a step; returns false if there is no time for another one. */
    boolean goesOn() {
        scanned += step;
        double elapsed = Math.max(1, ticker.getAsLong() - began);
        double affordable = scanned * (BOUND_NANOS - elapsed) / elapsed;
        step = (long) Math.min(2.0 * step, affordable);
        return step >= SHORTEST_STEP;
    }
}
