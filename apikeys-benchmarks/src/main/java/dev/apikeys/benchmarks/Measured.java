package dev.apikeys.benchmarks;

import java.util.Map;

/**
 * One line of a JMH run.
 *
 * @param name classes and method, such as {@code CreateBenchmark.floor}
 * @param params its parameters
 * @param threads how many threads ran it
 * @param effort forks, iterations and their length
 * @param score the mean
 * @param error half the width of the 99.9 % interval around it; NaN if there was one measurement only
 * @param unit of both
 * @param allocated bytes for each operation, NaN if not measured
 */
record Measured(
        String name,
        Map<String, String> params,
        int threads,
        String effort,
        double score,
        double error,
        String unit,
        double allocated) {

    double low() {
        return Double.isNaN(error) ? score : Math.max(0, score - error);
    }

    double high() {
        return Double.isNaN(error) ? score : score + error;
    }

    /** What counts as a number on an axis. */
    double at(String param) {
        return Double.parseDouble(params.getOrDefault(param, "NaN"));
    }
}
