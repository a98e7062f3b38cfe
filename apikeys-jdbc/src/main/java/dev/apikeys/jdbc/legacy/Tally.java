package dev.apikeys.jdbc.legacy;

import java.util.EnumMap;
import java.util.Map;

/** Counts reports. Not thread-safe. */
final class Tally {

    private final Map<RowReport.Outcome, Long> outcomes = new EnumMap<>(RowReport.Outcome.class);
    private final Map<Finding.Kind, Long> findings = new EnumMap<>(Finding.Kind.class);
    private long rows;

    void count(RowReport report) {
        rows++;
        increment(outcomes, report.outcome());
        for (Finding finding : report.findings()) {
            increment(findings, finding.kind());
        }
    }

    private static <K> void increment(Map<K, Long> counts, K key) {
        counts.put(key, counts.getOrDefault(key, 0L) + 1);
    }

    Summary summary(LegacyTable.Census census) {
        return new Summary(rows, outcomes, findings, census.before(), census.withoutId());
    }
}
