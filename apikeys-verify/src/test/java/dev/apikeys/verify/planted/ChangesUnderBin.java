package dev.apikeys.verify.planted;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 no function runs inside a map; each method in a way of its own. */
public final class ChangesUnderBin {
    public void compute(ConcurrentHashMap<String, String> map) {
        map.compute("planted", (key, value) -> key);
    }

    public void computeIfPresent(Map<String, String> map) {
        map.computeIfPresent("planted", (key, value) -> key);
    }

    public void replaceAll(Map<String, String> map) {
        map.replaceAll((key, value) -> key);
    }
}
