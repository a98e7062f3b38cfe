package dev.apikeys;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two threads of a manager, maintenance and watch, as far as it has them. */
final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private final @Nullable ScheduledThreadPoolExecutor maintenance;
    private final @Nullable ScheduledFuture<?> onHostsScheduler;
    private final ScheduledThreadPoolExecutor watch;

    private Threads(
            @Nullable ScheduledThreadPoolExecutor maintenance,
            @Nullable ScheduledFuture<?> onHostsScheduler,
            ScheduledThreadPoolExecutor watch) {
        this.maintenance = maintenance;
        this.onHostsScheduler = onHostsScheduler;
        this.watch = watch;
    }

    static Threads start(ApiKeys.Builder settings, Maintenance maintenance, Watch watch) {
        ScheduledThreadPoolExecutor watching = daemon("apikeys-watch");
        // Four looks a threshold, so that a stall is told at most a quarter late.
        long look = Math.max(1, settings.stallThreshold.toNanos() / 4);
        ScheduledFuture<?> unusedLook = watching.scheduleWithFixedDelay(watch, look, look, TimeUnit.NANOSECONDS);
        if (!settings.maintainsItself) {
            return new Threads(null, null, watching);
        }
        if (settings.scheduler != null) {
            return new Threads(null, schedule(settings.scheduler, maintenance, settings.maintenanceInterval), watching);
        }
        ScheduledThreadPoolExecutor maintaining = daemon("apikeys-maintenance");
        ScheduledFuture<?> unusedRound = schedule(maintaining, maintenance, settings.maintenanceInterval);
        return new Threads(maintaining, null, watching);
    }

    private static ScheduledFuture<?> schedule(
            ScheduledExecutorService scheduler, Maintenance maintenance, Duration interval) {
        return scheduler.scheduleWithFixedDelay(
                maintenance, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static ScheduledThreadPoolExecutor daemon(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }

    /** Ends them after what they are doing now, without interrupting it; waits for that, but not for ever. */
    void stop(Duration atMost) {
        watch.shutdown();
        if (onHostsScheduler != null) {
            onHostsScheduler.cancel(false);
        }
        if (maintenance == null) {
            return;
        }
        maintenance.shutdown();
        try {
            if (!maintenance.awaitTermination(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.warn("Maintenance did not end within {}; it is left to end by itself", atMost);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
