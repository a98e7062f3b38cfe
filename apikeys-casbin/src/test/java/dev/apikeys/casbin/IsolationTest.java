package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several authorizers in one JVM, asked at once by several threads, some being reloaded meanwhile. */
class IsolationTest {

    enum Kind {
        SHIPPED(CasbinAuthorizer::fromPolicy, 5_000),
        OWN(policy -> CasbinAuthorizer.fromModel(CasbinAuthorizer.shippedModel(), policy), 500);

        private final Function<String, CasbinAuthorizer> factory;
        private final int rounds;

        Kind(Function<String, CasbinAuthorizer> factory, int rounds) {
            this.factory = factory;
            this.rounds = rounds;
        }
    }

    private static final int THREADS = 4;
    private static final long SEED = System.nanoTime();

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** The same names and paths in both, with opposite answers: whatever leaks from one to the other is an error. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void authorizersDoNotInfluenceEachOther(Kind kind) throws Exception {
        CasbinAuthorizer even = kind.factory.apply(policy(0));
        CasbinAuthorizer odd = kind.factory.apply(policy(1));
        CasbinAuthorizer reloaded = kind.factory.apply(policy(0));
        AtomicBoolean done = new AtomicBoolean();
        LongAdder allowed = new LongAdder();
        CyclicBarrier start = new CyclicBarrier(THREADS + 1);

        Future<Integer> reloads = threads.submit(() -> {
            start.await(10, TimeUnit.SECONDS);
            int count = 0;
            while (!done.get() || count < 10) {
                reloaded.reload(policy(count % 2));
                count++;
            }
            return count;
        });
        List<Callable<Void>> askers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(SEED + i);
            askers.add(() -> {
                start.await(10, TimeUnit.SECONDS);
                ask(even, odd, kind.rounds, random, allowed);
                return null;
            });
        }
        List<Future<Void>> asked = askers.stream().map(threads::submit).toList();
        for (Future<Void> each : asked) {
            each.get(60, TimeUnit.SECONDS);
        }
        done.set(true);

        assertThat(reloads.get(10, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(10);
        assertThat(allowed.sum()).as("each round allows exactly one").isEqualTo((long) THREADS * kind.rounds);
    }

    private static void ask(CasbinAuthorizer even, CasbinAuthorizer odd, int rounds, Random random, LongAdder allowed) {
        for (int i = 0; i < rounds; i++) {
            int n = random.nextInt(10);
            Set<String> granted = Set.of("p" + n);
            boolean first = even.allows(granted, "/files/" + n, "GET");
            boolean second = odd.allows(granted, "/files/" + n, "GET");
            if (first != (n % 2 == 0) || second != (n % 2 == 1)) {
                throw new AssertionError(
                        "even answered " + first + " and odd " + second + " for " + n + ", seed " + SEED);
            }
            allowed.increment();
        }
    }

    /** Allows p0 to p9 the file of their number if its parity is the one given. */
    private static String policy(int parity) {
        StringBuilder policy = new StringBuilder();
        for (int n = 0; n < 10; n++) {
            String effect = n % 2 == parity ? "allow" : "deny";
            policy.append("p, p%d, /files/%d, GET|HEAD, %s%n".formatted(n, n, effect));
        }
        return policy.toString();
    }

    /** Both policies deny; the allows of one without the denies of the same would allow. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void aReloadIsSeenWholeOrNotAtAll(Kind kind) throws Exception {
        String denied = "p, a, /x, GET, allow\np, b, /x, GET, deny\n";
        String silent = "p, a, /y, GET, allow\n";
        CasbinAuthorizer authorizer = kind.factory.apply(denied);
        AtomicBoolean done = new AtomicBoolean();
        Future<Integer> reloads = threads.submit(() -> {
            int count = 0;
            while (!done.get() || count < 100) {
                authorizer.reload(count % 2 == 0 ? silent : denied);
                count++;
            }
            return count;
        });

        try {
            for (int i = 0; i < 10 * kind.rounds; i++) {
                assertThat(authorizer.allows(Set.of("a", "b"), "/x", "GET")).isFalse();
            }
        } finally {
            done.set(true);
        }
        assertThat(reloads.get(60, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(100);
    }

    /** The file is a pipe, whose writer can open it only once a reload reads it. */
    @Test
    void ofTwoReloadsThatOverlapTheOneThatBeganLaterStaysInForce(@TempDir Path dir) throws Exception {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("");
        Path pipe = dir.resolve("policy.csv");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Future<?> older = threads.submit(() -> authorizer.reload(pipe));

        try (OutputStream writer = Files.newOutputStream(pipe)) {
            authorizer.reload("p, a, /newer, GET, allow");
            writer.write("p, a, /older, GET, allow".getBytes(StandardCharsets.UTF_8));
        }
        older.get(10, TimeUnit.SECONDS);

        assertThat(authorizer.allows(Set.of("a"), "/newer", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a"), "/older", "GET")).isFalse();
    }

    @Test
    void aRefusedReloadDoesNotStopAnOlderOne(@TempDir Path dir) throws Exception {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("");
        Path pipe = dir.resolve("policy.csv");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Future<?> older = threads.submit(() -> authorizer.reload(pipe));

        try (OutputStream writer = Files.newOutputStream(pipe)) {
            assertThatIllegalArgumentException().isThrownBy(() -> authorizer.reload("nonsense"));
            writer.write("p, a, /older, GET, allow".getBytes(StandardCharsets.UTF_8));
        }
        older.get(10, TimeUnit.SECONDS);

        assertThat(authorizer.allows(Set.of("a"), "/older", "GET")).isTrue();
    }
}
