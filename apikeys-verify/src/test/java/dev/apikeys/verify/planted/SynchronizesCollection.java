package dev.apikeys.verify.planted;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Breaks: L1 no lock of the JDK's around a collection. */
public final class SynchronizesCollection {
    private final List<String> names = Collections.synchronizedList(new ArrayList<>());

    public boolean add(String name) {
        return names.add(name);
    }
}
