package dev.apikeys.internal.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A cache that never answers with what a finished write has overtaken, and that waits for nobody. An entry is good only
 * while the stamps of its key are what they were before it was loaded, and until its age, counted from before the load,
 * reaches a bound. Values may be null: the key is known to be absent. Thread-safe.
 *
 * <p>Loading is the caller's: {@link #stamp} before, {@link #put} after. Writers call {@link #changed} or {@link #born}
 * when a write has ended, however it did.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class StampedCache<K, V> {
    private static final int STRIPES = 4096;

    /** How old a negative entry may get: another node may create the key at any moment. */
    private static final long ABSENCE_AGE = Duration.ofSeconds(1).toNanos();

    /** Where entries stand: a map of which each operation is atomic, and which may forget. */
    interface Shelf<K, V> {
        @Nullable Entry<V> get(K key);

        void put(K key, Entry<V> entry);

        void remove(K key);
    }

    /** Without loader, listener, expiry or thread: Caffeine calls nobody and holds nothing of ours. */
    private static final class BoundedShelf<K, V> implements Shelf<K, V> {
        private final Cache<K, Entry<V>> entries;

        BoundedShelf(int maxSize) {
            entries = Caffeine.newBuilder()
                    .maximumSize(maxSize)
                    .executor(Runnable::run)
                    .build();
        }

        @Override
        public @Nullable Entry<V> get(K key) {
            return entries.getIfPresent(key);
        }

        @Override
        public void put(K key, Entry<V> entry) {
            entries.put(key, entry);
        }

        @Override
        public void remove(K key) {
            entries.invalidate(key);
        }
    }

    /** What was loaded, with the stamps and the time from before the load. */
    public static final class Entry<V> {
        private final @Nullable V value;
        private final long changed;
        private final long born;
        private final long since;
        private final AtomicBoolean reloading = new AtomicBoolean();

        private Entry(@Nullable V value, Stamp stamp) {
            this.value = value;
            this.changed = stamp.changed;
            this.born = stamp.born;
            this.since = stamp.since;
        }

        /** The value, or null if the key is known to be absent. */
        public @Nullable V value() {
            return value;
        }
    }

    /** The stamps and the time before a load. */
    public record Stamp(long changed, long born, long since) {}

    private final AtomicLongArray changed = new AtomicLongArray(STRIPES);
    private final AtomicLong changedAny = new AtomicLong();
    private final AtomicLongArray born = new AtomicLongArray(STRIPES);
    private final Shelf<K, V> shelf;
    private final LongSupplier nanos;
    private final long maxAge;
    private final long maxAbsence;

    /** Creates a cache on a given shelf; only the tests give one. */
    StampedCache(Shelf<K, V> shelf, Duration maxAge, LongSupplier nanos) {
        this.shelf = shelf;
        this.nanos = nanos;
        this.maxAge = maxAge.toNanos();
        this.maxAbsence = Math.min(this.maxAge, ABSENCE_AGE);
    }

    /**
     * Creates a cache.
     *
     * @param maxSize how many entries it holds at the most
     * @param maxAge how old an entry may get, a negative one a second at most; zero disables the cache
     * @param nanos a clock that only goes forward
     */
    public static <K, V> StampedCache<K, V> create(int maxSize, Duration maxAge, LongSupplier nanos) {
        return new StampedCache<>(new BoundedShelf<>(maxSize), maxAge, nanos);
    }

    /**
     * The entry of a key, or null if the caller is to load it: there is none that is good, or its time is nearly over and
     * the caller is the first to ask since. Whoever asks after the first gets the entry until its time is over.
     */
    public @Nullable Entry<V> get(K key) {
        Entry<V> entry = shelf.get(key); // The entry first and the stamps after it, never the other way round.
        if (entry == null || !isCurrent(key, entry)) {
            return null;
        }
        long age = nanos.getAsLong() - entry.since;
        long bound = entry.value == null ? maxAbsence : maxAge;
        if (age < 0 || age >= bound) {
            return null;
        }
        return age < bound / 5 * 4 || !entry.reloading.compareAndSet(false, true) ? entry : null;
    }

    /**
     * Returns the stale entry of a key if its age exceeds the maximum by less than a grace, else null. Never a negative
     * entry, and never one that a write has invalidated.
     */
    public @Nullable Entry<V> stale(K key, long graceNanos) {
        Entry<V> entry = shelf.get(key);
        boolean isGood = entry != null
                && entry.value != null
                && isCurrent(key, entry)
                && isWithin(maxAge + graceNanos, entry.since);
        return isGood ? entry : null;
    }

    /** Returns whether the cache is disabled. */
    public boolean isOff() {
        return maxAge == 0;
    }

    /** Returns whether no write of a key has ended since a stamp was taken. */
    public boolean isCurrent(K key, Stamp stamp) {
        int stripe = stripe(key);
        return stamp.changed == changed(stripe) && stamp.born == born.get(stripe);
    }

    /** Returns whether an entry with this stamp would still be young enough. */
    public boolean isYoung(Stamp stamp) {
        return isWithin(maxAge, stamp.since);
    }

    /** Returns whether a negative entry with this stamp would still be young enough. */
    public boolean isYoungAsAbsence(Stamp stamp) {
        return isWithin(maxAbsence, stamp.since);
    }

    private boolean isWithin(long bound, long since) {
        long age = nanos.getAsLong() - since;
        return age >= 0 && age < bound;
    }

    /** Whether there is a good entry of a key, also if the next caller of {@link #get} is to load it anew. */
    public boolean holds(K key) {
        Entry<V> entry = shelf.get(key);
        return entry != null
                && isCurrent(key, entry)
                && isWithin(entry.value == null ? maxAbsence : maxAge, entry.since);
    }

    private boolean isCurrent(K key, Entry<V> entry) {
        int stripe = stripe(key);
        return entry.changed == changed(stripe) && (entry.value != null || entry.born == born.get(stripe));
    }

    /** What {@link #put} needs; to be taken before the load, always. */
    public Stamp stamp(K key) {
        int stripe = stripe(key);
        return new Stamp(changed(stripe), born.get(stripe), nanos.getAsLong());
    }

    /** Keeps what was loaded, or that there was nothing. */
    public void put(K key, @Nullable V loaded, Stamp stamp) {
        if (maxAge > 0) {
            shelf.put(key, new Entry<>(loaded, stamp));
        }
    }

    /** Ends what is known of a key. To be called when a write of it has ended, whatever its outcome. */
    public void changed(K key) {
        changed.incrementAndGet(stripe(key));
        shelf.remove(key);
    }

    /** Ends that a key is known to be absent. To be called when an insert has ended, whatever its outcome. */
    public void born(K key) {
        born.incrementAndGet(stripe(key));
    }

    /** Ends all that is known, where it is not known what was written. */
    public void changedAny() {
        changedAny.incrementAndGet();
    }

    /** Neither of the two ever falls, so their sum is what it was only if both are. */
    private long changed(int stripe) {
        return changed.get(stripe) + changedAny.get();
    }

    private int stripe(K key) {
        int hash = key.hashCode() * 0x9e3779b9;
        return hash >>> 20;
    }
}
