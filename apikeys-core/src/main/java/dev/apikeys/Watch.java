package dev.apikeys;

import dev.apikeys.internal.text.Failures;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Detects stalled host calls and reports each once. Calls no host code but the log; listeners are asynchronous. */
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

    /** Runs one round for a scheduler, which would never again run a task that threw. */
    @Override
    public void run() {
        try {
            round();
        } catch (Throwable e) {
            LOG.warn("The watch failed and will be retried: {}", Failures.shown(e));
        }
    }

    void round() {
        int reported = 0;
        for (Gate.Visit visit : stalled()) {
            Stall stall = visit.reported ? null : stall(visit, reported < MAX_STACKS);
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
    List<Stall> stalls() {
        List<Stall> stalls = new ArrayList<>();
        for (Gate.Visit visit : stalled()) {
            Stall stall = stall(visit, stalls.size() < MAX_STACKS);
            if (stall != null) {
                stalls.add(stall);
            }
        }
        return List.copyOf(stalls);
    }

    /** Returns the host calls beyond the threshold, the longest first. */
    List<Gate.Visit> stalled() {
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

    /** Returns null if the call has ended meanwhile: the stack may belong to the thread's next work. */
    private @Nullable Stall stall(Gate.Visit visit, boolean withStack) {
        List<StackTraceElement> stack = withStack ? Arrays.asList(visit.thread.getStackTrace()) : List.of();
        if (gates.stream().noneMatch(gate -> gate.visits().contains(visit))) {
            return null;
        }
        return new Stall(
                visit.operation.name(),
                visit.step,
                visit.operation.keyId(),
                Duration.ofNanos(elapsed(visit)),
                visit.thread.getName(),
                stack);
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
        // If every host call stalls, any caller can cause such an event.
        if (emitter.admits(KeyEvent.Type.STALLED)) {
            tell(stall);
        }
    }

    private void tell(Stall stall) {
        String id = stall.keyId();
        emitter.emit(
                KeyEvent.Type.STALLED,
                id != null && KeyId.isValid(id) ? new KeyId(id) : null,
                clock.millis(),
                stall.operation() + " in " + stall.step() + " on " + stall.thread());
    }

    /** Reports lock cycles of platform threads; like all JVM tools, not lock upgrades, semaphores, virtual threads. */
    private static void reportDeadlock() {
        long[] threads = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        if (threads != null) {
            LOG.error("The JVM reports deadlocked threads {}; take a thread dump", Arrays.toString(threads));
        }
    }
}
