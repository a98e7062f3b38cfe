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
        return await(end(atMost), left -> task.get(left, TimeUnit.NANOSECONDS));
    }

    /** Returns the end of a wait that begins now, for several waits that share it. */
    public long end(Duration atMost) {
        return nanos.getAsLong() + atMost.toNanos();
    }

    /** Returns whether an executor that was shut down terminates before an {@link #end}. */
    public boolean outlasts(ExecutorService executor, long end) {
        try {
            return await(end, left -> executor.awaitTermination(left, TimeUnit.NANOSECONDS));
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private <T extends @Nullable Object> T await(long end, Wait<T> wait) throws ExecutionException, TimeoutException {
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
