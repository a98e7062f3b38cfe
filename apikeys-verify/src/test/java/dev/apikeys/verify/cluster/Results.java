package dev.apikeys.verify.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * The figures of a suite, which all its runs since {@code target} was deleted have noted in {@code target/cluster}. With
 * {@code -Dapikeys.cluster.record} the table of them also replaces the one in docs/verification.md between the markers of
 * the suite. Not thread-safe.
 */
final class Results implements TestWatcher, AfterAllCallback {

    private static final String PASSED = "tests that passed";
    private static final String FAILED = "tests that failed";

    private final String suite;
    private final List<String> noted = new ArrayList<>();
    private int passed;
    private int failed;

    Results(String suite) {
        this.suite = suite;
    }

    /** Notes a figure. */
    void note(String what, long figure) {
        noted.add(what + "\t" + figure);
    }

    /** Notes a time. */
    void note(String what, Duration time) {
        note(what + ", ms", time.toMillis());
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        passed++;
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        failed++;
    }

    /** Writes them where they belong. */
    @Override
    public void afterAll(ExtensionContext context) {
        note(PASSED, passed);
        note(FAILED, context.getExecutionException().isPresent() ? failed + 1 : failed);
        try {
            Path runs = Files.createDirectories(Path.of("target", "cluster")).resolve(suite + ".txt");
            Files.write(runs, noted, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            String table = table(Files.readAllLines(runs));
            System.out.println(table);
            if (System.getProperty("apikeys.cluster.record") != null) {
                replace(Path.of("..", "docs", "verification.md"), table);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(List<String> runs) {
        Map<String, List<Long>> figures = new LinkedHashMap<>();
        for (String line : runs) {
            String[] parts = line.split("\t");
            figures.computeIfAbsent(parts[0], none -> new ArrayList<>()).add(Long.parseLong(parts[1]));
        }
        StringBuilder table = new StringBuilder("Runs: " + figures.get(PASSED).size() + "\n\n"
                + "| figure | times noted | least | median | greatest |\n| --- | --- | --- | --- | --- |\n");
        figures.forEach((what, all) -> {
            List<Long> sorted = all.stream().sorted().toList();
            table.append(String.format(
                    "| %s | %d | %d | %d | %d |%n",
                    what, sorted.size(), sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1)));
        });
        return table.toString();
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
