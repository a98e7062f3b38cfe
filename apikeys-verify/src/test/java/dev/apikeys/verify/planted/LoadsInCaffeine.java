package dev.apikeys.verify.planted;

import com.github.benmanes.caffeine.cache.Cache;

/** Breaks: L3 Caffeine gets no loader and no listener. */
public final class LoadsInCaffeine {
    public String load(Cache<String, String> cache) {
        return cache.get("planted", key -> key);
    }
}
