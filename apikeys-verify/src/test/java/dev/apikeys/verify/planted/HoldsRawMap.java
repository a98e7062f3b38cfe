package dev.apikeys.verify.planted;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 keys and values of shared maps have the identity of objects; this one does not say what it holds. */
public final class HoldsRawMap {
    @SuppressWarnings("rawtypes")
    private final Map seen = new ConcurrentHashMap<>();

    public boolean knows(Object key) {
        return seen.containsKey(key);
    }
}
