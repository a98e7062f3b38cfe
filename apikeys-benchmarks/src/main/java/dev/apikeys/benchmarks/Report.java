package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Turns a run into {@code docs/benchmarks.md}: ratios first, then every figure, then the pictures. */
final class Report {
    private static final String WARM = "VerifyBenchmark.warm";
    private static final double MAX_BYTES_PER_KEY = 1_024;

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    void write(Path document, Path pictures, Environment environment) throws IOException {
        Files.createDirectories(pictures);
        List<String> drawn = new Plots(results).draw(pictures);
        List<String> lines = new ArrayList<>();
        lines.add("# Benchmarks");
        lines.add("");
        lines.addAll(preface());
        lines.add("");
        lines.addAll(environment.lines());
        lines.add("");
        lines.add("## Ratios");
        lines.add("");
        lines.add("| what | against | ratio | error bars | target | |");
        lines.add("|---|---|---|---|---|---|");
        ratios().forEach(ratio -> lines.add(ratio.row()));
        lines.addAll(sizes(environment));
        lines.add("");
        lines.add("## Growth");
        lines.add("");
        for (String picture : drawn) {
            lines.add("![" + picture.replace(".svg", "").replace('-', ' ') + "](benchmarks/" + picture + ")");
            lines.add("");
        }
        lines.add("## All figures");
        lines.add("");
        lines.add("| benchmark | setting | threads | mean | error | unit | bytes allocated |");
        lines.add("|---|---|---|---|---|---|---|");
        results.all().forEach(measured -> lines.add(row(measured)));
        Files.write(document, lines);
    }

    private static List<String> preface() throws IOException {
        try (var in = Report.class.getResourceAsStream("preface.md")) {
            if (in == null) {
                throw new IOException("preface.md is not on the class path");
            }
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    private static List<String> sizes(Environment environment) {
        List<String> rows = new ArrayList<>();
        environment
                .bytesPerKey()
                .ifPresent(bytes -> rows.add(String.format(
                        Locale.ROOT,
                        "| heap for a stored key, bytes | - | %.0f | counted | at most %.0f | %s |",
                        bytes,
                        MAX_BYTES_PER_KEY,
                        bytes < MAX_BYTES_PER_KEY ? "met" : "**missed**")));
        environment
                .bytesPerTempKey()
                .ifPresent(bytes -> rows.add(String.format(
                        Locale.ROOT, "| heap for a waiting temp key, bytes | - | %.0f | counted | - | - |", bytes)));
        return rows;
    }

    private static String row(Measured measured) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %d | %s | %s | %s | %s |",
                measured.name(),
                settings(measured.params()),
                measured.threads(),
                Ratio.shown(measured.score()),
                Double.isNaN(measured.error()) ? "-" : Ratio.shown(measured.error()),
                measured.unit(),
                Double.isNaN(measured.allocated()) ? "-" : Ratio.shown(measured.allocated()));
    }

    private static String settings(Map<String, String> params) {
        return params.isEmpty() ? "-" : params.toString().replaceAll("[{}]", "");
    }

    /** Every target that this run has the figures for. */
    List<Ratio> ratios() {
        List<Optional<Ratio>> ratios = new ArrayList<>();
        for (int threads : List.of(1, 2)) {
            ratios.add(Ratio.atLeast(
                    "create, memory, threads: " + threads,
                    "the floor",
                    results.at("CreateBenchmark.create", threads),
                    results.at("CreateBenchmark.floor", threads),
                    0.7));
        }
        ratios.add(Ratio.atMost(
                "create with 5 M keys present",
                "with 1 k",
                results.at("CreateGrowthBenchmark.create", "present", "5000000"),
                results.at("CreateGrowthBenchmark.create", "present", "1000"),
                1.5));
        verify(ratios);
        vault(ratios);
        authorize(ratios);
        ratios.add(Ratio.atLeast(
                "decode an intact list, speed",
                "Jackson reading a `String[]`",
                results.at("CodecBenchmark.floor", 1),
                results.at("CodecBenchmark.decodeIntact", 1),
                0.3));
        jdbc(ratios);
        return ratios.stream().flatMap(Optional::stream).toList();
    }

