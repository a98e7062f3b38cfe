package dev.apikeys.memory;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The time budget of one scan, after which a call returns what it has. For one thread. */
final class ScanTime {
    private static final long MOST_NANOS = Duration.ofMillis(200).toNanos();

    /** Reading the ticker costs as much as reading a row. */
    private static final int ROWS_PER_LOOK = 128;

    private final LongSupplier ticker;
    private final long begun;
    private int rows;

    /**
     * Starts the time.
     *
     * @param ticker monotonic nanoseconds
     */
    ScanTime(LongSupplier ticker) {
        this.ticker = ticker;
        this.begun = ticker.getAsLong();
    }

    /** Counts a row; returns true if it is the last one within the time. */
    boolean endsWithThisRow() {
        rows++;
        return rows % ROWS_PER_LOOK == 0 && ticker.getAsLong() - begun >= MOST_NANOS;
    }
}
