package dev.apikeys.verify.planted;

import java.util.Hashtable;
import java.util.Map;

/** Breaks: L1 no lock of the JDK's around a collection. */
public final class BuildsHashtable {
    public Map<String, String> create() {
        return new Hashtable<>();
    }
}
