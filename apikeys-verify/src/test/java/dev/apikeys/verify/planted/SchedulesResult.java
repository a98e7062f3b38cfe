package dev.apikeys.verify.planted;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks: L10 what a scheduler runs catches everything. */
public final class SchedulesResult {
    public Object start(ScheduledExecutorService scheduler) {
        return scheduler.schedule(task(), 1, TimeUnit.SECONDS);
    }

    private static Runnable task() {
        return () -> Integer.parseInt("planted");
    }
}
