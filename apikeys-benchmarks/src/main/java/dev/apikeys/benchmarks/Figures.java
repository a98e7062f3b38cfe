package dev.apikeys.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A run that is kept: where it was made, and of JMH's results what the report and a reader need, one a line.
 *
 * @param environment where
 * @param runs JMH's results
 */
record Figures(Environment environment, JsonNode runs) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> KEPT = List.of(
            "benchmark",
            "mode",
            "threads",
            "forks",
            "jvmArgs",
            "warmupIterations",
            "warmupTime",
            "measurementIterations",
            "measurementTime",
            "params");
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** From the files that JMH wrote. */
    static Figures of(Environment environment, List<Path> files) throws IOException {
        ArrayNode runs = JSON.createArrayNode();
        for (Path file : files) {
            JSON.readTree(file.toFile()).forEach(run -> runs.add(kept((ObjectNode) run)));
        }
        return new Figures(environment, runs);
    }

    private static ObjectNode kept(ObjectNode run) {
        ObjectNode kept = run.deepCopy().retain(KEPT);
        ObjectNode metric = (ObjectNode) run.get("primaryMetric");
        kept.set("primaryMetric", metric.deepCopy().retain("score", "scoreError", "scoreUnit"));
        JsonNode allocated = run.path("secondaryMetrics").get(ALLOCATED);
        if (allocated != null) {
            kept.putObject("secondaryMetrics")
                    .putObject(ALLOCATED)
                    .put("score", allocated.get("score").asDouble());
        }
        return kept;
    }

    static Figures read(Path file) throws IOException {
        JsonNode kept = JSON.readTree(file.toFile());
        return new Figures(JSON.treeToValue(kept.get("environment"), Environment.class), kept.get("runs"));
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (JsonNode run : runs) {
            lines.add(JSON.writeValueAsString(run));
        }
        Files.writeString(
                file,
                "{\"environment\":" + JSON.writeValueAsString(environment) + ",\n\"runs\":[\n"
                        + String.join(",\n", lines) + "\n]}\n");
    }

    /** The same with the runs of a benchmark that was measured again in place of its earlier ones. */
    Figures replacing(String benchmark, Figures newer) {
        ArrayNode all = JSON.createArrayNode();
        Set<List<String>> replaced = new HashSet<>();
        newer.runs.forEach(run -> replaced.add(question(run)));
        runs.forEach(run -> {
            if (!replaced.contains(question(run))) {
                all.add(run);
            }
        });
        newer.runs.forEach(all::add);
        return new Figures(environment.measuredAgain(benchmark, newer.environment), all);
    }

    private static List<String> question(JsonNode run) {
        return Stream.of("benchmark", "mode", "threads", "params")
                .map(name -> run.path(name).toString())
                .toList();
    }

    Results results() {
        return new Results(runs);
    }
}
