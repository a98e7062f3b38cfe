package dev.apikeys.verify.planted;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** Breaks: L3 Caffeine gets no loader and no listener. */
public final class BuildsLoadingCache {
    public Cache<String, String> create() {
        return Caffeine.newBuilder().maximumSize(1).build(key -> key);
    }
}
