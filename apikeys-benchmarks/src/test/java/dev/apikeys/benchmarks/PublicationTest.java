package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
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
    void theReadmeHasAPlaceForThem() throws Exception {
        assertThat(Files.readAllLines(PROJECT.resolve("README.md")))
                .containsSubsequence(Publication.BEGIN, Publication.END);
    }
}
