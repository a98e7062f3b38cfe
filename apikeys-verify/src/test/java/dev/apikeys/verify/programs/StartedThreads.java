package dev.apikeys.verify.programs;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The threads of managers that are built after this was made: they must end when the managers were closed and nothing
 * hangs any more, also those that nobody waits for. For one thread.
 */
final class StartedThreads {
    private static final String OF_A_MANAGER = "apikeys-";

    /** Waited for only by those who find a thread that stays. */
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Set<Thread> before = alive();

    private static Set<Thread> alive() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(OF_A_MANAGER))
                .collect(Collectors.toSet());
    }

    private Set<Thread> left() {
        Set<Thread> left = new HashSet<>(alive());
        left.removeAll(before);
        return left;
    }

    /** Waits until none is left. */
    void assertEnded(Object program) {
        long end = System.nanoTime() + BOUND.toNanos();
        Set<Thread> left = left();
        while (!left.isEmpty()) {
            for (Thread thread : left) {
                long millis = Math.max(1, (end - System.nanoTime()) / 1_000_000);
                join(thread, millis);
            }
            left = left();
            if (!left.isEmpty() && System.nanoTime() - end > 0) {
                throw new AssertionError(program + " left " + left.size() + " threads: " + stacks(left));
            }
        }
    }

    private static void join(Thread thread, long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + thread + " was to end", e);
        }
    }

    private static String stacks(Set<Thread> threads) {
        StringBuilder text = new StringBuilder();
        for (Thread thread : threads) {
            text.append("\n  ").append(thread.getName()).append(", ").append(thread.getState());
            for (StackTraceElement frame : thread.getStackTrace()) {
                text.append("\n      at ").append(frame);
            }
        }
        return text.toString();
    }
}
