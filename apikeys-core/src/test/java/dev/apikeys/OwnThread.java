package dev.apikeys;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Runs each task on a daemon thread of its own. The common pool has a single thread on two processors, and from JDK 25 on
 * a {@link CompletableFuture} uses it all the same: tasks that wait for each other would hang there.
 */
final class OwnThread {
    private static final Executor EACH = task -> {
        Thread thread = new Thread(task, "own thread of a test");
        thread.setDaemon(true);
        thread.start();
    };

    private OwnThread() {}

    static <T> CompletableFuture<T> supply(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, EACH);
    }

    static CompletableFuture<Void> run(Runnable task) {
        return CompletableFuture.runAsync(task, EACH);
    }
}
