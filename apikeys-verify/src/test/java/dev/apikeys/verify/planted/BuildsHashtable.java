package dev.apikeys.verify.planted;

import java.util.Hashtable;
import java.util.Map;

/** Breaks: L1 nothing of the JDK's that is synchronized. */
public final class BuildsHashtable {
    public Map<String, String> create() {
        return new Hashtable<>();
    }
}
