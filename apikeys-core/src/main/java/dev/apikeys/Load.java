package dev.apikeys;

import dev.apikeys.internal.cache.Flight;
import dev.apikeys.internal.cache.Flights;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.CircuitBreaker;
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
 * One load of a key, as the thread sees it that calls the store. With an operation timeout that is not the caller's, and
 * the caller may have left when it ends: what was loaded is cached all the same, and those who wait are woken.
 */
final class Load {
    private static final int MAX_CAUSES = 100;

    private final StampedCache<String, StoredKey> cache;
    private final Flights<StoredKey> flights;
    private final Function<KeyRow, StoredKey> reader;
    private final CircuitBreaker.Attempt attempt;
    private final Flight<StoredKey> flight;

    /**
     * Creates a load.
     *
     * @param reader works out what a row means, once for each load
     * @param attempt how the load counts for the store as a whole
     * @param flight what those know of it who wait for the same key
     */
    Load(
            StampedCache<String, StoredKey> cache,
            Flights<StoredKey> flights,
            Function<KeyRow, StoredKey> reader,
            CircuitBreaker.Attempt attempt,
            Flight<StoredKey> flight) {
        this.cache = cache;
        this.flights = flights;
        this.reader = reader;
        this.attempt = attempt;
        this.flight = flight;
    }

    /**
     * Makes the load.
     *
     * @param store asks the store
     * @param check refuses what is no answer to the question
     */
    @Nullable StoredKey make(Supplier<@Nullable KeyRow> store, UnaryOperator<KeyRow> check) {
        if (!attempt.begin()) {
            throw new StorageException("The caller left before the store was asked", null);
        }
        try {
            flight.begin();
            attempt.watch();
            StoredKey loaded = read(ask(store), check);
            cache.put(flight.key(), loaded, flight.ticket());
            flight.loaded(loaded);
            return loaded;
        } finally {
            end();
        }
    }

    private @Nullable KeyRow ask(Supplier<@Nullable KeyRow> store) {
        try {
            KeyRow row = store.get();
            attempt.succeeded();
            return row;
        } catch (Throwable e) {
            if (!isInterrupt(e)) {
                attempt.failed();
                // An error concerns this thread rather than the store, and those who wait have threads of their own.
                flight.ended(e instanceof Exception ? Flight.Outcome.FAILED : Flight.Outcome.ABANDONED, e);
            }
            throw e;
        }
    }

    /** What is wrong in an answer is wrong with one key: the store has answered. */
    private @Nullable StoredKey read(@Nullable KeyRow row, UnaryOperator<KeyRow> check) {
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
