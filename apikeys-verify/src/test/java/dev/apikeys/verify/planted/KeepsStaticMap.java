package dev.apikeys.verify.planted;

import java.util.concurrent.ConcurrentHashMap;

/** Breaks: L8 static fields hold no state. */
public final class KeepsStaticMap {
    static final ConcurrentHashMap<String, String> SEEN = new ConcurrentHashMap<>();

    private KeepsStaticMap() {}
}
