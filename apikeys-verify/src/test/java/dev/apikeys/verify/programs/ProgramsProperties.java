package dev.apikeys.verify.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgram;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/**
 * Programs end and add up on every store, with and without a timeout, and whatever stores and listeners do. The system
 * property {@code apikeys.verify.times} says how many programs are run for each example: 1, unless it is set.
 */
class ProgramsProperties {
    private static final int TIMES = Integer.getInteger("apikeys.verify.times", 1);
    private static final Duration TIMEOUT = Duration.ofMillis(200);

    /** What a loaded machine may take to wake a thread up; a hang lasts until the test lets go. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    /** Usage, temp keys, keys and hashes: each is an operation. */
    private static final int PARTS_OF_MAINTENANCE = 4;

    @Property(tries = 28, shrinking = ShrinkingMode.OFF)
    void endAndAddUpOnEveryStore(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll boolean timeout,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        for (int i = 0; i < TIMES; i++) {
            try (Stores stores = Stores.of(kind)) {
                ApiKeys.Builder builder = manager(stores.keys(), stores.tempKeys());
                if (timeout) {
                    builder.operationTimeout(Duration.ofSeconds(60));
                }
                try (ApiKeyManager manager = builder.build()) {
                    ConcurrentProgram.random(seed + i, threads, steps).run(manager, Thread::new);
                }
            }
        }
    }

    @Property(tries = 14, shrinking = ShrinkingMode.OFF)
    void withATimeoutEveryOperationEndsWhateverHangs(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        for (int i = 0; i < TIMES; i++) {
            Trouble trouble = new Trouble(seed + i);
            ConcurrentProgram program =
                    ConcurrentProgram.random(seed + i, threads, steps).allowingOutages(trouble::end);
            try (Stores stores = Stores.of(kind)) {
                ApiKeys.Builder builder = troubled(trouble, stores).operationTimeout(TIMEOUT);
                ConcurrentProgram.Report report = run(program, builder, trouble);
                report.longest()
                        .forEach((method, time) -> assertThat(time)
                                .as("%s, longest %s", program, method)
                                .isLessThan(bound(method)));
            }
        }
    }

    private static Duration bound(String method) {
        return TIMEOUT.multipliedBy(method.equals("maintain") ? PARTS_OF_MAINTENANCE : 1)
                .plus(SLACK);
    }

    @Property(tries = 14, shrinking = ShrinkingMode.OFF)
    void withoutATimeoutEveryOperationEndsOnceItIsLetGo(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        ScheduledExecutorService releasing = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < TIMES; i++) {
                Trouble trouble = new Trouble(seed + i);
                releasing.scheduleWithFixedDelay(trouble::letGo, 20, 20, TimeUnit.MILLISECONDS);
                ConcurrentProgram program =
                        ConcurrentProgram.random(seed + i, threads, steps).allowingOutages(trouble::end);
                try (Stores stores = Stores.of(kind)) {
                    run(program, troubled(trouble, stores), trouble);
                }
            }
        } finally {
            releasing.shutdownNow();
        }
    }

    @Example
    void storesDoHangThrowAndCallBack() {
        Trouble trouble = new Trouble(1);
        ConcurrentProgram program = ConcurrentProgram.random(1, 8, 20).allowingOutages(trouble::end);
        try (Stores stores = Stores.of(Stores.Kind.MEMORY)) {
            run(program, troubled(trouble, stores).operationTimeout(TIMEOUT), trouble);
        }

        assertThat(trouble.counts()).allMatch(count -> count > 0);
    }

    private static ConcurrentProgram.Report run(ConcurrentProgram program, ApiKeys.Builder builder, Trouble trouble) {
        try (ApiKeyManager manager = builder.build()) {
            trouble.callsBack(manager);
            try {
                ConcurrentProgram.Report report = program.run(manager, Thread::new);
                assertThat(manager.stalls()).as("%s", program).isEmpty();
                assertThat(trouble.hanging()).as("%s, calls that hang", program).isZero();
                return report;
            } finally {
                trouble.end();
            }
        }
    }

    private static ApiKeys.Builder troubled(Trouble trouble, Stores stores) {
        return manager(trouble.in(ApiKeyStore.class, stores.keys()), trouble.in(TempKeyStore.class, stores.tempKeys()))
                .listener(trouble)
                .tellVerified();
    }

    private static ApiKeys.Builder manager(ApiKeyStore keys, TempKeyStore tempKeys) {
        return ApiKeys.builder(keys)
                .handOff(tempKeys)
                .maintenanceInterval(Duration.ofMillis(50))
                .retention(Duration.ofDays(1));
    }
}
