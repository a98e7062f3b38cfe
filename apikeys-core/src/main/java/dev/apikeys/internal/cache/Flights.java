package dev.apikeys.internal.cache;

import dev.apikeys.internal.concurrent.Places;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The loads under way, one for each key and stamp. A caller may wait for a load that began before it came only if no
 * write of the key has ended since the load took its ticket: else it would not see a write that ended before it came.
 * Nobody waits here, and each slot is taken, replaced and left by one compare-and-set. Thread-safe.
 *
 * @param <V> values
 */
public final class Flights<V> {
    /** How many loads may be under way that took the slot of one that had outlasted the bound. */
    static final int MAX_REPLACEMENTS = 8;

    private final ConcurrentHashMap<String, Flight<V>> slots = new ConcurrentHashMap<>();
    private final StampedCache<String, V> cache;
    private final long bound;
    private final LongSupplier nanos;
    private final Places replacements = new Places(MAX_REPLACEMENTS);

    /**
     * Creates slots of which none is taken.
     *
     * @param cache whose stamps count
     * @param bound how old a load may get before it belongs to nobody
     * @param nanos the clock of the cache
     */
    public Flights(StampedCache<String, V> cache, Duration bound, LongSupplier nanos) {
        this.cache = cache;
        this.bound = bound.toNanos();
        this.nanos = nanos;
    }

    /** Prepares a load that nobody knows of yet. */
    public Flight<V> prepare(String key) {
        return new Flight<>(key, cache.ticket(key));
    }

    /**
     * Decides what becomes of a caller that has prepared a load. Returns the same if the caller has to make it, and to
     * {@link #land} it in the end; another one if the caller may wait for that; or null if it must do neither, since loads
     * of this key do not end.
     */
    public @Nullable Flight<V> board(Flight<V> mine) {
        for (; ; ) {
            Flight<V> other = slots.putIfAbsent(mine.key, mine);
            if (other == null || other.isMadeByCaller()) {
                return mine;
            }
            if (!cache.isCurrent(mine.key, other.ticket)) { // The slot first and the stamps after it.
                if (slots.replace(mine.key, other, mine)) {
                    return mine;
                }
            } else if (nanos.getAsLong() - other.ticket.since() < bound) {
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

    /** After a load that hung nobody waits for the next one, which may hang as well. */
    private @Nullable Flight<V> joined(Flight<V> other, Flight<V> mine) {
        if (other.isReplacement) {
            return null;
        }
        return cache.isYoung(other.ticket) ? other : mine;
    }

    /** Ends a load, be it in the slot or not, and wakes those who wait for it. To be called once. */
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
