package dev.apikeys.verify.planted;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks: L7 only four methods wait, with a bound. */
public final class WaitsAsLongAsItIsTold {
    public boolean end(ExecutorService pool, long seconds) throws InterruptedException {
        return pool.awaitTermination(seconds, TimeUnit.SECONDS);
    }
}