    private void verify(List<Optional<Ratio>> ratios) {
        Optional<Measured> copied = results.at("VerifyBenchmark.floorCopied", 1);
        Optional<Measured> fresh = results.at("VerifyBenchmark.floorNew", 1);
        Optional<Measured> floor = copied.flatMap(a -> fresh.map(b -> a.score() < b.score() ? a : b));
        ratios.add(Ratio.atLeast("verify, warm, speed", "one hash and one map get", floor, results.at(WARM, 1), 0.5));
        ratios.add(Ratio.atLeast(
                "verify, warm with a pepper, speed",
                "one HMAC and one map get",
                results.at("VerifyBenchmark.floorPeppered", 1),
                results.at("VerifyBenchmark.warmPeppered", 1),
                0.5));
        ratios.add(Ratio.atLeast(
                "refuse a bad checksum, speed",
                "a warm verify",
                results.at(WARM, 1),
                results.at("VerifyBenchmark.badChecksum", 1),
                5));
        results.at(WARM, 1)
                .filter(warm -> !Double.isNaN(warm.allocated()))
                .ifPresent(warm -> ratios.add(Optional.of(new Ratio(
                        "verify, warm, bytes allocated",
                        "-",
                        warm.allocated(),
                        warm.allocated(),
                        warm.allocated(),
                        1_024,
                        false))));
    }

    private void vault(List<Optional<Ratio>> ratios) {
        ratios.add(Ratio.atMost(
                "vault put and claim with 1 M live",
                "with 100",
                results.at("Ours.putAndClaim", "live", "1000000"),
                results.at("Ours.putAndClaim", "live", "100"),
                1.5));
        for (String live : List.of("10000", "1000000")) {
            Optional<Measured> ours = results.at("Ours.putAndClaim", "live", live);
            boolean many = live.equals("1000000");
            ratios.add(Ratio.atLeast(
                    "vault, speed with " + live + " live",
                    "the source system's vault, mended",
                    results.at("Fixed.putAndTake", "live", live),
                    ours,
                    many ? 1_000 : 20));
            ratios.add(Ratio.atLeast(
                    "vault, speed with " + live + " live",
                    "Spring Security's one-time tokens",
                    results.at("Spring.generateAndConsume", "live", live),
                    ours,
                    many ? 1_000 : 50));
        }
    }

    private void authorize(List<Optional<Ratio>> ratios) {
        ratios.add(Ratio.atMost(
                "verify and authorize with 10 k keys",
                "with 10",
                results.at("Ours.verify", "keys", "10000"),
                results.at("Ours.verify", "keys", "10"),
                1.5));
        ratios.add(Ratio.atLeast(
                "verify and authorize, speed with 10 k keys",
                "jCasbin Enforcer, policies per key",
                results.at("PerKey.enforcer", "keys", "10000"),
                results.at("Ours.verify", "keys", "10000"),
                1_000));
    }

    private void jdbc(List<Optional<Ratio>> ratios) {
        for (String database : List.of("postgresql", "mariadb", "h2", "sqlite")) {
            ratios.add(Ratio.atLeast(
                    "create, " + database,
                    "the same INSERT by hand",
                    results.at("JdbcBenchmark.create", "database", database),
                    results.at("JdbcBenchmark.insertByHand", "database", database),
                    0.9));
            ratios.add(Ratio.atLeast(
                    "createAll of 500, " + database,
                    "a batch by hand",
                    results.at("JdbcBenchmark.createAll500", "database", database),
                    results.at("JdbcBenchmark.batch500ByHand", "database", database),
                    0.8));
            ratios.add(Ratio.atLeast(
                    "verify, cold, " + database,
                    "the same SELECT by hand",
                    results.at("JdbcBenchmark.verifyCold", "database", database),
                    results.at("JdbcBenchmark.selectByHand", "database", database),
                    0.9));
        }
    }
}
