package dev.apikeys.verify.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;

/** Threads of one test. What one of them throws is thrown when they are closed. Thread-safe but for its own methods. */
final class Crew implements AutoCloseable {

    private static final long PATIENCE_MILLIS = 120_000;

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closing;
    private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();

    /** What a thread does. */
    interface Work {
        void run() throws Exception;
    }

    /** What is done with one of several things. */
    interface Each<T> {
        void accept(T thing) throws Exception;
    }

    /** Does something with each thing at the same moment, and waits until all are done. */
    static <T> void run(Collection<T> things, Each<T> work) {
        CyclicBarrier together = new CyclicBarrier(things.size());
        try (Crew crew = new Crew()) {
            for (T thing : things) {
                crew.start(() -> {
                    together.await();
                    work.accept(thing);
                });
            }
        }
    }

    void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                thrown.add(e);
            }
        });
        threads.add(thread);
        thread.start();
    }

    /** Does the same again and again, until it throws or the crew is closed. */
    void repeat(Work work) {
        start(() -> {
            while (!closing) {
                work.run();
            }
        });
    }

    boolean failed() {
        return !thrown.isEmpty();
    }

    @Override
    public void close() {
        closing = true;
        try {
            for (Thread thread : threads) {
                thread.join(PATIENCE_MILLIS);
                if (thread.isAlive()) {
                    thrown.add(new AssertionError("Does not end: " + List.of(thread.getStackTrace())));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Throwable first = thrown.poll();
        if (first != null) {
            thrown.forEach(first::addSuppressed);
            throw new AssertionError(first);
        }
    }
}
