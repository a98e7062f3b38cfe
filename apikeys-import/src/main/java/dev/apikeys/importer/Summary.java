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
 * @param rows how many rows were looked at
 * @param outcomes how many of them had which outcome; no entry where none had
 * @param remarks how many of them have which remark; no entry where none has
 * @param before how many rows were not looked at because an earlier run had passed their ids
 * @param withoutId how many rows have no id, so that nothing can be reported about them
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

    /** Copies maps and list; the maps iterate in the order of their constants. */
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
