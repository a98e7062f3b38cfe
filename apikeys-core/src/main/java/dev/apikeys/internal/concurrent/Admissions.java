package dev.apikeys.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Admits operations until it is closed, and signals when the last of them has left. Two counters instead of a lock: an
 * operation increments the counter before it reads {@code closed}, and close reads the counters after it has set
 * {@code closed}, so that one of the two sees the other.
 */
public final class Admissions {
    private final LongAdder entered = new LongAdder();
    private final LongAdder left = new LongAdder();
    private final CompletableFuture<Boolean> quiet = new CompletableFuture<>();
    private final Patience patience;
    private final String refusal;
    private volatile boolean closed;

    /** Creates an open instance that refuses with this message once it is closed. */
    public Admissions(Patience patience, String refusal) {
        this.patience = patience;
        this.refusal = refusal;
    }

    /**
     * Enters.
     *
     * @throws IllegalStateException if it is closed
     */
    public void enter() {
        if (!tryEnter()) {
            throw new IllegalStateException(refusal);
        }
    }

    /** Runs a task inside, unless it is closed. */
    public void insideIfOpen(Runnable task) {
        if (tryEnter()) {
            try {
                task.run();
            } finally {
                leave();
            }
        }
    }

    /** Enters, unless it is closed. */
    public boolean tryEnter() {
        if (closed) {
            return false; // Not counted, so that further callers cannot delay close, which waits for equal sums.
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

    /** Closes it and waits for at most the given time until all have left; returns false if one has not. */
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
        // The sum of leavers is read first: equal sums then prove a moment at which none was inside.
        long out = left.sum();
        if (out == entered.sum()) {
            quiet.complete(true);
        }
    }
}
