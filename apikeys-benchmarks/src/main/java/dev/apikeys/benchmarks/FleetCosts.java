package dev.apikeys.benchmarks;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How many operations of each kind the PostgreSQL of one run carried in a second, with nothing else to do.
 *
 * @param reads verifications that read the row
 * @param polls calls of the feed that find nothing
 * @param changes changes of a key, with their journal row
 * @param usageRows rows of a flush of 500
 */
record FleetCosts(Measured reads, Measured polls, Measured changes, Measured usageRows) {
    private static final int THREADS = 8;

    /** From a run of {@link Plan#fleet}. */
    static FleetCosts of(Results results) {
        return new FleetCosts(
                measured(results, "verifyCold"),
                measured(results, "poll"),
                measured(results, "change"),
                measured(results, "flush500"));
    }

    private static Measured measured(Results results, String operation) {
        return results.at("JdbcBenchmark." + operation, THREADS, "database", "postgresql")
                .orElseThrow(() -> new IllegalStateException(operation + " was not measured"));
    }

    /** The part of a second that the database of the run would need for a second of a fleet. */
    double share(FleetSimulation.Load load, FleetSimulation.Demand demand) {
        return load.nodes() * shareOfNode(demand) + load.changes() / changes.score();
    }

    double shareOfNode(FleetSimulation.Demand demand) {
        return demand.reads() / reads.score() + demand.polls() / polls.score() + demand.usageRows() / usageRows.score();
    }

    /** As rows of a table. */
    Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("a verification that reads the row", shown(reads));
        shown.put("a poll that finds nothing", shown(polls));
        shown.put("a change of a key, with its journal row", shown(changes));
        shown.put("a row of a flush of 500", shown(usageRows));
        return shown;
    }

    private static String shown(Measured measured) {
        return String.format(Locale.ROOT, "%,.0f ± %,.0f", measured.score(), measured.error());
    }
}
