package dev.apikeys.internal.cache;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A load under way that several callers share: one makes it, the others wait for its outcome. Compared by identity.
 * Thread-safe.
 *
 * @param <V> values
 */
public final class Flight<V> {

    /** How a load ended. */
    public enum Outcome {
        /** The value was loaded, or there is none. */
        LOADED,
        /** The source failed; a further load would fail as well. */
        FAILED,
        /** The source gave an answer that cannot be used. */
        UNUSABLE,
        /** It ended for a reason of the thread that made it, such as an interrupt; a further load may succeed. */
        ABANDONED
    }

    final String key;
    final StampedCache.Stamp stamp;

    /** Whether it replaced a load that had outlasted the bound. Written before it is published. */
    boolean isReplacement;

    private volatile @Nullable Thread maker;

    /** Written before the promise is kept and read after it, as are the next two. */
    private Outcome outcome = Outcome.ABANDONED;

    private @Nullable V value;
    private @Nullable Throwable failure;

    /** To run it wakes the waiting callers; it has no dependants, so that no code of theirs runs there. */
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

    /** Notes that the current thread makes the load, so that a callback on this thread does not wait for it. */
    public void begin() {
        maker = Thread.currentThread();
    }

    boolean isMadeByCaller() {
        return maker == Thread.currentThread();
    }

    /** Sets what was loaded. Only for the thread that makes the load. */
    public void loaded(@Nullable V loaded) {
        value = loaded;
        outcome = Outcome.LOADED;
    }

    /** Sets how the load ends without a value. Only for the thread that makes the load. */
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

    /** Returns what was loaded, or null if there is nothing. To be called after {@link #await} returned LOADED. */
    public @Nullable V value() {
        return value;
    }

    /** Returns why the load failed. To be called after {@link #await} returned FAILED. */
    public @Nullable Throwable failure() {
        return failure;
    }
}
