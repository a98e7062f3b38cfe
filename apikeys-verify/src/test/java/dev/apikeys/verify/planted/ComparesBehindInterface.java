package dev.apikeys.verify.planted;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 keys and values of shared maps have the identity of objects; this one is declared as any map. */
public final class ComparesBehindInterface {
    private final Map<Name, Duration> seen = new ConcurrentHashMap<>();

    public record Name(String first, String last) {}

    public boolean forget(Name name, Duration age) {
        return seen.remove(name, age);
    }
}
