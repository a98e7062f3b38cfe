package dev.apikeys.importer;

import dev.apikeys.importer.Remark.Kind;
import dev.apikeys.importer.RowReport.Outcome;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a run. Immutable and thread-safe.
 *
 * @param rows how many rows were read
 * @param outcomes the number of rows by outcome; no entry for zero
 * @param remarks the number of rows by remark; no entry for zero
 * @param before how many rows were not read because an earlier run had passed their ids
 * @param withoutId how many rows have no id, and so cannot be reported
 * @param unmapped the columns that are not imported, those named like restrictions first
 * @since 0.1
 */
public record Summary(
        long rows,
        Map<Outcome, Long> outcomes,
        Map<Kind, Long> remarks,
        long before,
        long withoutId,
        List<UnmappedColumn> unmapped) {

    /** Copies maps and list; the maps iterate in the order of the constants. */
    public Summary {
        outcomes = Collections.unmodifiableMap(copy(Outcome.class, outcomes));
        remarks = Collections.unmodifiableMap(copy(Kind.class, remarks));
        unmapped = List.copyOf(unmapped);
    }

    private static <K extends Enum<K>> Map<K, Long> copy(Class<K> type, Map<K, Long> counts) {
        Map<K, Long> copy = new EnumMap<>(type);
        copy.putAll(counts);
        return copy;
    }
}
