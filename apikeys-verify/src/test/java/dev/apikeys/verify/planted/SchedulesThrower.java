package dev.apikeys.verify.planted;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks: L10 what a scheduler runs catches everything. */
public final class SchedulesThrower implements Runnable {
    @Override
    public void run() {
        try {
            Integer.parseInt("planted");
        } catch (RuntimeException e) {
            // Only half of what can be thrown.
        }
    }

    public Object start(ScheduledExecutorService scheduler) {
        return scheduler.scheduleWithFixedDelay(this, 1, 1, TimeUnit.SECONDS);
    }
}
