package dev.apikeys.verify.planted;

import java.util.HashMap;
import java.util.Map;

/** Breaks: L8 static fields hold no state; nothing but the interface is declared. */
public final class KeepsStateBehindInterface {
    static final Map<String, String> SEEN = create();

    private KeepsStateBehindInterface() {}

    private static Map<String, String> create() {
        return new HashMap<>();
    }
}
