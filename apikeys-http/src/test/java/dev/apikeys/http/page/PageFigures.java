package dev.apikeys.http.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Measures the page, for the guides. No test runs it by itself:
 * {@code mvn -pl apikeys-http -am test -Dtest=PageFigures -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@InBrowser
class PageFigures {
    private static final Path FIGURES = Path.of("../docs/admin/figures.md");
    private static final String NOTE_TASKS = "window.tasks = []; new PerformanceObserver((list) =>"
            + " tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });";
    private static final String BYTES = "return performance.getEntries()"
            + ".filter((e) => e.entryType === 'navigation' || /[.](js|css|json|svg)$/.test(e.name))"
            + ".reduce((all, e) => all + e.decodedBodySize, 0)";

    @Test
    void theLongestTaskWhile200RowsAreDrawn(Script server, Tab page) throws Exception {
        JsonNode[] rows =
                IntStream.range(0, 200).mapToObj(i -> Answers.key("key " + i)).toArray(JsonNode[]::new);
        server.when("GET api-keys", Answers.keys(Answers.key("one")), Answers.keys(rows));
        page.beforeLoading(NOTE_TASKS).open().sees("tbody", "one");
        Object bytes = page.run(BYTES);
        page.run("tasks.length = 0");
        page.press("Show inactive")
                .until("there are 200", () -> page.all("tbody tr").size() == 200);
        String tasks = tasks((List<?>) page.run("return tasks"));
        String text = "# How large is the page, and how long does it draw 200 keys?\n\n"
                + "Written by the test class `PageFigures` at " + commit()
                + ". `CONTRIBUTING.md` has the command.\n\n| figure | value |\n|---|---|\n"
                + "| bytes of all files of the list, uncompressed | " + bytes + " |\n"
                + "| tasks of 50 ms or more while 200 rows are drawn, in Chromium on 2 cores | " + tasks + " |\n";
        Files.writeString(FIGURES, text, UTF_8);
    }

    /** The browser reports no task below 50 ms. */
    private static String tasks(List<?> milliseconds) {
        return milliseconds.isEmpty() ? "none" : milliseconds + " ms";
    }

    private static String commit() throws IOException {
        Process git = new ProcessBuilder("git", "describe", "--always", "--dirty").start();
        try (InputStream out = git.getInputStream()) {
            return new String(out.readAllBytes(), UTF_8).strip();
        }
    }
}
