package dev.apikeys.verify.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jspecify.annotations.Nullable;

/**
 * Runs small concurrent programs under one schedule after the other. Lincheck decides where threads switch; each call into
 * the JDK's collections and atomics is one step. A program and its broken twins get the same number of schedules, so that
 * a twin which is caught shows the number to be large enough. Stateless and thread-safe.
 */
public final class Schedules {
    /** The system property that says how many schedules each program gets. */
    public static final String PROPERTY = "apikeys.verify.schedules";

    /** How many it gets otherwise. */
    public static final int DEFAULT = 300;

    private static final int COUNT = Integer.getInteger(PROPERTY, DEFAULT);

    private Schedules() {}

    /** Passes if under no schedule the program throws, hangs or deadlocks. */
    public static void hold(Runnable program) {
        Lincheck.runConcurrentTest(COUNT, program);
    }

    /** Passes if a schedule refutes the twin, with these words in the report. */
    public static void refute(Runnable twin, String finding) {
        LincheckAssertionError report =
                catchThrowableOfType(LincheckAssertionError.class, () -> Lincheck.runConcurrentTest(COUNT, twin));
        assertThat(report).as("a schedule that refutes the twin").isNotNull();
        assertThat(report).hasMessageContaining(finding);
    }

    /** Runs the parts at once, each on a thread of its own, waits for all, and throws what the first to fail threw. */
    public static void together(Runnable... parts) {
        List<Part> running = new ArrayList<>();
        for (Runnable body : parts) {
            running.add(Part.start(body));
        }
        for (Part part : running) {
            part.end();
        }
    }

    /** A thread and how it ended. Not a subclass: Lincheck knows only the join of Thread itself. */
    private static final class Part {
        private final Thread thread;
        private @Nullable Throwable failure;

        private Part(Runnable body) {
            thread = new Thread(() -> run(body));
        }

        static Part start(Runnable body) {
            Part part = new Part(body);
            part.thread.start();
            return part;
        }

        private void run(Runnable body) {
            try {
                body.run();
            } catch (Throwable e) {
                failure = e;
            }
        }

        void end() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (failure != null) {
                throw new AssertionError(failure.getMessage(), failure);
            }
        }
    }
}
