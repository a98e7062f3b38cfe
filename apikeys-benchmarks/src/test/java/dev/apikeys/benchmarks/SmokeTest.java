package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs every benchmark once, for a moment, and reports it, so that none rots. Asserts no timing. */
class SmokeTest {
    @TempDir
    Path folder;

    @Test
    void everyBenchmarkRunsAndIsReported() throws Exception {
        List<RunResult> results = new ArrayList<>(run(once("(Create|Vault|Verify|Authorize|Codec)Benchmark")
                .param("live", "100", "1000")
                .param("keys", "10", "20")));
        results.addAll(run(once("JdbcBenchmark")
                .param("database", "postgresql", "h2", "sqlite")
                .threads(8)));
        Path json = folder.resolve("result.json");
        ResultFormatFactory.getInstance(ResultFormatType.JSON, json.toString()).writeOut(results);
        Environment environment = Environment.here("smoke", Optional.empty(), Optional.empty());
        new Report(Results.read(json)).write(folder.resolve("benchmarks.md"), folder.resolve("pictures"), environment);

        String report = Files.readString(folder.resolve("benchmarks.md"));
        assertThat(report)
                .contains("| verify, warm, speed | one hash and one map get |")
                .contains("| create, postgresql | the same INSERT by hand |")
                .contains("| verify, cold, sqlite | the same SELECT by hand |")
                .contains("vault-growth.svg", "authorize-growth.svg");
        // The encoder draws letters as outlines, so there is no text to look for.
        assertThat(folder.resolve("pictures").resolve("vault-growth.svg"))
                .content()
                .contains("<svg", "<path", "<line");
    }

    private static ChainedOptionsBuilder once(String classes) {
        return new OptionsBuilder()
                .include("dev\\.apikeys\\.benchmarks\\." + classes)
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(20))
                .shouldFailOnError(true);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }
}
