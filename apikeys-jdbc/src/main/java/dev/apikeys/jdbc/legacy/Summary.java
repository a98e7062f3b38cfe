package dev.apikeys.jdbc.legacy;

import dev.apikeys.jdbc.legacy.Finding.Kind;
import dev.apikeys.jdbc.legacy.RowReport.Outcome;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a run came to. Immutable and thread-safe.
 *
 * @param rows how many rows were looked at
 * @param outcomes how many of them came to what; no entry where none did
 * @param findings how many of them have what; no entry where none does
 * @param before how many rows were not looked at, since an earlier run had come past their ids
 * @param withoutId how many rows have no id, so that nothing can be said about them
 */
public record Summary(long rows, Map<Outcome, Long> outcomes, Map<Kind, Long> findings, long before, long withoutId) {

    /** Copies the maps; they iterate in the order of their constants. */
    public Summary {
        outcomes = Collections.unmodifiableMap(copy(Outcome.class, outcomes));
        findings = Collections.unmodifiableMap(copy(Kind.class, findings));
    }

    private static <K extends Enum<K>> Map<K, Long> copy(Class<K> type, Map<K, Long> counts) {
        Map<K, Long> copy = new EnumMap<>(type);
        copy.putAll(counts);
        return copy;
    }
}
