package dev.apikeys.internal.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.awaitility.Awaitility;

/** What a bounded gate says of a call is true of it, however close its deadline is. */
class GateProperties {
    private static final int CALLERS = 4;

    private enum Outcome {
        DONE,
        NOT_BEGUN,
        UNKNOWN
    }

    /** Each call is done at most once; done and unknown ones were begun, and not begun ones never are, not even later. */
    @Property(tries = 3)
    void whatWasNotBegunIsNeverDoneAndWhatWasBegunIsNeverCalledNotBegun(@ForAll Random random) throws Exception {
        int calls = 2_000;
        Gate gate = Gate.bounded(DaemonThreads.named("test"), System::nanoTime, null);
        AtomicIntegerArray begun = new AtomicIntegerArray(calls * CALLERS);
        AtomicIntegerArray ended = new AtomicIntegerArray(calls * CALLERS);
        List<Outcome> outcomes = new ArrayList<>();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try {
            List<Future<List<Outcome>>> each = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                Random own = new Random(random.nextLong());
                int first = i * calls;
                each.add(callers.submit(() -> {
                    List<Outcome> told = new ArrayList<>();
                    for (int call = first; call < first + calls; call++) {
                        int number = call;
                        long work = own.nextInt(100_000);
                        Operation operation =
                                new Operations(System::nanoTime, 1_000 + own.nextInt(150_000)).begin("test");
                        told.add(outcome(gate, operation, () -> {
                            begun.incrementAndGet(number);
                            LockSupport.parkNanos(work);
                            ended.incrementAndGet(number);
                        }));
                    }
                    return told;
                }));
            }
            for (Future<List<Outcome>> caller : each) {
                outcomes.addAll(caller.get(2, TimeUnit.MINUTES));
            }
        } finally {
            callers.shutdownNow();
        }
        drain(gate);

        for (int call = 0; call < outcomes.size(); call++) {
            int expected = outcomes.get(call) == Outcome.NOT_BEGUN ? 0 : 1;
            assertThat(begun.get(call)).as(outcomes.get(call) + ", begun").isEqualTo(expected);
            assertThat(ended.get(call)).as(outcomes.get(call) + ", ended").isEqualTo(expected);
        }
        assertThat(outcomes).as("all three were seen").contains(Outcome.values());
        assertThat(gate.visits()).isEmpty();
    }

    private static Outcome outcome(Gate gate, Operation operation, Runnable host) {
        try {
            assertThat(gate.write(operation, "step", () -> {
                        host.run();
                        return "result";
                    }))
                    .isEqualTo("result");
            return Outcome.DONE;
        } catch (StorageException e) {
            return e.outcomeUnknown() ? Outcome.UNKNOWN : Outcome.NOT_BEGUN;
        }
    }

    /** The queue is first in, first out; what is behind all calls is done when they are, or were left out. */
    private static void drain(Gate gate) {
        AtomicInteger behind = new AtomicInteger();
        Operation operation = new Operations(System::nanoTime, 0).begin("drain");
        gate.later(operation, "step", behind::incrementAndGet, e -> {});
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(20))
                .until(() -> behind.get() == 1 && gate.visits().isEmpty());
        gate.stop();
    }
}
