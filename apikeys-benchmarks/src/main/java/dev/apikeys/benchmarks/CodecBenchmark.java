package dev.apikeys.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.apikeys.DecodedPermissions;
import dev.apikeys.PermissionCodec;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What reading and writing a permission list costs, against Jackson reading a {@code String[]}, which checks no name,
 * sorts nothing and mends nothing.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh CodecBenchmark}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class CodecBenchmark {
    private final PermissionCodec codec = PermissionCodec.json();
    private final ObjectReader reader = new JsonMapper().readerFor(String[].class);
    private final Set<String> permissions = Set.of("admin", "download", "read", "upload");

    /** Not constants, which could be folded. */
    @SuppressWarnings("FieldCanBeFinal")
    private String intact = "[\"admin\",\"download\",\"read\",\"upload\"]";

    private String damaged = "[\" read\\,\\download\\,\\upload\\,\\admin\\]";

    /** Four names to text. */
    @Benchmark
    public String encode() {
        return codec.encode(permissions);
    }

    /** A sound text. */
    @Benchmark
    public DecodedPermissions decodeIntact() {
        return codec.decode(intact);
    }

    /** The text of the incident. */
    @Benchmark
    public DecodedPermissions decodeDamaged() {
        return codec.decode(damaged);
    }

    /** The floor. */
    @Benchmark
    public String[] floor() throws JsonProcessingException {
        return reader.readValue(intact);
    }
}
