package dev.apikeys.internal.cache;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A load that several callers share: one runs it, the others wait for its outcome. Compared by identity. Thread-safe.
 *
 * @param <V> the type of the values
 */
public final class Flight<V> {

    /** The outcome of a load. */
    public enum Outcome {
        /** The value was loaded, or there is none. */
        LOADED,
        /** The source failed; a further load would fail as well. */
        FAILED,
        /** The source returned an unusable answer. */
        UNUSABLE,
        /** It ended for a reason of its own thread, such as an interrupt; a further load may succeed. */
        ABANDONED
    }

    final String key;
    final StampedCache.Stamp stamp;

    /** True if it replaced a load that had exceeded the bound. Written before it is published. */
    boolean isReplacement;

    private volatile @Nullable Thread maker;

    /** Written before the promise completes and read after, like the next two fields. */
    private Outcome outcome = Outcome.ABANDONED;

    private @Nullable V value;
    private @Nullable Throwable failure;

    /** Running it wakes the waiting callers. It has no dependants, so none of the callers' code runs here. */
    private final FutureTask<Boolean> promise = new FutureTask<>(() -> true);

    Flight(String key, StampedCache.Stamp stamp) {
        this.key = key;
        this.stamp = stamp;
    }

    /** Returns the key. */
    public String key() {
        return key;
    }

    /** Returns the stamps and the time before the load. */
    public StampedCache.Stamp stamp() {
        return stamp;
    }

    /** Records that the current thread runs the load, so that a callback on this thread does not wait for it. */
    public void begin() {
        maker = Thread.currentThread();
    }

    boolean isMadeByCaller() {
        return maker == Thread.currentThread();
    }

    /** Sets the loaded value. Only for the thread that runs the load. */
    public void loaded(@Nullable V loaded) {
        value = loaded;
        outcome = Outcome.LOADED;
    }

    /** Sets the outcome of a load without a value. Only for the thread that runs the load. */
    public void ended(Outcome how, @Nullable Throwable why) {
        outcome = how;
        failure = why;
    }

    void keepPromise() {
        promise.run();
    }

    /**
     * Waits for the load to end. Returns null if it does not end in time or the calling thread is interrupted; the
     * interrupt status is kept.
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

    /** Returns the loaded value, or null for an absent one. Only after {@link #await} returned LOADED. */
    public @Nullable V value() {
        return value;
    }

    /** Returns the failure of the load. Only after {@link #await} returned FAILED. */
    public @Nullable Throwable failure() {
        return failure;
    }
}
