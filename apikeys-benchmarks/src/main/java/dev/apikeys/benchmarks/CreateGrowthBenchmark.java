package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
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
 * What creating the next 50 000 keys costs where so many are present already, against {@link Floor}. The 50 000 are
 * deleted again after each batch, so that each meets as many.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh CreateGrowthBenchmark}
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 6, batchSize = CreateGrowthBenchmark.BATCH)
@Measurement(iterations = 8, batchSize = CreateGrowthBenchmark.BATCH)
public class CreateGrowthBenchmark {
    static final int BATCH = 50_000;

    /** A store that holds keys. */
    @State(Scope.Benchmark)
    public static class Present {
        /** How many keys are present. */
        @Param({"1000", "100000", "1000000", "5000000"})
        public int present;

        private final ApiKeyManager keys =
                ApiKeys.builder(new InMemoryApiKeyStore()).build();
        private final List<KeyId> created = new ArrayList<>(BATCH);

        /** Fills the store. */
        @Setup
        public void fill() {
            Scene.fill(keys, present, 0);
        }

        /** Takes out what the batch put in. */
        @TearDown(Level.Iteration)
        public void shrink() {
            created.forEach(keys::delete);
            created.clear();
        }

        /** Stops the manager's threads. */
        @TearDown
        public void close() {
            keys.close();
        }
    }

    /** A map that holds rows. */
    @State(Scope.Benchmark)
    public static class Rows {
        /** How many rows are present. */
        @Param({"1000", "100000", "1000000", "5000000"})
        public int present;

        private final Floor floor = new Floor();
        private final List<String> created = new ArrayList<>(BATCH);

        /** Fills the map. */
        @Setup
        public void fill() throws NoSuchAlgorithmException {
            for (int i = 0; i < present; i++) {
                floor.create();
            }
        }

        /** Takes out what the batch put in. */
        @TearDown(Level.Iteration)
        public void shrink() {
            created.forEach(secret -> floor.rows.remove(Floor.id(secret)));
            created.clear();
        }
    }

    /** One key. */
    @Benchmark
    public CreatedKey create(Present state) {
        CreatedKey key = state.keys.create(Scene.SPEC);
        state.created.add(key.id());
        return key;
    }

    /** The floor. */
    @Benchmark
    public String floor(Rows state) throws NoSuchAlgorithmException {
        String secret = state.floor.create();
        state.created.add(secret);
        return secret;
    }
}
