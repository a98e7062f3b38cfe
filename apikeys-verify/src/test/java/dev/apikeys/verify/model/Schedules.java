package dev.apikeys.verify.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.Arrays;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;

/**
 * Runs small concurrent programs under one schedule after the other. A program is a public class; each of its
 * {@link Operation operations} runs once, on a thread of its own. Lincheck decides where threads switch, and each call
 * into the JDK counts as one step. A program and its broken twins get the same number of schedules, so that a twin which
 * is caught shows the number to be large enough. Stateless and thread-safe.
 */
public final class Schedules {
    /** The system property that says how many schedules each program gets. */
    public static final String PROPERTY = "apikeys.verify.schedules";

    /** How many it gets otherwise. */
    public static final int DEFAULT = 250;

    private static final String HUNG = "= The execution has hung =";

    private static final int COUNT = Integer.getInteger(PROPERTY, DEFAULT);

    private Schedules() {}

    /** Passes if under no schedule an operation or the validation throws, and none hangs. */
    public static void hold(Class<?> program) {
        explore(program, COUNT);
    }

    /** The same under several times as many schedules, for a program whose twins need them. */
    public static void hold(Class<?> program, int times) {
        explore(program, times * COUNT);
    }

    /** Passes if under a schedule an operation or the validation throws, with these words in the report. */
    public static void refute(Class<?> twin, String finding) {
        refute(twin, finding, 1);
    }

    /** The same under several times as many schedules. */
    public static void refute(Class<?> twin, String finding, int times) {
        assertThat(report(twin, times * COUNT)).contains(finding).doesNotContain(HUNG);
    }

    /** Passes if under a schedule the operations hang, with these words in the report. */
    public static void refuteByHang(Class<?> twin, String finding) {
        assertThat(report(twin, COUNT)).contains(HUNG).contains(finding);
    }

    private static String report(Class<?> twin, int schedules) {
        LincheckAssertionError report =
                catchThrowableOfType(LincheckAssertionError.class, () -> explore(twin, schedules));
        assertThat(report).as("a schedule that refutes the twin").isNotNull();
        return String.valueOf(report.getMessage());
    }

    private static void explore(Class<?> program, int schedules) {
        new ModelCheckingOptions()
                .iterations(1)
                .invocationsPerIteration(schedules)
                .threads(operations(program))
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .addGuarantee(forClasses(Schedules::isAtomic).allMethods().treatAsAtomic())
                .check(program);
    }

    private static int operations(Class<?> program) {
        return Math.toIntExact(Arrays.stream(program.getMethods())
                .filter(method -> method.isAnnotationPresent(Operation.class))
                .count());
    }

    /** Locks are not: where one is taken, a thread may wait. */
    private static boolean isAtomic(String name) {
        return name.startsWith("java.util.concurrent.") && !name.startsWith("java.util.concurrent.locks.");
    }
}
