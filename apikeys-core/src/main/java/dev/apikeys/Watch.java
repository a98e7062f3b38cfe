package dev.apikeys;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for host calls that last longer than they may and says once where each hangs. Calls no host code: the log, and the
 * listener without waiting for it.
 */
final class Watch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final int MAX_STACKS = 10;

    private final List<Gate> gates;
    private final Emitter emitter;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final long threshold;

    Watch(List<Gate> gates, Emitter emitter, InstantSource clock, LongSupplier nanos, Duration threshold) {
        this.gates = gates;
        this.emitter = emitter;
        this.clock = clock;
        this.nanos = nanos;
        this.threshold = threshold.toNanos();
    }

    /** One round for a scheduler, which would never come back to a task that throws. */
    @Override
    public void run() {
        try {
            round();
        } catch (Throwable e) {
            LOG.warn("The watch failed and will be tried again", e);
        }
    }

    void round() {
        int stacks = 0;
        boolean found = false;
        for (Gate gate : gates) {
            for (Gate.Visit visit : gate.visits()) {
                if (elapsed(visit) >= threshold && visit.toBeReported()) {
                    report(stall(visit, stacks++ < MAX_STACKS));
                    found = true;
                }
            }
        }
        if (found) {
            reportDeadlock();
        }
    }

    /** What hangs now, the longest first. */
    List<Stall> stalls() {
        List<Stall> stalls = new ArrayList<>();
        for (Gate gate : gates) {
            for (Gate.Visit visit : gate.visits()) {
                if (elapsed(visit) >= threshold) {
                    stalls.add(stall(visit, stalls.size() < MAX_STACKS));
                }
            }
        }
        stalls.sort((a, b) -> b.elapsed().compareTo(a.elapsed()));
        return List.copyOf(stalls);
    }

    int stalled() {
        int stalled = 0;
        for (Gate gate : gates) {
            for (Gate.Visit visit : gate.visits()) {
                if (elapsed(visit) >= threshold) {
                    stalled++;
                }
            }
        }
        return stalled;
    }

    int hostCalls() {
        int calls = 0;
        for (Gate gate : gates) {
            calls += gate.visits().size();
        }
        return calls;
    }

    private long elapsed(Gate.Visit visit) {
        return nanos.getAsLong() - visit.since;
    }

    private Stall stall(Gate.Visit visit, boolean withStack) {
        return new Stall(
                visit.operation.name(),
                visit.step,
                visit.operation.keyId(),
                Duration.ofNanos(elapsed(visit)),
                visit.thread.getName(),
                withStack ? Arrays.asList(visit.thread.getStackTrace()) : List.of());
    }

    private void report(Stall stall) {
        StringBuilder stack = new StringBuilder();
        for (StackTraceElement frame : stall.stack()) {
            stack.append(System.lineSeparator()).append("    at ").append(frame);
        }
        LOG.warn(
                "{} has been in {} for {} ms, key {}, thread {}{}",
                stall.operation(),
                stall.step(),
                stall.elapsed().toMillis(),
                stall.keyId(),
                stall.thread(),
                stack);
        // Where everything hangs, whoever calls causes one.
        if (emitter.admits(KeyEvent.Type.STALLED)) {
            tell(stall);
        }
    }

    private void tell(Stall stall) {
        String id = stall.keyId();
        emitter.emit(new KeyEvent(
                KeyEvent.Type.STALLED,
                id != null && KeyId.isValid(id) ? new KeyId(id) : null,
                Instant.ofEpochMilli(clock.millis()),
                null,
                stall.operation() + " in " + stall.step() + " on " + stall.thread()));
    }

    /** Finds lock cycles of platform threads; misses lock upgrades, semaphores and virtual threads, as all JVM tools do. */
    private static void reportDeadlock() {
        long[] threads = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        if (threads != null) {
            LOG.error("The JVM reports deadlocked threads: {}", Arrays.toString(threads));
        }
    }
}
