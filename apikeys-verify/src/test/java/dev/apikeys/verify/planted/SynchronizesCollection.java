package dev.apikeys.verify.planted;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Breaks: L1 nothing of the JDK's that is synchronized. */
public final class SynchronizesCollection {
    public List<String> create() {
        return Collections.synchronizedList(new ArrayList<>());
    }
}
