package dev.apikeys.verify.planted;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Breaks: L7 every wait has a bound. */
public final class WaitsForAll {
    public List<Future<String>> run(ExecutorService pool, Collection<Callable<String>> tasks)
            throws InterruptedException {
        return pool.invokeAll(tasks);
    }
}
