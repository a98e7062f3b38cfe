package dev.apikeys;

import dev.apikeys.OperationListener.Outcome;
import dev.apikeys.spi.StorageException;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way out of the library: each host call goes through the gate of its host object, which names operation and step
 * for the watch, keeps the deadline if there is one, and turns what is thrown into a {@link StorageException}. Nothing is
 * held while the host is called, and nobody is interrupted.
 */
final class Gate {
    private static final int MAX_WORKERS = 64;
    private static final int MAX_WAITING = 10_000;

    /** A host call under way. Two are never equal. */
    static final class Visit {
        final Operation operation;
        final String step;
        final Thread thread;
        final long since;

        /** For the watch alone, which is one thread. */
        boolean reported;

        Visit(Operation operation, String step, Thread thread, long since) {
            this.operation = operation;
            this.step = step;
            this.thread = thread;
            this.since = since;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        /** Cheaper than the identity hash of a new object, which the JVM makes in a slow path. */
        @Override
        public int hashCode() {
            return Long.hashCode(since);
        }
    }

    private final Set<Visit> visits = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanos;
    private final @Nullable Observers observers;
    private final @Nullable ExecutorService workers;

    private Gate(LongSupplier nanos, @Nullable Observers observers, @Nullable ExecutorService workers) {
        this.nanos = nanos;
        this.observers = observers == null || observers.isEmpty() ? null : observers;
        this.workers = workers;
    }

    /** A gate that calls on the caller's own thread, for as long as it takes. */
    static Gate direct(LongSupplier nanos, @Nullable Observers observers) {
        return new Gate(nanos, observers, null);
    }

    /** A gate that calls on threads of its own, so that the caller is back by its operation's deadline. */
    static Gate bounded(ThreadFactory threads, LongSupplier nanos, @Nullable Observers observers) {
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                MAX_WORKERS, MAX_WORKERS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), threads);
        workers.allowCoreThreadTimeOut(true);
        return new Gate(nanos, observers, workers);
    }

    Collection<Visit> visits() {
        return Collections.unmodifiableSet(visits);
    }

    /** Calls a host to be told something: a failure leaves no doubt about what was written, namely nothing. */
    <T extends @Nullable Object> T read(Operation operation, String step, Supplier<T> host) {
        return workers == null ? direct(operation, step, false, host) : bounded(workers, operation, step, false, host);
    }

    /** Calls a host to have something done: a failure that the host does not explain leaves the outcome unknown. */
    <T extends @Nullable Object> T write(Operation operation, String step, Supplier<T> host) {
        return workers == null ? direct(operation, step, true, host) : bounded(workers, operation, step, true, host);
    }

    /**
     * Calls a host without waiting where that is possible, for what is best effort: what is thrown, an {@code Error} too,
     * is told here or on the thread it was thrown on, and reaches no caller.
     */
    void later(Operation operation, String step, Runnable host, Consumer<Throwable> failed) {
        Supplier<@Nullable Void> told = () -> {
            host.run();
            return null;
        };
        Runnable call = () -> {
            try {
                direct(operation, step, true, told);
            } catch (Throwable e) {
                tell(failed, e);
            }
        };
        if (workers == null) {
            call.run();
            return;
        }
        try {
            execute(workers, call);
        } catch (Throwable e) {
            tell(failed, e);
        }
    }

    private static void tell(Consumer<Throwable> failed, Throwable failure) {
        try {
            failed.accept(failure);
        } catch (Throwable untold) {
            // Not even the log can be told, as where memory has run out: the caller's result matters more.
        }
    }

    void stop() {
        if (workers != null) {
            workers.shutdown();
        }
    }

    private <T extends @Nullable Object> T direct(Operation operation, String step, boolean writes, Supplier<T> host) {
        if (observers == null) {
            return visit(operation, step, writes, host);
        }
        long since = nanos.getAsLong();
        try {
            T result = visit(operation, step, writes, host);
            observers.ended(operation, step, Outcome.OK, since);
            return result;
        } catch (Throwable e) {
            observers.ended(operation, step, Observers.outcome(e), since);
            throw e;
        }
    }

    private <T extends @Nullable Object> T visit(Operation operation, String step, boolean writes, Supplier<T> host) {
        Visit visit = new Visit(operation, step, Thread.currentThread(), nanos.getAsLong());
        visits.add(visit);
        try {
            return host.get();
        } catch (StorageException e) {
            throw operation.explained(e);
        } catch (Throwable e) {
            if (e instanceof OutOfMemoryError error) {
                throw error; // The JVM's failure and not the host's: what ends the process, or is to end it, sees it.
            }
            throw operation.failed(
                    operation.name() + " failed in " + step + ": "
                            + e.getClass().getName(),
                    e,
                    writes);
        } finally {
            visits.remove(visit);
        }
    }

    private <T extends @Nullable Object> T bounded(
            ExecutorService pool, Operation operation, String step, boolean writes, Supplier<T> host) {
        // Whoever moves it first decides: the worker that begins, or the caller that gives up.
        AtomicBoolean decided = new AtomicBoolean();
        FutureTask<T> task = new FutureTask<>(() -> {
            if (!decided.compareAndSet(false, true)) {
                throw notBegun(operation, step, null);
            }
            return direct(operation, step, writes, host);
        });
        long left = operation.deadline() - nanos.getAsLong();
        if (left <= 0) {
            throw notBegun(operation, step, new TimeoutException());
        }
        try {
            execute(pool, task);
            return task.get(left, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw operation.failed(
                    operation.name() + " found no worker for " + step + ": nothing of it was done", e, false);
        } catch (ExecutionException e) {
            throw rethrown(operation, step, writes, e.getCause());
        } catch (TimeoutException | InterruptedException e) {
            boolean interrupted = e instanceof InterruptedException;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (decided.compareAndSet(false, true)) {
                throw notBegun(operation, step, e);
            }
            String how = interrupted ? " was interrupted in " : " did not end in time in ";
            throw operation.failed(operation.name() + how + step + ", unknown outcome", e, writes);
        }
    }

    /** That the JVM cannot make a thread is a refusal like another: what was asked is not begun. */
    private static void execute(ExecutorService pool, Runnable call) {
        try {
            pool.execute(call);
        } catch (OutOfMemoryError e) {
            throw new RejectedExecutionException("no thread can be made", e);
        }
    }

    private static StorageException notBegun(Operation operation, String step, @Nullable Throwable cause) {
        return operation.failed(
                operation.name() + " ran out of time before " + step + " was begun: nothing of it was done",
                cause,
                false);
    }

    private static RuntimeException rethrown(
            Operation operation, String step, boolean writes, @Nullable Throwable cause) {
        if (cause instanceof StorageException e) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return operation.failed(operation.name() + " failed in " + step, cause, writes);
    }
}
