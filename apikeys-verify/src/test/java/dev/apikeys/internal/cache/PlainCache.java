package dev.apikeys.internal.cache;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Makes caches in a map of the JDK, which Lincheck takes to be atomic. */
public final class PlainCache {
    private PlainCache() {}

    /** A cache in such a map. */
    public static <K, V> StampedCache<K, V> of(Duration maxAge, LongSupplier nanos) {
        return of(maxAge, maxAge, nanos);
    }

    /** A cache in such a map, for one that follows its source. */
    public static <K, V> StampedCache<K, V> of(Duration maxAge, Duration lifetime, LongSupplier nanos) {
        return new StampedCache<>(new ConcurrentHashMap<>(), maxAge, lifetime, nanos);
    }
}
