package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures and reports: {@code quick} in under five minutes, {@code full} in an hour and a half, {@code report} the last
 * run's figures again, {@code jmh …} whatever JMH's own command line says.
 */
public final class Bench {
    private static final Path JSON = Path.of("apikeys-benchmarks", "target", "jmh-result.json");
    private static final Path DOCUMENT = Path.of("docs", "benchmarks.md");
    private static final Path PICTURES = Path.of("docs", "benchmarks");

    /** Fixed and touched beforehand: the first touch of a page otherwise costs more than what is measured. */
    private static final String[] HEAP = {"-Xms8g", "-Xmx8g", "-XX:+AlwaysPreTouch"};

    private Bench() {}

    /**
     * Runs.
     *
     * @param args the mode, and for {@code jmh} its arguments
     * @throws Exception if a benchmark or the report failed
     */
    public static void main(String[] args) throws Exception {
        switch (args.length == 0 ? "" : args[0]) {
            case "quick" -> measure("quick", quick());
            case "full" -> measure("full", full());
            case "report" -> report("last");
            case "jmh" -> org.openjdk.jmh.Main.main(Arrays.copyOfRange(args, 1, args.length));
            default -> throw new IllegalArgumentException("Say one of: quick, full, report, jmh");
        }
    }

    private static void measure(String mode, List<ChainedOptionsBuilder> parts) throws IOException, RunnerException {
        List<RunResult> all = new ArrayList<>();
        for (ChainedOptionsBuilder part : parts) {
            Collection<RunResult> results =
                    new Runner(part.shouldFailOnError(true).build()).run();
            all.addAll(results);
        }
        Files.createDirectories(JSON.toAbsolutePath().getParent());
        ResultFormatFactory.getInstance(ResultFormatType.JSON, JSON.toString()).writeOut(all);
        report(mode);
    }

    private static void report(String mode) throws IOException {
        Environment environment =
                Environment.here(mode, Optional.of(Footprint.bytesPerKey()), Optional.of(Footprint.bytesPerTempKey()));
        new Report(Results.read(JSON)).write(DOCUMENT, PICTURES, environment);
        System.out.println("Written: " + DOCUMENT);
    }

    private static List<ChainedOptionsBuilder> quick() {
        return List.of(
                brief("CreateBenchmark\\.(create|floor)$").threads(1),
                brief("CreateBenchmark\\.(create|floor)$").threads(2),
                brief("VerifyBenchmark\\.(warm|floorCopied|floorNew|badChecksum)$")
                        .addProfiler(GCProfiler.class),
                brief("VaultBenchmark").param("live", "100", "10000"),
                brief("AuthorizeBenchmark\\.(Ours|PerKey)\\.(verify|enforcer)$").param("keys", "10", "1000", "10000"),
                brief("CodecBenchmark"));
    }

    private static ChainedOptionsBuilder brief(String include) {
        return options(include)
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(3)
                .measurementTime(TimeValue.seconds(1));
    }

    private static List<ChainedOptionsBuilder> full() {
        List<ChainedOptionsBuilder> parts = new ArrayList<>();
        for (int threads : List.of(1, 2, 4, 8)) {
            parts.add(thorough("CreateBenchmark").threads(threads));
        }
        parts.add(options("CreateGrowthBenchmark").forks(2));
        parts.add(thorough("VerifyBenchmark").addProfiler(GCProfiler.class));
        parts.add(thorough("VaultBenchmark"));
        parts.add(thorough("AuthorizeBenchmark"));
        parts.add(thorough("CodecBenchmark").addProfiler(GCProfiler.class));
        parts.add(thorough("JdbcBenchmark").threads(8));
        return parts;
    }

    private static ChainedOptionsBuilder thorough(String include) {
        return options(include)
                .forks(2)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(2))
                .measurementIterations(5)
                .measurementTime(TimeValue.seconds(2));
    }

    private static ChainedOptionsBuilder options(String include) {
        return new OptionsBuilder().include(include).jvmArgsAppend(HEAP);
    }
}
