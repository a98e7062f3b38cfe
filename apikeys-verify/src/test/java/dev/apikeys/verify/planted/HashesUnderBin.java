package dev.apikeys.verify.planted;

import java.net.URL;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L3 keys and values of shared maps have the identity of objects; this one asks a name server. */
public final class HashesUnderBin {
    private final Set<URL> seen = ConcurrentHashMap.newKeySet();

    public boolean add(URL address) {
        return seen.add(address);
    }
}
