package dev.apikeys.internal.upkeep;

import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.verification.Feed;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Ends a manager once: its operations, then what is to be written, then its threads. Each wait is bounded. */
public final class Closing {
    private static final Duration CANCEL_WITHIN = Duration.ofSeconds(1);
    private static final Duration LISTENERS_WITHIN = Duration.ofSeconds(1);

    /** A poll writes nothing, and after close its answer has no reader. */
    private static final Duration FEED_WITHIN = Duration.ofSeconds(1);

    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<@Nullable StorageException> done = new CompletableFuture<>();
    private final Admissions admissions;
    private final List<Repeating> working;
    private final UsageMeter meter;
    private final UsageWriter usage;
    private final @Nullable Feed feed;
    private final Repeating watching;
    private final BiConsumer<Patience, Duration> events;
    private final List<Gate> gates;
    private final Patience patience;
    private final Duration within;
    private final DaemonThreads flushing = DaemonThreads.named("apikeys-close");

    /**
     * Creates the end of a manager.
     *
     * @param working stops before the usage is written
     * @param watching stops after that, so that it still sees what hangs in closing
     * @param events delivers what is queued, within a time
     * @param within the bound of the wait for operations, and of that for the usage
     */
    public Closing(
            Admissions admissions,
            List<Repeating> working,
            UsageMeter meter,
            UsageWriter usage,
            @Nullable Feed feed,
            Repeating watching,
            BiConsumer<Patience, Duration> events,
            List<Gate> gates,
            Patience patience,
            Duration within) {
        this.admissions = admissions;
        this.working = List.copyOf(working);
        this.meter = meter;
        this.usage = usage;
        this.feed = feed;
        this.watching = watching;
        this.events = events;
        this.gates = List.copyOf(gates);
        this.patience = patience;
        this.within = within;
    }

    /**
     * Closes, or waits until another call has, which says the same.
     *
     * @throws StorageException if uses were not written
     */
    public void close() {
        if (begun.compareAndSet(false, true)) {
            closeOnce();
        } else {
            awaitClose();
        }
    }

    private void closeOnce() {
        StorageException failure = null;
        try {
            boolean quiet = admissions.close(within);
            working.forEach(Repeating::stop);
            failure = flush(quiet);
        } finally {
            try {
                working.forEach(repeating -> repeating.cancel(patience, CANCEL_WITHIN));
                if (feed != null) {
                    feed.close(FEED_WITHIN);
                }
                watching.stop();
                events.accept(patience, LISTENERS_WITHIN);
                gates.forEach(Gate::stop);
            } finally {
                done.complete(failure);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void awaitClose() {
        StorageException failure;
        try {
            Duration rest = CANCEL_WITHIN.plus(FEED_WITHIN).plus(LISTENERS_WITHIN.multipliedBy(2));
            failure = patience.get(done, within.multipliedBy(2).plus(rest));
        } catch (TimeoutException e) {
            failure = notWritten(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            // An exception of its own: two threads must not share a stack trace.
            throw new StorageException(String.valueOf(failure.getMessage()), failure, failure.outcomeUnknown(), null);
        }
    }

    /** On a thread of its own, so that a store that hangs does not hang the caller. */
    private @Nullable StorageException flush(boolean quiet) {
        FutureTask<Long> flush = new FutureTask<>(() -> usage.flushAll(within));
        try {
            flushing.newThread(flush).start();
            patience.get(flush, within);
        } catch (ExecutionException e) {
            return notWritten(e.getCause());
        } catch (TimeoutException | OutOfMemoryError e) { // The JVM may be unable to make the thread.
            return notWritten(e);
        }
        if (meter.pending() > 0) {
            return notWritten(null);
        }
        return quiet
                ? null
                : new StorageException(
                        "Closed, but operations were still in progress after " + within
                                + ": their later usage is not written",
                        null,
                        true,
                        null);
    }

    private StorageException notWritten(@Nullable Throwable cause) {
        return new StorageException("Closed, but " + meter.pending() + " uses could not be written", cause, true, null);
    }
}
