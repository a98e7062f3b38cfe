package dev.apikeys.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Turns a run into {@code docs/benchmarks.md}, ratios first, then the pictures and every figure; and into a few lines. */
final class Report {
    private static final double MAX_BYTES_PER_KEY = 1_024;

    /** The questions whose answers stand in the README, in that order. */
    private static final List<String> HEADLINES = List.of(
            Ratios.CREATE_ON_CORES,
            Ratios.CREATE_POSTGRESQL,
            Ratios.VERIFY_WARM,
            Ratios.VAULT_SPRING,
            Ratios.AUTHORIZE_CASBIN);

    private final Environment environment;
    private final Results results;
    private final List<Ratio> ratios;

    Report(Figures figures) {
        environment = figures.environment();
        results = figures.results();
        ratios = new Ratios(results).all();
    }

    /** The document, with links to these pictures. */
    String document(List<String> pictures) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# How fast is it, and against what?");
        lines.add("");
        lines.addAll(preface());
        lines.add("");
        lines.addAll(environment.lines());
        lines.add("");
        lines.add("## Ratios");
        lines.add("");
        lines.add("| what | against | ratio | error bars | target | |");
        lines.add("|---|---|---|---|---|---|");
        ratios.forEach(ratio -> lines.add(ratio.row()));
        lines.addAll(sizes());
        lines.add("");
        lines.add("## Growth");
        lines.add("");
        for (String picture : pictures) {
            lines.add("![" + title(picture) + "](benchmarks/" + picture + ")");
            lines.add("");
        }
        lines.add("## All figures");
        lines.add("");
        lines.add("The effort is forks x iterations x the length of one; the error is half of the 99.9 % interval.");
        lines.add("");
        lines.add("| benchmark | setting | threads | mean | error | unit | bytes allocated | effort |");
        lines.add("|---|---|---|---|---|---|---|---|");
        results.all().forEach(measured -> lines.add(row(measured)));
        return String.join("\n", lines) + "\n";
    }

    /** What the README says of it. */
    List<String> summary() {
        List<String> lines = new ArrayList<>();
        lines.add("## How fast?");
        lines.add(environment.machine() + ", Java "
                + environment.java().replaceFirst(".* ", "").replaceFirst("[+].*", "") + ", commit "
                + environment.commit() + ": [what was measured, how, and all figures](docs/benchmarks.md)."
                + " Made by `java -jar apikeys-benchmarks/target/benchmarks.jar full`.");
        lines.add("![" + title(Plots.VAULT) + "](docs/benchmarks/" + Plots.VAULT + ")");
        lines.add("");
        lines.add("| speed of | against | ratio |");
        lines.add("| --- | --- | --- |");
        HEADLINES.forEach(question -> ratios.stream()
                .filter(ratio -> ratio.question().equals(question))
                .findFirst()
                .ifPresent(ratio -> lines.add(ratio.shortRow())));
        return lines;
    }

    private static String title(String picture) {
        return picture.replace(".svg", "").replace('-', ' ');
    }

    private static List<String> preface() throws IOException {
        try (InputStream in = Report.class.getResourceAsStream("preface.md")) {
            byte[] text = Objects.requireNonNull(in, "preface.md").readAllBytes();
            return new String(text, StandardCharsets.UTF_8).lines().toList();
        }
    }

    private List<String> sizes() {
        double perKey = environment.bytesPerKey();
        return List.of(
                String.format(
                        Locale.ROOT,
                        "| heap for a stored key, bytes | - | %.0f | counted | at most %,.0f | %s |",
                        perKey,
                        MAX_BYTES_PER_KEY,
                        perKey < MAX_BYTES_PER_KEY ? "met" : "**missed**"),
                String.format(
                        Locale.ROOT,
                        "| heap for a waiting temp key, bytes | - | %.0f | counted | - | - |",
                        environment.bytesPerTempKey()));
    }

    private static String row(Measured measured) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %d | %s | %s | %s | %s | %s |",
                measured.name(),
                settings(measured.params()),
                measured.threads(),
                Ratio.shown(measured.score()),
                Double.isNaN(measured.error()) ? "-" : Ratio.shown(measured.error()),
                measured.unit(),
                Double.isNaN(measured.allocated()) ? "-" : Ratio.shown(measured.allocated()),
                measured.effort());
    }

    private static String settings(Map<String, String> params) {
        String shown = params.entrySet().stream()
                .map(param -> param.getKey() + "=" + param.getValue())
                .collect(Collectors.joining(", "));
        return shown.isEmpty() ? "-" : shown;
    }
}
