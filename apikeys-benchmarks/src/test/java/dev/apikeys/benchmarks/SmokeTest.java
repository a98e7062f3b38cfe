package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs every benchmark on memory once, for a moment, and reports it, so that none rots. Asserts no timing. */
class SmokeTest {
    @TempDir
    Path folder;

    @Test
    void everyBenchmarkRunsAndIsReported() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("dev\\.apikeys\\.benchmarks\\.(Create|Vault|Verify|Authorize|Codec)Benchmark")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .param("live", "100", "1000")
                        .param("keys", "10", "20")
                        .shouldFailOnError(true)
                        .build())
                .run();
        Path json = folder.resolve("result.json");
        ResultFormatFactory.getInstance(ResultFormatType.JSON, json.toString()).writeOut(results);
        Environment environment = Environment.here("smoke", Optional.empty(), Optional.empty());
        new Report(Results.read(json)).write(folder.resolve("benchmarks.md"), folder.resolve("pictures"), environment);

        String report = Files.readString(folder.resolve("benchmarks.md"));
        assertThat(report)
                .contains("| verify, warm, speed | one hash and one map get |")
                .contains("vault-growth.svg", "authorize-growth.svg");
        // The encoder draws letters as outlines, so there is no text to look for.
        assertThat(folder.resolve("pictures").resolve("vault-growth.svg"))
                .content()
                .contains("<svg", "<path", "<line");
    }
}
