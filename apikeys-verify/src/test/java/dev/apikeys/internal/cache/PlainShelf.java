package dev.apikeys.internal.cache;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A shelf that is a map of the JDK, which Lincheck takes to be atomic. Thread-safe. */
public final class PlainShelf<K, V> implements StampedCache.Shelf<K, V> {
    private final ConcurrentHashMap<K, StampedCache.Entry<V>> entries = new ConcurrentHashMap<>();

    private PlainShelf() {}

    /** A cache on such a shelf. */
    public static <K, V> StampedCache<K, V> cache(Duration maxAge, LongSupplier nanos) {
        return cache(maxAge, maxAge, nanos);
    }

    /** A cache on such a shelf, for one that follows its source. */
    public static <K, V> StampedCache<K, V> cache(Duration maxAge, Duration lifetime, LongSupplier nanos) {
        return new StampedCache<>(new PlainShelf<>(), maxAge, lifetime, nanos);
    }

    @Override
    public StampedCache.@Nullable Entry<V> get(K key) {
        return entries.get(key);
    }

    @Override
    public void put(K key, StampedCache.Entry<V> entry) {
        entries.put(key, entry);
    }

    @Override
    public void remove(K key) {
        entries.remove(key);
    }
}
