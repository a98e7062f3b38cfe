package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many keys are created in a second on the memory store, per number of threads, against {@link Floor}. Each iteration
 * begins with an empty store.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh '\.CreateBenchmark' -t 2 -prof gc}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class CreateBenchmark {
    private static final List<KeySpec> ONE = Collections.nCopies(1, Scene.SPEC);
    private static final List<KeySpec> FIFTY = Collections.nCopies(50, Scene.SPEC);
    private static final List<KeySpec> FIVE_HUNDRED = Collections.nCopies(500, Scene.SPEC);

    private ApiKeyManager keys = emptyManager();
    private Floor floor = new Floor();

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

    /** Stops the manager's threads. */
    @TearDown
    public void close() {
        keys.close();
    }

    /** One key. */
    @Benchmark
    public CreatedKey create() {
        return keys.create(Scene.SPEC);
    }

    /** One key with a hand-off: a sealed temp key besides. */
    @Benchmark
    public CreatedKey createHandedOff() {
        return keys.create(Scene.HANDED_OFF);
    }

    /** One key of one call for many. */
    @Benchmark
    public List<CreatedKey> createAll1() {
        return keys.createAll(ONE);
    }

    /** One of 50 keys of one call. */
    @Benchmark
    @OperationsPerInvocation(50)
    public List<CreatedKey> createAll50() {
        return keys.createAll(FIFTY);
    }

    /** One of 500 keys of one call. */
    @Benchmark
    @OperationsPerInvocation(500)
    public List<CreatedKey> createAll500() {
        return keys.createAll(FIVE_HUNDRED);
    }

    /** The floor. */
    @Benchmark
    public String floor() throws NoSuchAlgorithmException {
        return floor.create();
    }

    /** The floor, and a journal row. */
    @Benchmark
    public String floorWithJournal() throws NoSuchAlgorithmException {
        return floor.createWithJournal();
    }
}
