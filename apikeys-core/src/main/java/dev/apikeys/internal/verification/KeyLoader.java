package dev.apikeys.internal.verification;

import dev.apikeys.internal.cache.Flight;
import dev.apikeys.internal.cache.Flights;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.CircuitBreaker;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the record of a key for a verification: in the cache, else in the store. Of the callers of one key that miss the
 * cache, one loads and the others wait for it within a bound. While the store counts as failed, one caller probes it from
 * time to time and the others are refused at once. Thread-safe.
 */
public final class KeyLoader<T extends KeyLoader.Identified> {
    private static final Logger LOG = LoggerFactory.getLogger(KeyLoader.class);

    /** The bound of loads, and of waits for them, where no operation timeout is set. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** A record that is loaded. */
    public interface Identified {
        /** Returns the id of the key. */
        String id();
    }

    /** One of the two ways to ask the store. */
    private interface Source<T extends Identified> {
        @Nullable T ask(Load<T> load);
    }

    private final StampedCache<String, T> cache;
    private final GatedKeyStore store;
    private final Function<KeyRow, T> reader;
    private final LongSupplier nanos;
    private final @Nullable Duration operationTimeout;
    private final Duration bound;
    private final long staleOnOutage;
    private final CircuitBreaker breaker;
    private final Flights<T> flights;
    private final AtomicBoolean toldFailed = new AtomicBoolean();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * Creates a loader.
     *
     * @param reader decodes a row, once per load
     * @param nanos the clock of the cache
     * @param operationTimeout the timeout of operations, or null
     * @param staleOnOutage how long past its maximum age a record may be used while the store counts as failed
     */
    public KeyLoader(
            StampedCache<String, T> cache,
            GatedKeyStore store,
            Function<KeyRow, T> reader,
            LongSupplier nanos,
            @Nullable Duration operationTimeout,
            Duration staleOnOutage) {
        this.cache = cache;
        this.store = store;
        this.reader = reader;
        this.nanos = nanos;
        this.operationTimeout = operationTimeout;
        this.bound = operationTimeout == null ? PATIENCE : operationTimeout;
        this.staleOnOutage = staleOnOutage.toNanos();
        this.breaker = new CircuitBreaker(bound, nanos);
        this.flights = new Flights<>(cache, bound, nanos);
    }

    /** What the cache holds of a key, by id or lookup, or null if the caller is to load it. */
    public StampedCache.@Nullable Entry<T> known(String key) {
        StampedCache.Entry<T> entry = cache.get(key);
        (entry != null ? hits : misses).increment();
        return entry;
    }

    /** Returns whether the cache knows a key, by id or lookup, also if the caller has to load it again. */
    public boolean knows(String key) {
        return cache.knows(key) || stale(key) != null;
    }

    /** Loads the key of this id, or null. */
    public @Nullable T loadById(Operation operation, String id) {
        return load(operation, id, load -> store.find(operation, id, load));
    }

    /** Loads the key that is found by this hash of its secret, or null. */
    public @Nullable T loadByLookup(Operation operation, String lookup) {
        return load(operation, lookup, load -> store.findByLookup(operation, lookup, load));
    }

    private @Nullable T load(Operation operation, String key, Source<T> source) {
        try {
            return admitted(operation, key, source);
        } catch (StorageException e) {
            StampedCache.Entry<T> good = bridge(key);
            if (good == null) {
                throw e;
            }
            return good.value();
        }
    }

    /** Looks again: while the store failed, the record may have become too old, or another caller may have loaded it. */
    private StampedCache.@Nullable Entry<T> bridge(String key) {
        StampedCache.Entry<T> good = cache.get(key);
        return good == null ? stale(key) : good;
    }

    private StampedCache.@Nullable Entry<T> stale(String key) {
        return breaker.isOpen() ? cache.stale(key, staleOnOutage) : null;
    }

    private @Nullable T admitted(Operation operation, String key, Source<T> source) {
        CircuitBreaker.Attempt attempt = breaker.admit(key);
        if (attempt == null) {
            tellFailed();
            throw new StorageException("The store counts as failed: " + operation.name() + " did not ask it", null);
        }
        try {
            return cache.isOff() || attempt.isProbe()
                    ? unshared(key, source, attempt)
                    : shared(operation, key, source, attempt);
        } finally {
            attempt.leave();
        }
    }

    private void tellFailed() {
        if (!toldFailed.get() && toldFailed.compareAndSet(false, true)) {
            LOG.warn(
                    "The key store counts as failed, since loads of different keys failed or took longer than {}. Keys that"
                            + " are not cached are STORE_UNAVAILABLE; one verification at a time asks the store again",
                    bound);
        }
    }

    private void tellAnswers() {
        if (toldFailed.get() && !breaker.isOpen() && toldFailed.compareAndSet(true, false)) {
            LOG.warn("The key store answers again");
        }
    }

    private @Nullable T unshared(String key, Source<T> source, CircuitBreaker.Attempt attempt) {
        return make(source, attempt, flights.prepare(key));
    }

    private @Nullable T shared(Operation operation, String key, Source<T> source, CircuitBreaker.Attempt attempt) {
        long until = operationTimeout == null ? nanos.getAsLong() + bound.toNanos() : operation.deadline();
        for (; ; ) {
            Flight<T> mine = flights.prepare(key);
            Flight<T> flight = flights.board(mine);
            if (flight == mine) {
                return make(source, attempt, mine);
            }
            if (flight == null || breaker.suspects(key)) {
                throw new StorageException(
                        "Another load of this key is in progress, after one that failed or hung", null);
            }
            boolean mayBeAbsent = cache.isYoungAsAbsence(flight.stamp());
            Flight.Outcome outcome = flight.await(until - nanos.getAsLong());
            if (outcome == null) {
                throw new StorageException("Another load of this key did not end within " + bound, null);
            }
            switch (outcome) {
                case LOADED -> {
                    T loaded = flight.value();
                    boolean isGood = loaded == null ? mayBeAbsent : mayBeShared(key, loaded, flight);
                    return isGood ? loaded : unshared(key, source, attempt);
                }
                case UNUSABLE -> {
                    return unshared(key, source, attempt);
                }
                case FAILED -> throw new StorageException("Another load of this key failed", flight.failure());
                case ABANDONED -> {}
            }
        }
    }

    /**
     * Returns whether the caller was right to join. A load by id was compared with the changes since it began; of a load by
     * lookup the id is known only now.
     */
    private boolean mayBeShared(String key, T loaded, Flight<T> flight) {
        String id = loaded.id();
        return key.equals(id) || cache.isUnchanged(id, flight.stamp());
    }

    private @Nullable T make(Source<T> source, CircuitBreaker.Attempt attempt, Flight<T> flight) {
        try {
            T loaded = source.ask(new Load<>(cache, flights, reader, attempt, flight));
            tellAnswers();
            return loaded;
        } finally {
            if (attempt.leave()) {
                flights.land(flight); // Not begun, so that no other thread will; a load that has begun goes on.
            }
        }
    }

    /** How many records were found in the cache. */
    public long hits() {
        return hits.sum();
    }

    /** How many were not. */
    public long misses() {
        return misses.sum();
    }
}
