package dev.apikeys.verify.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The figures of a suite, as Markdown in {@code target/cluster}. With {@code -Dapikeys.cluster.record} they also replace
 * those in docs/verification.md, between the markers of the suite. Not thread-safe.
 */
final class Results {

    private final String suite;
    private final Map<String, List<String>> figures = new LinkedHashMap<>();

    Results(String suite) {
        this.suite = suite;
    }

    /** Notes a figure; one that is noted again stands beside the earlier ones. */
    void note(String what, String figure) {
        figures.computeIfAbsent(what, none -> new ArrayList<>()).add(figure);
    }

    /** Notes when calls were acknowledged again after a fault. */
    void note(String fault, Duration until) {
        note(fault + ": writes are acknowledged again after", until.toMillis() + " ms");
    }

    /** Writes them where they belong. */
    void write() {
        String table = figures.entrySet().stream()
                .map(each -> "| " + each.getKey() + " | " + String.join(", ", each.getValue()) + " |\n")
                .collect(Collectors.joining("", "| | |\n| --- | --- |\n", ""));
        try {
            Path target = Files.createDirectories(Path.of("target", "cluster"));
            Files.writeString(target.resolve(suite + ".md"), table);
            if (System.getProperty("apikeys.cluster.record") != null) {
                replace(Path.of("..", "docs", "verification.md"), table);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void replace(Path page, String table) throws IOException {
        String begin = "<!-- " + suite + " -->\n";
        String end = "<!-- end -->";
        Matcher old = Pattern.compile(Pattern.quote(begin) + ".*?" + Pattern.quote(end), Pattern.DOTALL)
                .matcher(Files.readString(page));
        if (!old.find()) {
            throw new IllegalStateException(page + " has no place for " + suite);
        }
        Files.writeString(page, old.replaceFirst(Matcher.quoteReplacement(begin + "\n" + table + "\n" + end)));
    }
}
