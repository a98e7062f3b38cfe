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
 * The search for ended rows, which have no index: it cycles through all rows, a part in each call. Thread-safe;
 * concurrent calls share the progress.
 */
final class EndedRows {

    /**
     * The result of a call.
     *
     * @param rows ended rows, in ascending order of id
     * @param all false if rows are left to check
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
     * Continues where the last call stopped, and, if there is time, from the beginning up to there: rows passed earlier
     * may have ended since.
     *
     * @param until the latest end, epoch milliseconds
     * @param limit the maximum number of rows
     */
    Found find(long until, int limit) {
        Scan scan = new Scan(until, limit);
        String start = lastLookedAt.get();
        boolean all = scan.run(start == null ? versions : versions.tailMap(start, false));
        if (all && start != null) {
            // If time runs out here, no further round is needed: earlier calls checked these.
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

        /** Checks rows in order; returns true if it checked all of them. */
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
