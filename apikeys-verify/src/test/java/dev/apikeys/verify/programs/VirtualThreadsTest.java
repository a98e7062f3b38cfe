package dev.apikeys.verify.programs;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.Verification;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.tck.ConcurrentProgram;
import dev.apikeys.verify.programs.ProgramsProperties.Besides;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of thousands of virtual threads end and add up, on few carriers, and on pools of few connections. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest {
    private static final int THOUSANDS = 2_000;
    private static final int HUNDREDS = 200;
    private static final int FEWEST = 50;

    /** A manager without a timeout waits for so long before it takes a load for one that hangs. */
    private static final Duration LONGEST_LOAD = Duration.ofSeconds(2);

    /** Longer than a close may take, which gives up on operations after 10 seconds, and then on the last flush. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** So many that whoever closes comes in among the others, who have all begun. */
    private static final int STEPS_BESIDES_A_CLOSE = 4;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thousandsEndAndAddUpInMemory(boolean timeout) throws ReflectiveOperationException {
        run(Stores.Kind.MEMORY, 3_000, 2, Besides.PURGES, timeout);
    }

    @ParameterizedTest
    @EnumSource
    void thousandsEndAndAddUpOnFewConnections(Stores.Kind kind) throws ReflectiveOperationException {
        run(kind, THOUSANDS, 1, Besides.PURGES, false);
    }

    /** In memory thousands; a database has to be done with all that are inside before the close gives up. */
    @ParameterizedTest
    @EnumSource
    void aCloseTurnsThemAway(Stores.Kind kind) throws ReflectiveOperationException {
        int threads = kind == Stores.Kind.MEMORY ? THOUSANDS : HUNDREDS;
        run(kind, threads, STEPS_BESIDES_A_CLOSE, Besides.A_CLOSE, false);
    }

    @ParameterizedTest
    @EnumSource(names = {"MEMORY", "H2_2", "POSTGRESQL_2"})
    void withATimeoutThousandsEndEvenIfAStoreHangs(Stores.Kind kind) throws ReflectiveOperationException {
        try (Stores stores = Stores.of(kind)) {
            int seed = new Random().nextInt();
            ProgramsProperties.run(
                    closing(seed), Besides.A_CLOSE, stores, new Trouble(seed), Duration.ofSeconds(1), virtual());
        }
    }

    @Test
    void withoutATimeoutThousandsEndOnceTheyAreLetGo() throws ReflectiveOperationException {
        ScheduledExecutorService releasing = Executors.newSingleThreadScheduledExecutor();
        try (Stores stores = Stores.of(Stores.Kind.MEMORY)) {
            int seed = new Random().nextInt();
            Trouble trouble = new Trouble(seed);
            releasing.scheduleWithFixedDelay(trouble::letGo, 20, 20, TimeUnit.MILLISECONDS);
            ProgramsProperties.run(closing(seed), Besides.A_CLOSE, stores, trouble, null, virtual());
        } finally {
            releasing.shutdownNow();
        }
    }

    private static ConcurrentProgram closing(int seed) {
        return ConcurrentProgram.random(seed, THOUSANDS, STEPS_BESIDES_A_CLOSE).patience(PATIENCE);
    }

    /** Where the machine is so busy that a load outlasts the manager's patience, which is an outage to it, with fewer. */
    private static void run(Stores.Kind kind, int threads, int steps, Besides besides, boolean timeout)
            throws ReflectiveOperationException {
        AtomicLong longest = new AtomicLong();
        try {
            run(kind, threads, steps, besides, timeout, longest);
        } catch (AssertionError e) {
            boolean isOutage = String.valueOf(e.getMessage()).contains(Verification.Code.STORE_UNAVAILABLE.name());
            if (!isOutage || longest.get() < LONGEST_LOAD.toNanos() || threads < FEWEST) {
                throw e;
            }
            run(kind, threads / 4, steps, besides, timeout);
        }
    }

    private static void run(
            Stores.Kind kind, int threads, int steps, Besides besides, boolean timeout, AtomicLong longest)
            throws ReflectiveOperationException {
        ConcurrentProgram program = ConcurrentProgram.random(new Random().nextInt(), threads, steps);
        StartedThreads started = new StartedThreads();
        try (Stores stores = Stores.of(kind)) {
            Policy policy = new Policy();
            ApiKeys.Builder builder = ApiKeys.builder(timed(stores.keys(), longest))
                    .handOff(stores.tempKeys())
                    .authorizer(policy.authorizer())
                    .retention(besides.retention());
            if (timeout) {
                builder.operationTimeout(Duration.ofSeconds(60));
            }
            try (ApiKeyManager manager = builder.build()) {
                besides.of(program, builder::build)
                        .patience(PATIENCE)
                        .reloading(policy::reload)
                        .run(manager, virtual());
            }
        }
        started.assertEnded(program);
    }

    /** The store, of which the longest load is noted. */
    private static ApiKeyStore timed(ApiKeyStore store, AtomicLong longest) {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    long begun = System.nanoTime();
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (method.getName().startsWith("find")) {
                            longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
                        }
                    }
                });
    }

    /** {@code Thread.ofVirtual().factory()}, which Java 17 does not have. */
    private static ThreadFactory virtual() throws ReflectiveOperationException {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        return (ThreadFactory)
                Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
    }
}
