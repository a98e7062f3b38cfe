package speed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Clients that send a request and think for a while, each on a connection and in a thread of its own, until it is closed. */
final class Load implements AutoCloseable {
    private final long thinkingNanos;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ends;
    private volatile Answers answers = new Answers(new ConcurrentHashMap<>());

    /** Begins with these clients. */
    Load(List<Client> clients, long thinkingNanos) {
        this.thinkingNanos = thinkingNanos;
        for (Client client : clients) {
            Thread thread = new Thread(() -> send(client));
            threads.add(thread);
            thread.start();
        }
    }

    private void send(Client client) {
        try {
            while (!ends) {
                long begin = System.nanoTime();
                int status = client.send();
                answers.add(status, System.nanoTime() - begin);
                LockSupport.parkNanos(thinkingNanos);
            }
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was answered since the last call. */
    Answers take() {
        Answers taken = answers;
        answers = new Answers(new ConcurrentHashMap<>());
        return taken;
    }

    @Override
    public void close() throws InterruptedException {
        ends = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /**
     * How long answers took, in nanoseconds, by status.
     *
     * @param times by status
     */
    record Answers(Map<Integer, Queue<Long>> times) {
        private void add(int status, long nanos) {
            times.computeIfAbsent(status, first -> new ConcurrentLinkedQueue<>()).add(nanos);
        }

        /** Count, median, 99th percentile and slowest of each status. */
        String shown() {
            List<String> all = new ArrayList<>();
            new TreeMap<>(times).forEach((status, nanos) -> {
                long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
                all.add(String.format(
                        Locale.ROOT,
                        "%,d times %d, in %.1f ms (median), %.1f ms (99 %%), %.1f ms (slowest)",
                        sorted.length,
                        status,
                        sorted[sorted.length / 2] / 1e6,
                        sorted[sorted.length * 99 / 100] / 1e6,
                        sorted[sorted.length - 1] / 1e6));
            });
            return String.join("; ", all);
        }
    }
}
