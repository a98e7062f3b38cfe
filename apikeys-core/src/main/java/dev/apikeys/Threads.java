package dev.apikeys;

import dev.apikeys.internal.concurrent.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads of a manager: maintenance, feed and watch, as far as it has them. */
final class Threads {
    private final @Nullable ScheduledThreadPoolExecutor maintenance;
    private final @Nullable ScheduledFuture<?> onHostsScheduler;
    private final @Nullable ScheduledThreadPoolExecutor feed;
    private final ScheduledThreadPoolExecutor watch;

    private Threads(
            @Nullable ScheduledThreadPoolExecutor maintenance,
            @Nullable ScheduledFuture<?> onHostsScheduler,
            @Nullable ScheduledThreadPoolExecutor feed,
            ScheduledThreadPoolExecutor watch) {
        this.maintenance = maintenance;
        this.onHostsScheduler = onHostsScheduler;
        this.feed = feed;
        this.watch = watch;
    }

    static Threads start(ApiKeys.Builder settings, Maintenance maintenance, @Nullable Feed feed, Watch watch) {
        ScheduledThreadPoolExecutor maintaining = null;
        ScheduledFuture<?> onHostsScheduler = null;
        if (settings.scheduler != null) {
            // First of all: if the host's scheduler refuses, no thread was started in vain.
            onHostsScheduler = schedule(settings.scheduler, maintenance, settings.maintenanceInterval);
        } else if (settings.maintainsItself) {
            maintaining = daemon("apikeys-maintenance");
            ScheduledFuture<?> unusedRound = schedule(maintaining, maintenance, settings.maintenanceInterval);
        }
        ScheduledThreadPoolExecutor following = null;
        if (feed != null && settings.followsItself) {
            following = daemon("apikeys-feed");
            long pause = settings.pollInterval().toNanos();
            ScheduledFuture<?> unusedPoll = following.scheduleWithFixedDelay(feed, pause, pause, TimeUnit.NANOSECONDS);
        }
        ScheduledThreadPoolExecutor watching = daemon("apikeys-watch");
        // Four looks a threshold, so that a stall is told at most a quarter late.
        long look = Math.max(1, settings.stallThreshold.toNanos() / 4);
        ScheduledFuture<?> unusedLook = watching.scheduleWithFixedDelay(watch, look, look, TimeUnit.NANOSECONDS);
        return new Threads(maintaining, onHostsScheduler, following, watching);
    }

    private static ScheduledFuture<?> schedule(
            ScheduledExecutorService scheduler, Maintenance maintenance, Duration interval) {
        return scheduler.scheduleWithFixedDelay(
                maintenance, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static ScheduledThreadPoolExecutor daemon(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named(name));
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }

    /** Lets no round begin any more; one that has begun goes on. */
    void stopMaintenance() {
        if (onHostsScheduler != null) {
            onHostsScheduler.cancel(false);
        }
        if (maintenance != null) {
            maintenance.shutdown();
        }
    }

    /** Lets no poll begin any more; one that has begun goes on. */
    void stopFeed() {
        if (feed != null) {
            feed.shutdown();
        }
    }

    /** Ends the watch, last of all, so that it still sees what hangs in closing. */
    void stopWatch() {
        watch.shutdown();
    }
}
