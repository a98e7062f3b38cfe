package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the project tells of its benchmarks is what its figures say. */
class PublicationTest {
    private static final Path PROJECT = Path.of("..");
    private static final Path DOCUMENT = PROJECT.resolve("docs").resolve("benchmarks.md");

    @Test
    void theDocumentAndTheReadmeAreGeneratedFromTheFigures() throws Exception {
        assumeThat(DOCUMENT).as("a run that is kept").exists();
        Publication kept = Publication.at(PROJECT);
        assertThat(DOCUMENT).hasContent(kept.document());
        assertThat(PROJECT.resolve("README.md")).hasContent(kept.readme());
    }

    @Test
    void figuresOfABenchmarkThatIsMeasuredAgainReplaceItsEarlierOnes() throws Exception {
        Figures kept = figures("first", run("Guard.jdk", 1, 5.0), run("Guard.jdk", 2, 6.0), run("Verify.warm", 1, 7.0));
        Figures newer = figures("second", run("Guard.jdk", 1, 3.0));

        Figures both = kept.replacing("Guard", newer);

        assertThat(both.results().all())
                .extracting(Measured::name, Measured::threads, Measured::score)
                .containsExactlyInAnyOrder(
                        tuple("Guard.jdk", 1, 3.0), tuple("Guard.jdk", 2, 6.0), tuple("Verify.warm", 1, 7.0));
        assertThat(both.environment().commit()).isEqualTo("first; Guard: second");
        Figures newest = figures("fourth", run("Guard.jdk", 1, 2.0));
        assertThat(both.replacing("Verify", figures("third"))
                        .replacing("Guard", newest)
                        .environment()
                        .commit())
                .isEqualTo("first; Verify: third; Guard: fourth");
    }

    private static Figures figures(String commit, String... runs) throws Exception {
        Environment here =
                new Environment("full", "2026-11-29", 1, "a machine", 0, "Java", commit, new TreeMap<>(), 1, 1);
        return new Figures(here, new JsonMapper().readTree("[" + String.join(",", runs) + "]"));
    }

    private static String run(String benchmark, int threads, double score) {
        return String.format(
                Locale.ROOT,
                "{\"benchmark\":\"%s\",\"mode\":\"avgt\",\"threads\":%d,"
                        + "\"primaryMetric\":{\"score\":%f,\"scoreError\":0.1,\"scoreUnit\":\"ns/op\"}}",
                benchmark,
                threads,
                score);
    }

    @Test
    void theReadmeHasAPlaceForThem() throws Exception {
        assertThat(Files.readAllLines(PROJECT.resolve("README.md")))
                .containsSubsequence(Publication.BEGIN, Publication.END);
    }
}
