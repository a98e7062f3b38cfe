package dev.apikeys.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What one run measured, as JMH wrote it. */
final class Results {
    private final List<Measured> all = new ArrayList<>();

    static Results read(Path json) throws IOException {
        Results results = new Results();
        for (JsonNode run : new JsonMapper().readTree(json.toFile())) {
            results.all.add(measured(run));
        }
        return results;
    }

    private static Measured measured(JsonNode run) {
        String name = run.get("benchmark").asText();
        int type = name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1;
        Map<String, String> params = new TreeMap<>();
        run.path("params")
                .properties()
                .forEach(param -> params.put(param.getKey(), param.getValue().asText()));
        JsonNode metric = run.get("primaryMetric");
        JsonNode allocated =
                run.path("secondaryMetrics").path("gc.alloc.rate.norm").path("score");
        return new Measured(
                name.substring(type),
                params,
                run.get("threads").asInt(),
                metric.get("score").asDouble(),
                metric.get("scoreError").asDouble(Double.NaN),
                metric.get("scoreUnit").asText(),
                allocated.isMissingNode() ? Double.NaN : allocated.asDouble());
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
        return of(name).stream()
                .filter(measured -> value.equals(measured.params().get(param)))
                .findFirst();
    }
}
