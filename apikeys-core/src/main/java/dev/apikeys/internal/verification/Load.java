package dev.apikeys.internal.verification;

import dev.apikeys.internal.cache.Flight;
import dev.apikeys.internal.cache.Flights;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.CircuitBreaker;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One load of a key, run by the thread that calls the store. With an operation timeout that is a worker, and the caller
 * may return before the load ends: the record is cached nevertheless, and waiting callers are woken.
 */
final class Load<T extends KeyLoader.Identified> implements GatedKeyStore.Load<T> {
    private static final int MAX_CAUSES = 100;

    private final StampedCache<String, T> cache;
    private final Flights<T> flights;
    private final Function<KeyRow, T> reader;
    private final CircuitBreaker.Attempt attempt;
    private final Flight<T> flight;

    /**
     * Creates a load.
     *
     * @param reader decodes a row, once per load
     * @param attempt the attempt that the circuit breaker counts
     * @param flight the flight that callers share
     */
    Load(
            StampedCache<String, T> cache,
            Flights<T> flights,
            Function<KeyRow, T> reader,
            CircuitBreaker.Attempt attempt,
            Flight<T> flight) {
        this.cache = cache;
        this.flights = flights;
        this.reader = reader;
        this.attempt = attempt;
        this.flight = flight;
    }

    @Override
    public @Nullable T make(Supplier<@Nullable KeyRow> store, UnaryOperator<KeyRow> check) {
        if (!attempt.begin()) {
            throw new StorageException("The caller left before the store was asked", null);
        }
        try {
            flight.begin();
            attempt.watch();
            T loaded = read(ask(store), check);
            keep(loaded);
            flight.loaded(loaded);
            return loaded;
        } finally {
            end();
        }
    }

    /** By a lookup that it was found by, a record is good as long as no change of its id is reported. */
    private void keep(@Nullable T loaded) {
        cache.put(flight.key(), loaded == null ? flight.key() : loaded.id(), loaded, flight.stamp());
    }

    private @Nullable KeyRow ask(Supplier<@Nullable KeyRow> store) {
        try {
            KeyRow row = store.get();
            attempt.succeeded();
            return row;
        } catch (Throwable e) {
            if (!isInterrupt(e)) {
                attempt.failed();
                // An Error is likely specific to this thread: waiting callers retry on their own threads.
                flight.ended(e instanceof Exception ? Flight.Outcome.FAILED : Flight.Outcome.ABANDONED, e);
            }
            throw e;
        }
    }

    /** Reads a row. An unusable row is not a failure of the store: it has answered. */
    private @Nullable T read(@Nullable KeyRow row, UnaryOperator<KeyRow> check) {
        flight.ended(Flight.Outcome.UNUSABLE, null);
        return row == null ? null : reader.apply(check.apply(row));
    }

    private void end() {
        try {
            attempt.end();
        } finally {
            flights.land(flight);
        }
    }

    private static boolean isInterrupt(Throwable failure) {
        if (Thread.currentThread().isInterrupted()) {
            return true;
        }
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || (cause instanceof InterruptedIOException && !(cause instanceof SocketTimeoutException))) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
