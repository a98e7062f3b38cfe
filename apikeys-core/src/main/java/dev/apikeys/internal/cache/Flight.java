package dev.apikeys.internal.cache;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A load under way, and a promise to those who wait for it. Two are never equal. Thread-safe.
 *
 * @param <V> values
 */
public final class Flight<V> {

    /** How a load ended. */
    public enum Outcome {
        /** It is known what the key leads to, or that it leads to nothing. */
        LOADED,
        /** The source failed, and would fail others too. */
        FAILED,
        /** The source gave an answer that is of no use. */
        UNUSABLE,
        /** For reasons of the one who was to make it: others may fare better. */
        ABANDONED
    }

    final String key;
    final StampedCache.Ticket ticket;

    /** Whether it took the slot of a load that had outlasted the bound. Written before others can meet it. */
    boolean isReplacement;

    private volatile @Nullable Thread maker;

    /** The next three are written before the promise is kept, and read after it was. */
    private Outcome outcome = Outcome.ABANDONED;

    private @Nullable V value;
    private @Nullable Throwable failure;

    /** Has nothing to do, and no dependants: to run it wakes those who wait. */
    private final FutureTask<Boolean> promise = new FutureTask<>(() -> true);

    Flight(String key, StampedCache.Ticket ticket) {
        this.key = key;
        this.ticket = ticket;
    }

    /** Returns the key. */
    public String key() {
        return key;
    }

    /** Returns the stamps and the time before the load. */
    public StampedCache.Ticket ticket() {
        return ticket;
    }

    /** Says that the current thread makes the load. What it calls may call back, and must not wait for itself. */
    public void begin() {
        maker = Thread.currentThread();
    }

    boolean isMadeByCaller() {
        return maker == Thread.currentThread();
    }

    /** Says what was loaded: for the thread that makes the load. */
    public void loaded(@Nullable V loaded) {
        value = loaded;
        outcome = Outcome.LOADED;
    }

    /** Says how the load ended without a value: for the thread that makes it. */
    public void ended(Outcome how, @Nullable Throwable why) {
        outcome = how;
        failure = why;
    }

    void keepPromise() {
        promise.run();
    }

    /**
     * Waits for the end of the load. Returns null if it did not end in time, or if the waiting thread was interrupted,
     * which it then still is.
     */
    public @Nullable Outcome await(long nanos) {
        try {
            boolean kept = promise.get(nanos, TimeUnit.NANOSECONDS);
            return kept ? outcome : null;
        } catch (TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns what was loaded, or null if there is nothing; once {@link #await} has said so. */
    public @Nullable V value() {
        return value;
    }

    /** Returns why the load failed, if it did; once {@link #await} has said so. */
    public @Nullable Throwable failure() {
        return failure;
    }
}
