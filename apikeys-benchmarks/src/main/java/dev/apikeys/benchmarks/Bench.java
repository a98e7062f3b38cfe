package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;

/**
 * Measures and reports, run from the top of the project: {@code quick} in under five minutes, {@code full} in three
 * quarters of an hour, {@code again GuardBenchmark} one benchmark of a full run, replacing its stored figures, and
 * {@code again Footprint} the bytes of a key; {@code fleet} what a fleet of nodes asks of a database in two minutes. {@code report} writes the pages from the stored figures, and
 * {@code jmh …} passes its arguments to JMH.
 */
public final class Bench {
    private static final String FOOTPRINT = "Footprint";
    private static final Path TARGET = Path.of("apikeys-benchmarks", "target");

    private Bench() {}

    /**
     * Runs.
     *
     * @param args the mode, and for {@code jmh} its arguments
     * @throws Exception if a benchmark or the report failed
     */
    public static void main(String[] args) throws Exception {
        switch (args.length == 0 ? "" : args[0]) {
            case "quick" -> measure("quick", Plan.quick());
            case "full" -> measure("full", Plan.full());
            case "again" -> again(args[1]);
            case "fleet" -> simulate();
            case "report" -> {
                Publication.at(Path.of("")).publish();
                if (FleetPublication.isKept(Path.of(""))) {
                    FleetPublication.at(Path.of("")).publish();
                }
            }
            case "jmh" -> org.openjdk.jmh.Main.main(withHeap(Arrays.copyOfRange(args, 1, args.length)));
            default -> throw new IllegalArgumentException("Say one of: quick, full, again, fleet, report, jmh");
        }
    }

    /** The same heap as in the modes, unless the arguments say something of the JVM. */
    private static String[] withHeap(String[] args) {
        if (Stream.of(args).anyMatch(arg -> arg.startsWith("-jvmArgs"))) {
            return args;
        }
        Stream<String> heap = Stream.of("-jvmArgsAppend", String.join(" ", Plan.heap(Plan.LARGE)));
        return Stream.concat(Stream.of(args), heap).toArray(String[]::new);
    }

    private static void measure(String mode, List<ChainedOptionsBuilder> plan) throws IOException, RunnerException {
        long begun = System.nanoTime();
        Environment here = Environment.here(
                mode, Footprint.bytesPerKey(Footprint.KEYS), Footprint.bytesPerTempKey(Footprint.KEYS));
        RunnerException failed = new RunnerException("Some benchmarks failed; the report is without them");
        List<Path> measured = run(plan, failed);
        long minutes = Duration.ofNanos(System.nanoTime() - begun).toMinutes();
        Publication.of(Path.of(""), Figures.of(here.lasting(minutes), measured)).publish();
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    private static void again(String benchmark) throws IOException, RunnerException {
        List<ChainedOptionsBuilder> plan = Plan.full().stream()
                .filter(part -> part.build().getIncludes().stream().anyMatch(include -> include.contains(benchmark)))
                .toList();
        boolean counts = benchmark.equals(FOOTPRINT);
        Environment here = Environment.here(
                "full",
                counts ? Footprint.bytesPerKey(Footprint.KEYS) : Double.NaN,
                counts ? Footprint.bytesPerTempKey(Footprint.KEYS) : Double.NaN);
        RunnerException failed = new RunnerException("Some benchmarks failed; the report is as it was");
        List<Path> measured = run(plan, failed);
        if ((plan.isEmpty() && !counts) || failed.getSuppressed().length > 0) {
            throw failed;
        }
        Publication.at(Path.of(""))
                .replacing(benchmark, Figures.of(here, measured))
                .publish();
    }

    /** Measures part after part. A failure is added to {@code failed}, and the others go on. */
    private static List<Path> run(List<ChainedOptionsBuilder> plan, RunnerException failed) throws IOException {
        Files.createDirectories(TARGET);
        List<Path> measured = new ArrayList<>();
        for (int i = 0; i < plan.size(); i++) {
            Path json = TARGET.resolve("jmh-result-" + i + ".json");
            try {
                new Runner(plan.get(i)
                                .shouldFailOnError(true)
                                .resultFormat(ResultFormatType.JSON)
                                .result(json.toString())
                                .build())
                        .run();
                measured.add(json);
            } catch (RunnerException e) {
                failed.addSuppressed(e);
            }
        }
        return measured;
    }

    /** Measures what the operations cost, and simulates who makes them how often. */
    private static void simulate() throws IOException, RunnerException {
        long begun = System.nanoTime();
        Environment here = Environment.here(
                "fleet", Footprint.bytesPerKey(Footprint.KEYS), Footprint.bytesPerTempKey(Footprint.KEYS));
        RunnerException failed = new RunnerException("What a fleet costs was not measured");
        List<Path> measured = run(Plan.fleet(), failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
        List<Fleet.Node> nodes = Fleet.simulated();
        long minutes = Duration.ofNanos(System.nanoTime() - begun).toMinutes();
        FleetPublication.of(Path.of(""), Figures.of(here.lasting(minutes), measured), nodes)
                .publish();
    }
}
