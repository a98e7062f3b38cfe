package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What creating the next 50 000 keys costs where so many are present already, in seconds for the batch.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh CreateGrowthBenchmark}
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, batchSize = CreateGrowthBenchmark.BATCH)
@Measurement(iterations = 5, batchSize = CreateGrowthBenchmark.BATCH)
@State(Scope.Benchmark)
public class CreateGrowthBenchmark {
    static final int BATCH = 50_000;

    /** How many keys are present. */
    @Param({"1000", "100000", "1000000", "5000000"})
    public int present;

    private ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore()).build();

    /** Fills the store. */
    @Setup
    public void fill() {
        Scene.fill(keys, present, 0);
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
}
