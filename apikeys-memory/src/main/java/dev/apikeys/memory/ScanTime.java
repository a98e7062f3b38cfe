package dev.apikeys.memory;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The time of one scan, which a call spends before it returns what it has. For one thread. */
final class ScanTime {
    private static final long MOST_NANOS = Duration.ofMillis(200).toNanos();

    /** A look at the ticker costs as much as a look at a row. */
    private static final int ROWS_PER_LOOK = 128;

    private final LongSupplier ticker;
    private final long begun;
    private int rows;

    /**
     * Begins.
     *
     * @param ticker nanoseconds that never go back
     */
    ScanTime(LongSupplier ticker) {
        this.ticker = ticker;
        this.begun = ticker.getAsLong();
    }

    /** Counts a row; returns true if it is the last one there is time for. */
    boolean endsWithThisRow() {
        rows++;
        return rows % ROWS_PER_LOOK == 0 && ticker.getAsLong() - begun >= MOST_NANOS;
    }
}
