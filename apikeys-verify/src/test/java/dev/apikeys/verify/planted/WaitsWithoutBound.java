package dev.apikeys.verify.planted;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Breaks: L7 every wait has a bound. */
public final class WaitsWithoutBound {
    public Object get(Future<?> future) throws InterruptedException, ExecutionException {
        return future.get();
    }
}
