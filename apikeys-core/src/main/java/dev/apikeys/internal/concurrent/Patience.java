package dev.apikeys.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits within a bound, and continues after interrupts: a service that stops interrupts its threads, which must lose
 * neither counted uses nor queued events. The interrupt status is restored for the caller. Immutable and thread-safe.
 */
public final class Patience {

    /** A wait of at most so many nanoseconds. */
    private interface Wait<T extends @Nullable Object> {
        T within(long nanos) throws InterruptedException, ExecutionException, TimeoutException;
    }

    private final LongSupplier nanos;

    public Patience(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns the result of a task. */
    public <T extends @Nullable Object> T get(Future<T> task, Duration atMost)
            throws ExecutionException, TimeoutException {
        return await(atMost, left -> task.get(left, TimeUnit.NANOSECONDS));
    }

    /** Returns whether an executor that was shut down terminates in time. */
    public boolean outlasts(ExecutorService executor, Duration atMost) {
        try {
            return await(atMost, left -> executor.awaitTermination(left, TimeUnit.NANOSECONDS));
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private <T extends @Nullable Object> T await(Duration atMost, Wait<T> wait)
            throws ExecutionException, TimeoutException {
        long end = nanos.getAsLong() + atMost.toNanos();
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return wait.within(end - nanos.getAsLong());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
