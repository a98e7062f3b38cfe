package dev.apikeys.verify.planted;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Breaks: L11 threads are made in one place; each method has the JDK make them, for the common pool or the delayer. */
public final class RunsInCommonPool {
    interface Later {
        CompletableFuture<String> run(Supplier<String> task);
    }

    public CompletableFuture<String> supplyAsync() {
        return CompletableFuture.supplyAsync(() -> "planted");
    }

    public Later byReference() {
        return CompletableFuture::supplyAsync;
    }

    public CompletableFuture<Void> runAsync(Runnable task) {
        return CompletableFuture.runAsync(task);
    }

    public CompletableFuture<Integer> thenApplyAsync(CompletableFuture<String> future) {
        return future.thenApplyAsync(String::length);
    }

    public CompletionStage<Void> thenAcceptAsync(CompletionStage<String> stage, Consumer<String> action) {
        return stage.thenAcceptAsync(action);
    }

    public CompletableFuture<String> orTimeout(CompletableFuture<String> future) {
        return future.orTimeout(1, TimeUnit.SECONDS);
    }

    public CompletableFuture<String> completeOnTimeout(CompletableFuture<String> future) {
        return future.completeOnTimeout("planted", 1, TimeUnit.SECONDS);
    }

    public Executor delayedExecutor(Executor executor) {
        return CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, executor);
    }

    public Executor defaultExecutor(CompletableFuture<String> future) {
        return future.defaultExecutor();
    }

    public Executor commonPool() {
        return ForkJoinPool.commonPool();
    }

    public Executor pool() {
        return new ForkJoinPool(1);
    }

    public Object fork(RecursiveAction task) {
        return task.fork();
    }
}
