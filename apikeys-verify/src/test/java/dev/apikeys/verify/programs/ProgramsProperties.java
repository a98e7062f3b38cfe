package dev.apikeys.verify.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgram;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Programs end and add up on every store, with and without a timeout, and whatever stores and listeners do. Each store
 * meets each trouble; the system property {@code apikeys.verify.times} says how many programs are drawn for each pair: 1,
 * unless it is set.
 */
class ProgramsProperties {
    private static final int TIMES = Integer.getInteger("apikeys.verify.times", 1);
    private static final Duration TIMEOUT = Duration.ofMillis(200);

    /** For what an operation does besides waiting. */
    private static final Duration SLACK = Duration.ofMillis(700);

    /** As often as an operation may be kept from going on: in the beginning, when it is answered, and when it answers. */
    private static final int WAKE_UPS = 3;

    /** Usage, temp keys, keys and hashes: each is an operation. */
    private static final int PARTS_OF_MAINTENANCE = 4;

    /** For what is left to be told at a close. */
    private static final Duration LAST_EVENTS = Duration.ofSeconds(1);

    /** A program of a few threads, drawn anew each time, while the stores and what goes on besides take turns. */
    private record Draw(long seed, int threads, int steps) {
        static Draw any() {
            Random random = new Random();
            return new Draw(random.nextInt(), 2 + random.nextInt(15), 5 + random.nextInt(16));
        }

        ConcurrentProgram program() {
            return ConcurrentProgram.random(seed, threads, steps);
        }
    }

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

    @Property(generation = GenerationMode.EXHAUSTIVE)
    void endAndAddUpOnEveryStore(@ForAll Stores.Kind kind, @ForAll Besides besides, @ForAll boolean timeout) {
        for (int i = 0; i < TIMES; i++) {
            Draw draw = Draw.any();
            StartedThreads threads = new StartedThreads();
            try (Stores stores = Stores.of(kind)) {
                Policy policy = new Policy();
                ApiKeys.Builder builder = manager(stores.keys(), stores.tempKeys(), policy.authorizer())
                        .retention(besides.retention());
                if (timeout) {
                    builder.operationTimeout(Duration.ofSeconds(60));
                }
                try (ApiKeyManager manager = builder.build()) {
                    besides.of(draw.program(), builder::build)
                            .reloading(policy::reload)
                            .run(manager, Thread::new);
                }
            }
            threads.assertEnded(draw);
        }
    }

    @Tag("ci")
    @Property(generation = GenerationMode.EXHAUSTIVE)
    void withATimeoutEveryOperationEndsEvenIfAStoreHangs(@ForAll Stores.Kind kind, @ForAll Besides besides) {
        for (int i = 0; i < TIMES; i++) {
            Draw draw = Draw.any();
            try (Stores stores = Stores.of(kind);
                    WakeUps wakeUps = WakeUps.watched()) {
                ConcurrentProgram.Report report =
                        run(draw.program(), besides, stores, new Trouble(draw.seed), TIMEOUT, Thread::new);
                Duration late = wakeUps.latest();
                report.longest()
                        .forEach((method, time) -> assertThat(time)
                                .as("%s, longest %s, and a thread woke up %s late", draw, method, late)
                                .isLessThan(bound(method).plus(late.multipliedBy(WAKE_UPS))));
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

    @Property(generation = GenerationMode.EXHAUSTIVE)
    void withoutATimeoutEveryOperationEndsOnceItIsLetGo(@ForAll Stores.Kind kind, @ForAll Besides besides) {
        ScheduledExecutorService releasing = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < TIMES; i++) {
                Draw draw = Draw.any();
                Trouble trouble = new Trouble(draw.seed);
                releasing.scheduleWithFixedDelay(trouble::letGo, 20, 20, TimeUnit.MILLISECONDS);
                try (Stores stores = Stores.of(kind)) {
                    run(draw.program(), besides, stores, trouble, null, Thread::new);
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
            run(ConcurrentProgram.random(1, 8, 20), Besides.NOTHING, stores, trouble, TIMEOUT, Thread::new);
        }

        assertThat(trouble.counts()).allMatch(count -> count > 0);
    }

    /** Runs a program in trouble, of which nothing is left in the end: no call, no stall, and no thread. */
    @SuppressWarnings("try") // Nobody asks what is done in the end.
    static ConcurrentProgram.Report run(
            ConcurrentProgram random,
            Besides besides,
            Stores stores,
            Trouble trouble,
            @Nullable Duration timeout,
            ThreadFactory factory) {
        StartedThreads threads = new StartedThreads();
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
        ConcurrentProgram.Report report;
        ApiKeyManager manager = builder.build();
        try (End end = () -> close(manager, besides)) {
            trouble.callsBack(manager);
            try {
                report = program.run(manager, factory);
                assertThat(manager.stalls()).as("%s", program).isEmpty();
                assertThat(trouble.hanging()).as("%s, calls that hang", program).isZero();
            } finally {
                trouble.end();
            }
        }
        threads.assertEnded(program);
        return report;
    }

    /** What is done in the end in any case. */
    private interface End extends AutoCloseable {
        @Override
        void close();
    }

    /** A close amid trouble may lose uses, and one that comes later says so again. */
    private static void close(ApiKeyManager manager, Besides besides) {
        try {
            manager.close();
        } catch (StorageException lost) {
            if (besides != Besides.A_CLOSE) {
                throw lost;
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
