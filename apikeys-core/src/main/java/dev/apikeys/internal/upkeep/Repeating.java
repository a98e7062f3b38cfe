package dev.apikeys.internal.upkeep;

import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.text.Failures;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that is done in rounds, with a pause between them. A round that fails is logged, and the next one begins. */
public final class Repeating implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Repeating.class);

    private final String name;
    private final Runnable round;
    private final DaemonThreads cancelling = DaemonThreads.named("apikeys-close");
    private volatile boolean stopped;
    private @Nullable ScheduledThreadPoolExecutor own;
    private @Nullable ScheduledFuture<?> onHosts;

    /**
     * Creates work that is not started.
     *
     * @param name names it in the log
     */
    public Repeating(String name, Runnable round) {
        this.name = name;
        this.round = round;
    }

    /** Starts it on a thread of its own. */
    public void start(String thread, Duration pause) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named(thread));
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        own = executor;
        ScheduledFuture<?> unusedRounds = schedule(executor, pause);
    }

    /** Starts it on a scheduler of the host. */
    public void startOn(ScheduledExecutorService scheduler, Duration pause) {
        onHosts = schedule(scheduler, pause);
    }

    private ScheduledFuture<?> schedule(ScheduledExecutorService scheduler, Duration pause) {
        return scheduler.scheduleWithFixedDelay(this, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Does one round for a scheduler, which would never come back to a task that throws. */
    @Override
    public void run() {
        if (stopped) {
            return;
        }
        try {
            round.run();
        } catch (Throwable e) {
            LOG.warn("{} failed and will be retried: {}", name, Failures.shown(e));
        }
    }

    /** Lets no round begin any more; one that has begun goes on. Calls nothing of the host. */
    public void stop() {
        stopped = true;
        if (own != null) {
            own.shutdown();
        }
    }

    /** Takes it off the host's scheduler, on a thread of its own: a cancel that throws or hangs must not stop close. */
    void cancel(Patience patience, Duration atMost) {
        ScheduledFuture<?> task = onHosts;
        if (task == null) {
            return;
        }
        FutureTask<Boolean> cancel = new FutureTask<>(() -> task.cancel(false));
        try {
            cancelling.newThread(cancel).start();
            patience.get(cancel, atMost);
        } catch (Throwable e) {
            LOG.warn("{} could not be cancelled on its scheduler, which calls it in vain: {}", name, Failures.shown(e));
        }
    }
}
