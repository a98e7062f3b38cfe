package dev.apikeys.verify.programs;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How late threads wake up while it is open: one that has nothing to do but to nap takes the time. What a busy machine
 * adds to every wait is no fault of those who wait. To be closed by the thread that opened it.
 */
final class WakeUps implements AutoCloseable {
    private static final long NAP_NANOS = 10_000_000;

    private final Thread napping = new Thread(this::nap, "wake-ups");

    private volatile boolean over;

    /** Written by the one that naps alone. */
    private volatile long latestNanos;

    private WakeUps() {}

    static WakeUps watched() {
        WakeUps watched = new WakeUps();
        watched.napping.setDaemon(true);
        watched.napping.start();
        return watched;
    }

    private void nap() {
        while (!over) {
            long begun = System.nanoTime();
            LockSupport.parkNanos(NAP_NANOS);
            latestNanos = Math.max(latestNanos, System.nanoTime() - begun - NAP_NANOS);
        }
    }

    /** By how much the latest one was late. */
    Duration latest() {
        return Duration.ofNanos(latestNanos);
    }

    @Override
    public void close() {
        over = true;
    }
}
