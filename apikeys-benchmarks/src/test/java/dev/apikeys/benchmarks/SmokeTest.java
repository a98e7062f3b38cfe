package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        List<Path> measured = List.of(
                run(once("(Create|Vault|JdbcVault|Verify|Authorize|Guard|Codec)Benchmark")
                        .param("live", "100", "1000")
                        .param("keys", "10", "20")),
                run(once("CreateGrowthBenchmark")
                        .param("present", "10", "100")
                        .warmupBatchSize(1)
                        .measurementBatchSize(10)),
                run(once("ListBenchmark").param("present", "2000")),
                run(inDatabase("JdbcBenchmark", "h2")),
                // One writer at a time: on a busy machine the last of eight waits for longer than its timeout.
                run(inDatabase("JdbcBenchmark\\.(create|insert|batch).*", "sqlite")
                        .threads(1)),
                run(inDatabase("JdbcBenchmark\\.(verifyCold|selectByHand)$", "sqlite")),
                run(once("ScaleBenchmark").param("present", "100000")),
                run(inDatabase("JdbcBenchmark\\.(create|insertByHand)$", "postgresql")));
        if (Runtime.version().feature() >= VirtualThreadsBenchmark.FIRST_JAVA) {
            run(once("VirtualThreadsBenchmark"));
        }
        Files.writeString(folder.resolve("README.md"), Publication.BEGIN + "\nold\n" + Publication.END + "\nrest\n");
        Environment environment =
                Environment.here("quick", Footprint.bytesPerKey(1_000), Footprint.bytesPerTempKey(1_000));
        Publication.of(folder, Figures.of(environment, measured)).publish();

        assertThat(folder.resolve("docs").resolve("benchmarks.md"))
                .content()
                .contains(environment.commit(), "PostgreSQL 1", "run `full` for the rest")
                .contains("| verify, warm | one hash and one map get |")
                .contains("| time of the guard as a servlet filter | the verification that it makes |")
                .contains("| the guard on the server of the JDK, ns beside the verification | - |", "| at most 2,000 |")
                .contains("| create, postgresql, threads: 8 | the same INSERT by hand |")
                .contains("| time to list the last 100 keys of 1 M, memory | the first 100 |")
                .contains("| verify, cold, sqlite, threads: 8 | the same SELECT by hand, and a hash |")
                .contains("benchmarks/vault-growth.svg", "benchmarks/create-growth.svg");
        assertThat(folder.resolve("README.md"))
                .content()
                .contains("| verify, warm | one hash and one map get |", Publication.END + "\nrest\n")
                .doesNotContain("old");
        // The encoder draws letters as outlines, so there is no text to look for.
        assertThat(folder.resolve("docs").resolve("benchmarks").resolve("vault-growth.svg"))
                .content()
                .contains("<svg", "<path", "<line");
        assertThat(Publication.at(folder).document())
                .isEqualTo(Files.readString(folder.resolve("docs").resolve("benchmarks.md")));
    }

    private static ChainedOptionsBuilder inDatabase(String classes, String... databases) {
        return once(classes)
                .param("database", databases)
                .param("keysBefore", "100")
                .threads(8);
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

    private Path run(ChainedOptionsBuilder options) throws IOException, RunnerException {
        Path json = Files.createTempFile(folder, "jmh-result", ".json");
        new Runner(options.resultFormat(ResultFormatType.JSON)
                        .result(json.toString())
                        .build())
                .run();
        return json;
    }
}
