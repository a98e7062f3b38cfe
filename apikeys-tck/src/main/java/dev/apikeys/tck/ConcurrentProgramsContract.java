package dev.apikeys.tck;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random concurrent programs on a manager over your two stores, which must end with consistent results; see
 * {@link ConcurrentProgram}. Extend it, override {@link #store()} and {@link #tempKeyStore()}, and run it with JUnit.
 * One of the tests injects faults into stores and clocks.
 *
 * <p>Each test runs 3 programs, or as many as the system property {@code apikeys.tck.programs} says, from random seeds,
 * or ascending ones from the system property {@code apikeys.tck.seed}. In turn they run plainly, with an immediate
 * purge of ended keys, and with a close of the manager during use. A failure prints the seed, the program, and the log
 * of each thread; a program that hangs does not block the build. Not thread-safe: JUnit creates an instance for each
 * test.
 *
 * @since 0.1
 */
@Timeout(value = 10 * 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ConcurrentProgramsContract {
    private static final int STEPS = 40;

    /** For subclasses. */
    protected ConcurrentProgramsContract() {}

    /**
     * Returns the key store to test. Called once for each test, before {@link #tempKeyStore()}.
     *
     * @return a store that holds no rows
     * @throws Exception if there is none, which fails the test
     */
    protected abstract ApiKeyStore store() throws Exception;

    /**
     * Returns the temp key store to test. Called once for each test.
     *
     * @return a store that holds no rows and has room for 1 000
     * @throws Exception if there is none, which fails the test
     */
    protected abstract TempKeyStore tempKeyStore() throws Exception;

    /**
     * Returns how long an operation may last before it counts as hanging: longer than the stores' own bounds, on a slow
     * machine.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    /**
     * Runs programs of two threads.
     *
     * @throws Exception if a store cannot be had
     */
    @Test
    public final void programsOf2ThreadsEndAndAddUp() throws Exception {
        programs(2);
    }

    /**
     * Runs programs of a few threads more than there usually are processors.
     *
     * @throws Exception if a store cannot be had
     */
    @Test
    public final void programsOf6ThreadsEndAndAddUp() throws Exception {
        programs(6);
    }

    /**
     * Runs programs of many threads.
     *
     * @throws Exception if a store cannot be had
     */
    @Test
    public final void programsOf16ThreadsEndAndAddUp() throws Exception {
        programs(16);
    }

    /**
     * Runs programs of a few threads, with faults in stores and clocks.
     *
     * @throws Exception if a store cannot be had
     */
    @Test
    public final void programsThroughChaosEndAndAddUp() throws Exception {
        ApiKeyStore store = Objects.requireNonNull(store(), "store() returned null");
        TempKeyStore tempKeyStore = Objects.requireNonNull(tempKeyStore(), "tempKeyStore() returned null");
        for (long seed : seeds()) {
            Chaos chaos = new Chaos(seed);
            ConcurrentProgram program = ConcurrentProgram.random(seed, 6, STEPS)
                    .patience(patience())
                    .allowingOutages(chaos::end);
            Duration retention = Math.floorMod(seed, 2) == 0 ? Duration.ofDays(1) : Duration.ofMillis(1);
            run(Math.floorMod(seed, 2) == 0 ? program : program.purging(), () -> {
                ApiKeyManager manager = builder(chaos.over(store), chaos.over(tempKeyStore), retention)
                        .clock(chaos.clock())
                        .ticker(chaos.ticker())
                        .build();
                chaos.callsBack(manager);
                return manager;
            });
        }
    }

    private static long[] seeds() {
        long first = Long.getLong("apikeys.tck.seed", new Random().nextInt(Integer.MAX_VALUE));
        return LongStream.range(first, first + Integer.getInteger("apikeys.tck.programs", 3))
                .toArray();
    }

    private void programs(int threads) throws Exception {
        ApiKeyStore store = Objects.requireNonNull(store(), "store() returned null");
        TempKeyStore tempKeyStore = Objects.requireNonNull(tempKeyStore(), "tempKeyStore() returned null");
        for (long each : seeds()) {
            ConcurrentProgram program =
                    ConcurrentProgram.random(each, threads, STEPS).patience(patience());
            switch (Math.floorMod(each, 3)) {
                case 0 -> run(program, () -> manager(store, tempKeyStore, Duration.ofDays(1)));
                case 1 -> run(program.purging(), () -> manager(store, tempKeyStore, Duration.ofMillis(1)));
                default -> {
                    Supplier<ApiKeyManager> managers = () -> manager(store, tempKeyStore, Duration.ofDays(1));
                    run(program.closing(managers), managers);
                }
            }
        }
    }

    private static void run(ConcurrentProgram program, Supplier<ApiKeyManager> managers) {
        ApiKeyManager manager = managers.get();
        boolean ended = false;
        try {
            program.run(manager, body -> new Thread(body, "apikeys-tck program"));
            ended = true;
        } finally {
            if (!ended) {
                ProgramRun.closeLater(manager);
            }
        }
        manager.close();
    }

    private static ApiKeyManager manager(ApiKeyStore store, TempKeyStore tempKeyStore, Duration retention) {
        return builder(store, tempKeyStore, retention).build();
    }

    private static ApiKeys.Builder builder(ApiKeyStore store, TempKeyStore tempKeyStore, Duration retention) {
        return ApiKeys.builder(store)
                .handOff(tempKeyStore)
                .maintenanceInterval(Duration.ofMillis(20))
                .retention(retention);
    }
}
