package dev.apikeys.importer;

import java.util.EnumMap;
import java.util.Map;

/** Counts reports. Not thread-safe. */
final class Tally {

    private final Map<RowReport.Outcome, Long> outcomes = new EnumMap<>(RowReport.Outcome.class);
    private final Map<Remark.Kind, Long> remarks = new EnumMap<>(Remark.Kind.class);
    private long rows;

    void count(RowReport report) {
        rows++;
        increment(outcomes, report.outcome());
        for (Remark remark : report.remarks()) {
            increment(remarks, remark.kind());
        }
    }

    private static <K> void increment(Map<K, Long> counts, K key) {
        counts.put(key, counts.getOrDefault(key, 0L) + 1);
    }

    Summary summary(LegacyTable table, LegacyTable.Census census) {
        return new Summary(rows, outcomes, remarks, census.before(), census.withoutId(), table.unmapped());
    }
}
