package dev.apikeys.verify.planted;

import java.util.ArrayList;
import java.util.List;
import java.util.Vector;

/** Breaks: L1 nothing of the JDK's that is synchronized. */
public final class BuildsVector {
    public List<String> create() {
        return new ArrayList<>(new Vector<>());
    }
}
