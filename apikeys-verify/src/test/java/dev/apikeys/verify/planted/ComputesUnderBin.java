package dev.apikeys.verify.planted;

import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 no function runs inside a map. */
public final class ComputesUnderBin {
    public String get(ConcurrentHashMap<String, String> map) {
        return map.computeIfAbsent("planted", key -> key);
    }
}
