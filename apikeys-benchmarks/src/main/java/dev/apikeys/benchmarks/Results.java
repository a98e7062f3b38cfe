package dev.apikeys.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What one run measured, as JMH wrote it. */
final class Results {
    private static final String PACKAGE = "dev.apikeys.benchmarks.";

    private final List<Measured> all = new ArrayList<>();

    /** Reads the elements of an array of results. */
    Results(JsonNode runs) {
        runs.forEach(run -> all.add(measured(run)));
    }

    private static Measured measured(JsonNode run) {
        Map<String, String> params = new TreeMap<>();
        run.path("params")
                .properties()
                .forEach(param -> params.put(param.getKey(), param.getValue().asText()));
        JsonNode metric = run.get("primaryMetric");
        JsonNode allocated =
                run.path("secondaryMetrics").path("gc.alloc.rate.norm").path("score");
        return new Measured(
                run.get("benchmark").asText().replace(PACKAGE, ""),
                Collections.unmodifiableMap(params),
                run.get("threads").asInt(),
                effort(run),
                metric.get("score").asDouble(),
                metric.get("scoreError").asDouble(Double.NaN),
                metric.get("scoreUnit").asText(),
                allocated.isMissingNode() ? Double.NaN : allocated.asDouble());
    }

    private static String effort(JsonNode run) {
        boolean once = run.path("mode").asText().equals("ss");
        String length = once ? "once" : run.path("measurementTime").asText();
        return run.path("forks").asInt() + " x "
                + run.path("measurementIterations").asInt() + " x " + length;
    }

    List<Measured> all() {
        return List.copyOf(all);
    }

    /** What a benchmark measured at every setting. */
    List<Measured> of(String name) {
        return all.stream().filter(measured -> measured.name().equals(name)).toList();
    }

    Optional<Measured> at(String name, int threads) {
        return of(name).stream()
                .filter(measured -> measured.threads() == threads)
                .findFirst();
    }

    Optional<Measured> at(String name, String param, String value) {
        return at(name, 1, param, value);
    }

    Optional<Measured> at(String name, int threads, String param, String value) {
        return of(name).stream()
                .filter(measured -> measured.threads() == threads)
                .filter(measured -> value.equals(measured.params().get(param)))
                .findFirst();
    }
}
