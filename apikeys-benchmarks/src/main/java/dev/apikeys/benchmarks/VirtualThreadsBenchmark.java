package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many keys virtual threads create in a second on the memory store, against {@link Floor}: so many threads at once
 * share the work and end. JMH's own virtual threads wait for each other without giving way, and so forever on few cores.
 * Needs Java 21. Each iteration begins with an empty store.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh VirtualThreadsBenchmark}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class VirtualThreadsBenchmark {
    static final int FIRST_JAVA = 21;

    private static final int KEYS = 51_200;

    /** How many threads there are at once. */
    @Param({"8", "64", "512"})
    public int virtualThreads;

    private final ExecutorService executor = newExecutor();
    private ApiKeyManager keys = emptyManager();
    private Floor floor = new Floor();

    /** The build is for an older Java. */
    private static ExecutorService newExecutor() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Virtual threads need Java " + FIRST_JAVA, e);
        }
    }

    private static ApiKeyManager emptyManager() {
        return ApiKeys.builder(new InMemoryApiKeyStore())
                .handOff(new InMemoryTempKeyStore(20_000_000))
                .build();
    }

    /** Empties the stores. */
    @Setup(Level.Iteration)
    public void empty() {
        keys.close();
        keys = emptyManager();
        floor = new Floor();
    }

    /** Stops all threads. */
    @TearDown
    public void close() {
        executor.shutdown();
        keys.close();
    }

    /** One key. */
    @Benchmark
    @OperationsPerInvocation(KEYS)
    public List<Future<Object>> create() throws InterruptedException {
        return shared(() -> keys.create(Scene.SPEC));
    }

    /** One key with a hand-off. */
    @Benchmark
    @OperationsPerInvocation(KEYS)
    public List<Future<Object>> createHandedOff() throws InterruptedException {
        return shared(() -> keys.create(Scene.HANDED_OFF));
    }

    /** The floor. */
    @Benchmark
    @OperationsPerInvocation(KEYS)
    public List<Future<Object>> floor() throws InterruptedException {
        return shared(() -> floor.create());
    }

    private List<Future<Object>> shared(Callable<Object> one) throws InterruptedException {
        int each = KEYS / virtualThreads;
        return executor.invokeAll(Collections.nCopies(virtualThreads, () -> {
            Object last = one;
            for (int i = 0; i < each; i++) {
                last = one.call();
            }
            return last;
        }));
    }
}
