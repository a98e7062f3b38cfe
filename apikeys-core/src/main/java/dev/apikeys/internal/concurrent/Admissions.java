package dev.apikeys.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Lets operations in until it is closed, and tells when the last of them is out. Two counters instead of a lock:
 * an operation counts itself in before it looks whether the door is closed, and whoever closes the door looks at the
 * counters after it did, so that one of the two sees the other.
 */
public final class Admissions {
    private final LongAdder entered = new LongAdder();
    private final LongAdder left = new LongAdder();
    private final CompletableFuture<Boolean> quiet = new CompletableFuture<>();
    private final Patience patience;
    private final String refusal;
    private volatile boolean closed;

    /** Refuses with this message once it is closed. */
    public Admissions(Patience patience, String refusal) {
        this.patience = patience;
        this.refusal = refusal;
    }

    /**
     * Enters.
     *
     * @throws IllegalStateException if the door is closed
     */
    public void enter() {
        if (!tryEnter()) {
            throw new IllegalStateException(refusal);
        }
    }

    /** Runs an operation inside. */
    public <T> T inside(Supplier<T> operation) {
        enter();
        try {
            return operation.get();
        } finally {
            leave();
        }
    }

    /** Enters unless the door is closed. */
    public boolean tryEnter() {
        if (closed) {
            return false; // Uncounted, so that those who keep coming do not hold up whoever waits for equal sums.
        }
        entered.increment();
        if (closed) {
            leave();
            return false;
        }
        return true;
    }

    /** Returns whether the door is closed. */
    public boolean isClosed() {
        return closed;
    }

    /** Leaves. Each call belongs to one that entered. */
    public void leave() {
        left.increment();
        if (closed) {
            completeIfQuiet();
        }
    }

    /** Closes the door and waits until nobody is inside, for the given time at the most; false if somebody still is. */
    public boolean close(Duration atMost) {
        closed = true;
        completeIfQuiet();
        try {
            return patience.get(quiet, atMost);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void completeIfQuiet() {
        // Whoever has left is counted first: equal sums then mean that there was a moment at which nobody was inside.
        long out = left.sum();
        if (out == entered.sum()) {
            quiet.complete(true);
        }
    }
}
