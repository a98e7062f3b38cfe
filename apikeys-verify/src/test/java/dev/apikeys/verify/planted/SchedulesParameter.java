package dev.apikeys.verify.planted;

import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks: L10 what a scheduler runs catches everything. */
public final class SchedulesParameter {
    public Object start(ScheduledExecutorService scheduler, Callable<String> task) {
        return scheduler.schedule(task, 1, TimeUnit.SECONDS);
    }
}
