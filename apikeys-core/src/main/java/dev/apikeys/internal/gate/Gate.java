package dev.apikeys.internal.gate;

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
 * The boundary to the host: each call of a host object goes through its gate, which records operation and step for the
 * watch, enforces the deadline if there is one, and wraps what is thrown into a {@link StorageException}. Nothing is
 * held during the call, and no thread is interrupted.
 */
public final class Gate {
    private static final int MAX_WORKERS = 64;
    private static final int MAX_WAITING = 10_000;

    /** A listener to the ends of operations and host calls. Throws nothing. */
    @FunctionalInterface
    public interface Observer {
        /**
         * Hears of an end.
         *
         * @param step the host call, or null for the whole operation
         * @param failure what was thrown, or null
         * @param since when it began on the ticker
         */
        void ended(Operation operation, @Nullable String step, @Nullable Throwable failure, long since);
    }

    /** A host call under way. Equal only to itself. */
    static final class Visit {
        final Operation operation;
        final String step;
        final Thread thread;
        final long since;

        /** Accessed by the watch's thread only. */
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

        /** Cheaper than the identity hash of a new object, which the JVM computes on a slow path. */
        @Override
        public int hashCode() {
            return Long.hashCode(since);
        }
    }

    private final Set<Visit> visits = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanos;
    private final @Nullable Observer observer;
    private final @Nullable ExecutorService workers;

    private Gate(LongSupplier nanos, @Nullable Observer observer, @Nullable ExecutorService workers) {
        this.nanos = nanos;
        this.observer = observer;
        this.workers = workers;
    }

    /** Returns a gate that calls on the caller's thread, without a timeout. */
    public static Gate direct(LongSupplier nanos, @Nullable Observer observer) {
        return new Gate(nanos, observer, null);
    }

    /** Returns a gate that calls on its own threads, so that the caller returns by the deadline of its operation. */
    public static Gate bounded(ThreadFactory threads, LongSupplier nanos, @Nullable Observer observer) {
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                MAX_WORKERS, MAX_WORKERS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), threads);
        workers.allowCoreThreadTimeOut(true);
        return new Gate(nanos, observer, workers);
    }

    Collection<Visit> visits() {
        return Collections.unmodifiableSet(visits);
    }

    /** Calls a host to read: after a failure it is certain that nothing was written. */
    public <T extends @Nullable Object> T read(Operation operation, String step, Supplier<T> host) {
        return workers == null ? direct(operation, step, false, host) : bounded(workers, operation, step, false, host);
    }

    /** Calls a host to write: a failure that the host does not explain leaves the outcome unknown. */
    public <T extends @Nullable Object> T write(Operation operation, String step, Supplier<T> host) {
        return workers == null ? direct(operation, step, true, host) : bounded(workers, operation, step, true, host);
    }

    /**
     * Makes a best-effort call, without blocking where that is possible. What is thrown, an {@code Error} too, goes to
     * {@code failed}, on this thread or the worker's, and never to the caller.
     */
    public void later(Operation operation, String step, Runnable host, Consumer<Throwable> failed) {
        try {
            if (workers == null) {
                call(operation, step, host, failed);
            } else {
                execute(workers, () -> call(operation, step, host, failed));
            }
        } catch (Throwable e) {
            tell(failed, e);
        }
    }

    private void call(Operation operation, String step, Runnable host, Consumer<Throwable> failed) {
        try {
            this.<@Nullable Void>direct(operation, step, true, () -> {
                host.run();
                return null;
            });
        } catch (Throwable e) {
            tell(failed, e);
        }
    }

    private static void tell(Consumer<Throwable> failed, Throwable failure) {
        try {
            failed.accept(failure);
        } catch (Throwable untold) {
            // Even logging failed, for example without memory: the caller's result matters more.
        }
    }

    public void stop() {
        if (workers != null) {
            workers.shutdown();
        }
    }

    private <T extends @Nullable Object> T direct(Operation operation, String step, boolean writes, Supplier<T> host) {
        if (observer == null) {
            return visit(operation, step, writes, host);
        }
        long since = nanos.getAsLong();
        try {
            T result = visit(operation, step, writes, host);
            observer.ended(operation, step, null, since);
            return result;
        } catch (Throwable e) {
            observer.ended(operation, step, e, since);
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
                throw error; // The JVM's failure, not the host's: left to the handler that ends the process.
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
        // The first to set it wins: the worker that begins, or the caller that times out.
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

    /** Treats a failure to create a thread as a rejection: the call has not begun. */
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
