package dev.apikeys.verify.planted;

import java.util.List;

/** Breaks: L7 every wait has a bound; this one waits for the common pool. */
public final class GoesParallel {
    public long count(List<String> names) {
        return names.parallelStream().filter(String::isEmpty).count();
    }
}
