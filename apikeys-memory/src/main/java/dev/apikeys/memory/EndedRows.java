package dev.apikeys.memory;

import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The search for rows that ended: no index leads to them, so that it goes round all rows, a part in each call. Thread-safe;
 * calls at once share the way.
 */
final class EndedRows {

    /**
     * What a call found.
     *
     * @param rows ended rows, in ascending order of id
     * @param all false if rows are left to look at
     */
    record Found(List<KeyRow> rows, boolean all) {}

    private final ConcurrentNavigableMap<String, Version<KeyRow>> versions;
    private final LongSupplier ticker;
    private final AtomicReference<@Nullable String> lastLookedAt = new AtomicReference<>();

    EndedRows(ConcurrentNavigableMap<String, Version<KeyRow>> versions, LongSupplier ticker) {
        this.versions = versions;
        this.ticker = ticker;
    }

    /**
     * Goes on where the last call stopped, and, if there is time, from the beginning to there: what was passed may have
     * ended since.
     *
     * @param until the latest end, epoch milliseconds
     * @param limit how many rows at most
     */
    Found find(long until, int limit) {
        Scan scan = new Scan(until, limit);
        String start = lastLookedAt.get();
        boolean all = scan.run(start == null ? versions : versions.tailMap(start, false));
        if (all && start != null) {
            // Out of time here is no reason to go round again: the calls before looked at these.
            all = scan.run(versions.headMap(start, true)) || scan.found.size() < limit;
        }
        lastLookedAt.set(all ? null : scan.last);
        scan.found.sort(Comparator.comparing(KeyRow::id));
        return new Found(scan.found, all);
    }

    static boolean ended(KeyRow row, long until) {
        Long end = row.endsAt();
        return end != null && end != KeyRow.UNREADABLE && end <= until;
    }

    private final class Scan {
        private final long until;
        private final int limit;
        private final ScanTime time = new ScanTime(ticker);
        private final List<KeyRow> found = new ArrayList<>();
        private @Nullable String last;
        private boolean over;

        Scan(long until, int limit) {
            this.until = until;
            this.limit = limit;
        }

        /** Looks at rows in order; returns true if it looked at all of them. */
        boolean run(ConcurrentNavigableMap<String, Version<KeyRow>> rows) {
            for (Map.Entry<String, Version<KeyRow>> entry : rows.entrySet()) {
                if (over) {
                    return false;
                }
                KeyRow row = entry.getValue().current();
                if (row != null && ended(row, until)) {
                    found.add(row);
                }
                last = entry.getKey();
                over = time.endsWithThisRow() || found.size() == limit;
            }
            return true;
        }
    }
}
