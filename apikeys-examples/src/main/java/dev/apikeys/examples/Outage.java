package dev.apikeys.examples;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * An outage of the database, as a service experiences it: 250 callers verify keys on the 200 threads of a server, which
 * has another endpoint that needs no key. The keys are cached when the database stops. Prints the answers of both
 * endpoints in the seconds after that, with several settings and, for comparison, with requests that each use the pool
 * directly.
 *
 * <p>{@code mvn -q -Pdemo-outage -pl apikeys-examples -am compile}
 */
public final class Outage {
    private static final int CALLERS = 250;
    private static final int SERVER_THREADS = 200;
    private static final Duration THINKING = Duration.ofMillis(100);
    private static final Duration POOL_UNSET = Duration.ofSeconds(30);
    private static final Duration POOL_SET = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final PrintStream out;
    private final Duration length;
    private final Duration poolUnset;

    private Outage(PrintStream out, Duration length, Duration poolUnset) {
        this.out = out;
        this.length = length;
        this.poolUnset = poolUnset;
    }

    /**
     * Prints the figures; takes five minutes. Threads that hang are daemons, so the JVM exits nevertheless.
     *
     * @param args none
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        new Outage(System.out, Duration.ofSeconds(30), POOL_UNSET).show();
    }

    /** Prints the figures of a short outage, for the test. */
    static void show(PrintStream out, Duration length, Duration poolUnset) throws Exception {
        new Outage(out, length, poolUnset).show();
    }

    private void show() throws Exception {
        out.printf(
                "%d callers on %d threads; the database is down for %d s, and all keys were cached.%n",
                CALLERS, SERVER_THREADS, length.toSeconds());
        out.println("Figures are from the second half of the outage.");
        for (int keys : new int[] {1, CALLERS}) {
            out.printf(
                    "%n%-46s %10s %18s %8s%n",
                    keys == 1 ? "one key" : keys + " keys", "answers/s", "other endpoint", "hanging");
            run(keys, "every request asks the pool, which waits " + shown(poolUnset), poolUnset, false, null);
            run(keys, "apikeys, a pool that waits " + shown(poolUnset), poolUnset, true, null);
            run(keys, "  and operationTimeout 2 s", poolUnset, true, TIMEOUT);
            run(keys, "apikeys, a pool that waits 1 s", POOL_SET, true, null);
            run(keys, "  and operationTimeout 2 s: the advice", POOL_SET, true, TIMEOUT);
        }
    }

    private static String shown(Duration time) {
        return time.toSeconds() + " s";
    }

    private void run(int keyCount, String what, Duration pool, boolean cached, @Nullable Duration timeout)
            throws Exception {
        StoppableStore store = new StoppableStore(new InMemoryApiKeyStore(), pool);
        ApiKeys.Builder builder = ApiKeys.builder(store.store()).maintainedByHost();
        if (!cached) {
            builder.cacheMaxAge(Duration.ZERO);
        }
        if (timeout != null) {
            builder.operationTimeout(timeout);
        }
        ExecutorService server = Executors.newFixedThreadPool(SERVER_THREADS, Outage::daemon);
        ExecutorService clients = Executors.newFixedThreadPool(CALLERS + 1, Outage::daemon);
        try (ApiKeyManager keys = builder.build()) {
            List<String> secrets = new ArrayList<>();
            for (CreatedKey key : keys.createAll(Collections.nCopies(
                    keyCount, KeySpec.builder("demo").role("read_only").build()))) {
                secrets.add(key.secret().reveal());
                keys.verify(key.secret().reveal());
            }
            Figures figures = new Figures(server, store);
            figures.measure(clients, keys, secrets, cached);
            out.printf("%-46s %s%n", what, figures);
            out.flush();
        } finally {
            clients.shutdownNow();
            server.shutdown();
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "demo");
        thread.setDaemon(true);
        return thread;
    }

    /** The figures of one run: the answers while the database is down. */
    private final class Figures {
        private final ExecutorService server;
        private final StoppableStore store;
        private final LongAdder answers = new LongAdder();
        private final Queue<Long> others = new ConcurrentLinkedQueue<>();
        private final AtomicInteger unanswered = new AtomicInteger();
        private long answered;
        private int hanging;
        private volatile boolean counts;
        private volatile boolean ended;

        Figures(ExecutorService server, StoppableStore store) {
            this.server = server;
            this.store = store;
        }

        void measure(ExecutorService clients, ApiKeyManager keys, List<String> secrets, boolean shares)
                throws Exception {
            store.stop();
            for (int i = 0; i < CALLERS; i++) {
                String secret = secrets.get(i % secrets.size());
                Runnable request = shares ? () -> keys.verify(secret) : () -> store.askAnything();
                clients.execute(() -> call(request));
            }
            clients.execute(this::callOther);
            TimeUnit.NANOSECONDS.sleep(length.toNanos() / 2);
            counts = true;
            TimeUnit.NANOSECONDS.sleep(length.toNanos() / 2);
            counts = false;
            answered = answers.sum();
            hanging = store.hanging();
            ended = true;
            store.start();
        }

        private void call(Runnable request) {
            while (!ended) {
                try {
                    server.submit(request).get();
                    if (counts) {
                        answers.increment();
                    }
                    TimeUnit.NANOSECONDS.sleep(THINKING.toNanos());
                } catch (InterruptedException | ExecutionException e) {
                    return;
                }
            }
        }

        /**
         * Calls the other endpoint ten times a second; a request without an answer within a second counts as
         * unanswered.
         */
        private void callOther() {
            while (!ended) {
                long since = System.nanoTime();
                Future<?> answer = server.submit(() -> {});
                try {
                    answer.get(1, TimeUnit.SECONDS);
                    if (counts) {
                        others.add(System.nanoTime() - since);
                    }
                    TimeUnit.MILLISECONDS.sleep(100);
                } catch (TimeoutException e) {
                    if (counts) {
                        unanswered.incrementAndGet();
                    }
                } catch (InterruptedException | ExecutionException e) {
                    return;
                }
            }
        }

        @Override
        public String toString() {
            long[] times = others.stream().mapToLong(Long::longValue).sorted().toArray();
            String other = times.length == 0
                    ? "none answered"
                    : String.format(
                            Locale.ROOT,
                            "%d of %d, %.1f ms",
                            times.length,
                            times.length + unanswered.get(),
                            times[times.length / 2] / 1e6);
            return String.format(Locale.ROOT, "%10.0f %18s %8d", answered * 2e9 / length.toNanos(), other, hanging);
        }
    }
}
