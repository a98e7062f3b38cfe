package dev.apikeys.verify.planted;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks: L10 what a scheduler runs catches everything. */
public final class SchedulesLambda {
    public Object start(ScheduledExecutorService scheduler) {
        return scheduler.schedule(() -> Integer.parseInt("planted"), 1, TimeUnit.SECONDS);
    }
}
