package dev.apikeys.verify.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgram;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

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

    /** For what is left to be told at a close. */
    private static final Duration LAST_EVENTS = Duration.ofSeconds(1);

    /** What goes on besides the steps of a program. */
    enum Besides {
        NOTHING,
        PURGES,
        A_CLOSE;

        ConcurrentProgram of(ConcurrentProgram program, Supplier<ApiKeyManager> next) {
            return switch (this) {
                case NOTHING -> program;
                case PURGES -> program.purging();
                case A_CLOSE -> program.closing(next);
            };
        }

        Duration retention() {
            return this == PURGES ? Duration.ofMillis(1) : Duration.ofDays(1);
        }
    }

    @Property(tries = 28, shrinking = ShrinkingMode.OFF)
    void endAndAddUpOnEveryStore(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll Besides besides,
            @ForAll boolean timeout,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        for (int i = 0; i < TIMES; i++) {
            try (Stores stores = Stores.of(kind)) {
                Policy policy = new Policy();
                ApiKeys.Builder builder = manager(stores.keys(), stores.tempKeys(), policy.authorizer())
                        .retention(besides.retention());
                if (timeout) {
                    builder.operationTimeout(Duration.ofSeconds(60));
                }
                try (ApiKeyManager manager = builder.build()) {
                    besides.of(ConcurrentProgram.random(seed + i, threads, steps), builder::build)
                            .reloading(policy::reload)
                            .run(manager, Thread::new);
                }
            }
        }
    }

    @Property(tries = 14, shrinking = ShrinkingMode.OFF)
    void withATimeoutEveryOperationEndsWhateverHangs(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll Besides besides,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        for (int i = 0; i < TIMES; i++) {
            Trouble trouble = new Trouble(seed + i);
            try (Stores stores = Stores.of(kind)) {
                ConcurrentProgram program = ConcurrentProgram.random(seed + i, threads, steps);
                ConcurrentProgram.Report report = run(program, besides, stores, trouble, TIMEOUT);
                report.longest()
                        .forEach((method, time) -> assertThat(time)
                                .as("%s, longest %s", program, method)
                                .isLessThan(bound(method)));
            }
        }
    }

    private static Duration bound(String method) {
        return switch (method) {
            case "maintain" -> TIMEOUT.multipliedBy(PARTS_OF_MAINTENANCE).plus(SLACK);
            case "close" ->
                TIMEOUT.multipliedBy(2 * PARTS_OF_MAINTENANCE + 1)
                        .plus(LAST_EVENTS)
                        .plus(SLACK);
            default -> TIMEOUT.plus(SLACK);
        };
    }

    @Property(tries = 14, shrinking = ShrinkingMode.OFF)
    void withoutATimeoutEveryOperationEndsOnceItIsLetGo(
            @ForAll long seed,
            @ForAll Stores.Kind kind,
            @ForAll Besides besides,
            @ForAll @IntRange(min = 2, max = 16) int threads,
            @ForAll @IntRange(min = 5, max = 20) int steps) {
        ScheduledExecutorService releasing = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < TIMES; i++) {
                Trouble trouble = new Trouble(seed + i);
                releasing.scheduleWithFixedDelay(trouble::letGo, 20, 20, TimeUnit.MILLISECONDS);
                try (Stores stores = Stores.of(kind)) {
                    run(ConcurrentProgram.random(seed + i, threads, steps), besides, stores, trouble, null);
                }
            }
        } finally {
            releasing.shutdownNow();
        }
    }

    @Example
    void storesDoHangThrowAndCallBack() {
        Trouble trouble = new Trouble(1);
        try (Stores stores = Stores.of(Stores.Kind.MEMORY)) {
            run(ConcurrentProgram.random(1, 8, 20), Besides.NOTHING, stores, trouble, TIMEOUT);
        }

        assertThat(trouble.counts()).allMatch(count -> count > 0);
    }

    private static ConcurrentProgram.Report run(
            ConcurrentProgram random, Besides besides, Stores stores, Trouble trouble, @Nullable Duration timeout) {
        Policy policy = new Policy();
        ApiKeys.Builder builder = manager(
                        trouble.in(ApiKeyStore.class, stores.keys()),
                        trouble.in(TempKeyStore.class, stores.tempKeys()),
                        trouble.in(Authorizer.class, policy.authorizer()))
                .retention(besides.retention())
                .listener(trouble)
                .tellVerified();
        if (timeout != null) {
            builder.operationTimeout(timeout);
        }
        ConcurrentProgram program =
                besides.of(random, builder::build).reloading(policy::reload).allowingOutages(trouble::end);
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

    private static ApiKeys.Builder manager(ApiKeyStore keys, TempKeyStore tempKeys, Authorizer authorizer) {
        return ApiKeys.builder(keys)
                .handOff(tempKeys)
                .authorizer(authorizer)
                .maintenanceInterval(Duration.ofMillis(50));
    }
}
