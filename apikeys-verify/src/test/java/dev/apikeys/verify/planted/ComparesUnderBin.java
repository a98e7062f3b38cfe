package dev.apikeys.verify.planted;

import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 keys and values of shared maps have the identity of objects. */
public final class ComparesUnderBin {
    record Entry(String text) {}

    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    public boolean remove(String key, String text) {
        return entries.remove(key, new Entry(text));
    }
}
