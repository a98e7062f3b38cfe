package dev.apikeys.internal.gate;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Detects stalled host calls and reports each once. Calls no host code but the log. */
public final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final int MAX_STACKS = 10;

    /**
     * A host call beyond the threshold.
     *
     * @param stack the stack of its thread; empty if it was not sampled
     */
    public record Stalled(
            String operation,
            String step,
            @Nullable String keyId,
            Duration elapsed,
            String thread,
            List<StackTraceElement> stack) {}

    private final List<Gate> gates;
    private final Consumer<Stalled> told;
    private final LongSupplier nanos;
    private final long threshold;

    /**
     * Creates a watch.
     *
     * @param told hears of each stalled call once; must not block
     */
    public Watch(List<Gate> gates, Consumer<Stalled> told, LongSupplier nanos, Duration threshold) {
        this.gates = gates;
        this.told = told;
        this.nanos = nanos;
        this.threshold = threshold.toNanos();
    }

    /** Reports the calls that have stalled since the last round. */
    public void round() {
        int reported = 0;
        for (Gate.Visit visit : stalled()) {
            Stalled stall = visit.reported ? null : stall(visit, reported < MAX_STACKS);
            if (stall != null) {
                visit.reported = true;
                reported++;
                report(stall);
            }
        }
        if (reported > 0) {
            reportDeadlock();
        }
    }

    /** Returns the present stalls, the longest first. */
    public List<Stalled> stalls() {
        List<Stalled> stalls = new ArrayList<>();
        for (Gate.Visit visit : stalled()) {
            Stalled stall = stall(visit, stalls.size() < MAX_STACKS);
            if (stall != null) {
                stalls.add(stall);
            }
        }
        return List.copyOf(stalls);
    }

    /** Returns the host calls beyond the threshold, the longest first. */
    private List<Gate.Visit> stalled() {
        List<Gate.Visit> stalled = new ArrayList<>();
        for (Gate gate : gates) {
            for (Gate.Visit visit : gate.visits()) {
                if (elapsed(visit) >= threshold) {
                    stalled.add(visit);
                }
            }
        }
        stalled.sort((a, b) -> Long.compare(a.since - b.since, 0)); // The ticker may have any value, and overflow.
        return stalled;
    }

    /** Returns how many host calls are beyond the threshold. */
    public int stalledCalls() {
        return stalled().size();
    }

    /** Returns how many host calls are in progress. */
    public int hostCalls() {
        int calls = 0;
        for (Gate gate : gates) {
            calls += gate.visits().size();
        }
        return calls;
    }

    private long elapsed(Gate.Visit visit) {
        return nanos.getAsLong() - visit.since;
    }

    /** Returns null if the call has ended meanwhile: the stack may belong to the thread's next work. */
    private @Nullable Stalled stall(Gate.Visit visit, boolean withStack) {
        List<StackTraceElement> stack = withStack ? List.of(visit.thread.getStackTrace()) : List.of();
        if (gates.stream().noneMatch(gate -> gate.visits().contains(visit))) {
            return null;
        }
        return new Stalled(
                visit.operation.name(),
                visit.step,
                visit.operation.keyId(),
                Duration.ofNanos(elapsed(visit)),
                visit.thread.getName(),
                stack);
    }

    private void report(Stalled stall) {
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
        told.accept(stall);
    }

    /** Reports lock cycles of platform threads; like all JVM tools, not lock upgrades, semaphores, virtual threads. */
    private static void reportDeadlock() {
        long[] threads = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        if (threads != null) {
            LOG.error("The JVM reports deadlocked threads {}; take a thread dump", Arrays.toString(threads));
        }
    }
}
