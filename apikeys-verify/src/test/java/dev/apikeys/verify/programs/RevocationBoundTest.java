package dev.apikeys.verify.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Three nodes in real time, each with its own feed: none accepts a key that was revoked {@code cacheMaxAge} ago, whatever the
 * feed or the store does meanwhile. The bound asks for no fast machine, since an answer counts from when it was asked for.
 */
@Tag("ci")
class RevocationBoundTest {
    private static final Duration MAX_AGE = Duration.ofMillis(600);

    /** Records are older by then than they may be without a feed. */
    private static final Duration LONG_ENOUGH = MAX_AGE.multipliedBy(2);

    /** Waited for only where a rule is broken. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int NODES = 3;
    private static final int KEYS = 5;

    /** What happens to the nodes that do not revoke, from before a revocation until long after it. */
    enum Trouble {
        NONE,
        POLLS_FAIL,
        POLLS_HANG,
        STORE_IS_GONE
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"MEMORY", "H2_10", "POSTGRESQL_10"})
    void aRevokedKeyIsRefusedAfterCacheMaxAge(Stores.Kind kind) {
        List<Stores> stores = kind == Stores.Kind.POSTGRESQL_10 ? Stores.ofTwoNodes() : List.of(Stores.of(kind));
        try (Fleet fleet = new Fleet(stores)) {
            for (Trouble trouble : Trouble.values()) {
                long greatest = fleet.revokeAmid(trouble);
                System.out.printf(
                        "RevocationBoundTest, %s, %s: a revoked key was accepted for up to %d ms, allowed: less than %d%n",
                        kind, trouble, greatest / 1_000_000, MAX_AGE.toMillis());
                assertThat(greatest).as("%s amid %s", kind, trouble).isLessThan(MAX_AGE.toNanos());
            }
        } finally {
            stores.forEach(Stores::close);
        }
    }

    /** The way of a node to the store. Thread-safe. */
    private static final class Wire {
        private final ApiKeyStore store;
        private final AtomicReference<CountDownLatch> hanging = new AtomicReference<>(new CountDownLatch(0));
        private volatile Trouble trouble = Trouble.NONE;

        Wire(ApiKeyStore store) {
            this.store = store;
        }

        ApiKeyStore end() {
            return (ApiKeyStore) Proxy.newProxyInstance(
                    ApiKeyStore.class.getClassLoader(),
                    new Class<?>[] {ApiKeyStore.class},
                    (proxy, method, arguments) -> call(method, arguments));
        }

        private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
            boolean isPoll = method.getName().equals("changes");
            if (trouble == Trouble.STORE_IS_GONE || (isPoll && trouble == Trouble.POLLS_FAIL)) {
                throw new StorageException("gone", null);
            }
            try {
                Object answer = method.invoke(store, arguments);
                if (isPoll && trouble == Trouble.POLLS_HANG) {
                    hanging.get().await();
                }
                return answer;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        void meet(Trouble next) {
            hanging.set(new CountDownLatch(1));
            trouble = next;
        }

        void recover() {
            trouble = Trouble.NONE;
            hanging.get().countDown();
        }
    }

    /** When a key was revoked; 0 before that. */
    private record Revocable(CreatedKey key, AtomicLong revokedAt) {}

    /** Nodes, and a thread on each that verifies all keys again and again. */
    private static final class Fleet implements AutoCloseable {
        private final List<Wire> wires = new ArrayList<>();
        private final List<ApiKeyManager> nodes = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();
        private final AtomicReference<List<Revocable>> keys = new AtomicReference<>(List.of());

        /** The last answer of each node about each key. */
        private final Map<List<Object>, Code> answers = new ConcurrentHashMap<>();

        private final AtomicLong greatest = new AtomicLong();
        private volatile boolean ends;

        Fleet(List<Stores> stores) {
            for (int i = 0; i < NODES; i++) {
                Wire wire = new Wire(stores.get(i % stores.size()).keys());
                wires.add(wire);
                nodes.add(ApiKeys.builder(wire.end())
                        .cacheMaxAge(MAX_AGE)
                        .cacheLifetime(Duration.ofMinutes(10))
                        .followInterval(Duration.ofMillis(50))
                        .maintainedByHost()
                        .build());
            }
            for (ApiKeyManager node : nodes) {
                Thread thread = new Thread(() -> verifyAgainAndAgain(node), "verifies");
                threads.add(thread);
                thread.start();
            }
        }

        private void verifyAgainAndAgain(ApiKeyManager node) {
            while (!ends) {
                for (Revocable each : keys.get()) {
                    long begun = System.nanoTime();
                    Code code = node.verify(each.key.secret().reveal()).code();
                    answers.put(List.of(node, each.key.id()), code);
                    long revoked = each.revokedAt.get();
                    if (code == Code.VALID && revoked != 0) {
                        greatest.accumulateAndGet(begun - revoked, Math::max);
                    }
                }
                LockSupport.parkNanos(500_000);
            }
        }

        /** Revokes keys that all nodes know. Returns for how long one was accepted afterwards, in nanoseconds. */
        long revokeAmid(Trouble trouble) {
            greatest.set(0);
            List<Revocable> made = new ArrayList<>();
            for (int i = 0; i < KEYS; i++) {
                CreatedKey key = nodes.get(0)
                        .create(KeySpec.builder("bound").role("read_only").build());
                made.add(new Revocable(key, new AtomicLong()));
            }
            keys.set(made);
            until(() -> allAnswer(made, Code.VALID));
            // Records get old meanwhile, and are used since polls succeed.
            pass(LONG_ENOUGH);
            wires.subList(1, NODES).forEach(wire -> wire.meet(trouble));
            for (Revocable each : made) {
                nodes.get(0).revoke(each.key.id(), "leaked");
                each.revokedAt.set(System.nanoTime());
                pass(MAX_AGE.dividedBy(KEYS));
            }
            pass(LONG_ENOUGH);
            wires.forEach(Wire::recover);
            until(() -> allAnswer(made, Code.REVOKED));
            return greatest.get();
        }

        private boolean allAnswer(List<Revocable> made, Code code) {
            return nodes.stream()
                    .allMatch(node ->
                            made.stream().allMatch(each -> answers.get(List.of(node, each.key.id())) == code));
        }

        private static void pass(Duration time) {
            long end = System.nanoTime() + time.toNanos();
            until(() -> System.nanoTime() - end >= 0);
        }

        private static void until(BooleanSupplier condition) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("Not within " + PATIENCE);
                }
                LockSupport.parkNanos(1_000_000);
            }
        }

        @Override
        public void close() {
            ends = true;
            wires.forEach(Wire::recover);
            until(() -> threads.stream().noneMatch(Thread::isAlive));
            nodes.forEach(ApiKeyManager::close);
        }
    }
}
