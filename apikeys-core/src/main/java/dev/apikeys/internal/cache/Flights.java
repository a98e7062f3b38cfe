package dev.apikeys.internal.cache;

import dev.apikeys.internal.concurrent.Places;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The loads under way, one for each key and stamp. A caller may join a load only if no write of the key has ended since
 * the load took its stamp; otherwise it would miss a write that ended before the caller came. Slots are taken, replaced
 * and freed by one compare-and-set each; nothing here waits. Thread-safe.
 *
 * @param <V> values
 */
public final class Flights<V> {
    /** How many replacements may be under way: a source that hangs for good costs as many threads, and no more. */
    static final int MAX_REPLACEMENTS = 8;

    private final ConcurrentHashMap<String, Flight<V>> slots = new ConcurrentHashMap<>();
    private final StampedCache<String, V> cache;
    private final long bound;
    private final LongSupplier nanos;
    private final Places replacements = new Places(MAX_REPLACEMENTS);

    /**
     * Creates an empty set of slots.
     *
     * @param cache the cache whose stamps decide
     * @param bound the age from which a load is no longer joined, and may be replaced
     * @param nanos the clock of the cache
     */
    public Flights(StampedCache<String, V> cache, Duration bound, LongSupplier nanos) {
        this.cache = cache;
        this.bound = bound.toNanos();
        this.nanos = nanos;
    }

    /** Prepares a load, with a stamp taken now. It is in no slot yet. */
    public Flight<V> prepare(String key) {
        return new Flight<>(key, cache.stamp(key));
    }

    /**
     * Decides what the caller of a prepared load does. Returns the same load if the caller has to make it and then to
     * {@link #land} it, another load if the caller may wait for that, or null if it may do neither, because loads of this
     * key hang.
     */
    public @Nullable Flight<V> board(Flight<V> mine) {
        for (; ; ) {
            Flight<V> other = slots.putIfAbsent(mine.key, mine);
            if (other == null || other.isMadeByCaller()) {
                return mine;
            }
            if (!cache.isCurrent(mine.key, other.stamp)) { // The slot first and the stamps after it.
                if (slots.replace(mine.key, other, mine)) {
                    return mine;
                }
            } else if (nanos.getAsLong() - other.stamp.since() < bound) {
                return joined(other, mine);
            } else if (!replacements.take()) {
                return null;
            } else {
                mine.isReplacement = true;
                if (slots.replace(mine.key, other, mine)) {
                    return mine;
                }
                mine.isReplacement = false;
                replacements.giveBack();
            }
        }
    }

    /** The load after one that hung may hang as well: only its own caller waits for it. */
    private @Nullable Flight<V> joined(Flight<V> other, Flight<V> mine) {
        if (other.isReplacement) {
            return null;
        }
        return cache.isYoung(other.stamp) ? other : mine;
    }

    /** Frees the slot of a load, if it still has one, and wakes the callers that wait. To be called once. */
    public void land(Flight<V> flight) {
        try {
            slots.remove(flight.key, flight);
            if (flight.isReplacement) {
                replacements.giveBack();
            }
        } finally {
            flight.keepPromise();
        }
    }
}
