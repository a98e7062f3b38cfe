package dev.apikeys;

import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds, lists and counts keys in the store, and lists the journal. */
final class KeyFinder {
    private static final Logger LOG = LoggerFactory.getLogger(KeyFinder.class);

    /** How long a page keeps asking for more rows, in nanoseconds. */
    private static final long PAGE_NANOS = 200_000_000;

    /** Ends a page if the host's ticker does not move. */
    private static final int MAX_CALLS_A_PAGE = 10_000;

    /** Half an hour of calls that each use their full time: more than any table needs. */
    private static final int MAX_EMPTY_IN_A_ROW = 10_000;

    private final GatedKeyStore store;
    private final RowReader rows;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final UsageWriter usage;

    KeyFinder(GatedKeyStore store, RowReader rows, UsageWriter usage, InstantSource clock, LongSupplier nanos) {
        this.store = store;
        this.rows = rows;
        this.usage = usage;
        this.clock = clock;
        this.nanos = nanos;
    }

    Optional<ApiKey> find(Operation operation, KeyId id) {
        KeyRow row = store.find(operation, id.value());
        return row == null ? Optional.empty() : Optional.of(rows.key(row, clock.millis()));
    }

    /**
     * Checks the precondition of a caller for an operation that does not write the row.
     *
     * @throws KeyNotFoundException if there is one and no such key
     * @throws ConflictException if it does not hold
     */
    void require(Operation operation, Caller caller, KeyId id) {
        if (caller.precondition() == null) {
            return;
        }
        KeyRow row = store.find(operation, id.value());
        if (row == null) {
            throw new KeyNotFoundException(id);
        }
        caller.require(id, row, usage);
    }

    Page<ApiKey> list(Operation operation, KeyQuery query) {
        Slice page = page(operation, query);
        List<ApiKey> keys = new ArrayList<>(page.rows().size());
        long now = clock.millis();
        for (KeyRow row : page.rows()) {
            keys.add(rows.key(row, now));
        }
        return new Page<>(keys, Optional.ofNullable(page.next()).map(query::cursor));
    }

    /**
     * Checks a query against the clock.
     *
     * @throws IllegalArgumentException if it asks for keys unused since a moment less than an hour ago
     */
    void check(KeyQuery query) {
        query.requireFor(clock.millis());
    }

    /** Returns the rows of a page: full, or as many as were found within its time. */
    Slice page(Operation operation, KeyQuery query) {
        check(query);
        long begun = nanos.getAsLong();
        List<KeyRow> found = new ArrayList<>();
        @Nullable String after = query.afterId();
        int calls = 0;
        do {
            Slice slice = slice(operation, query, after, query.limit() - found.size());
            found.addAll(slice.rows());
            after = slice.next();
            calls++;
        } while (after != null
                && found.size() < query.limit()
                && calls < MAX_CALLS_A_PAGE
                && nanos.getAsLong() - begun < PAGE_NANOS);
        return new Slice(found, after);
    }

    /**
     * Writes the uses counted here before keys are chosen because they are unused; best effort, and nothing else of
     * maintenance.
     */
    void writeUses(KeyQuery query) {
        if (query.filter().unusedSince() != null) {
            usage.tryFlush();
        }
    }

    /** Counts by listing. */
    int count(Operation operation, KeyQuery query, int atMost) {
        check(query);
        writeUses(query);
        Scan scan = new Scan(query);
        int count = 0;
        while (count < atMost && scan.isOn()) {
            count += scan.next(operation).size();
        }
        return Math.min(count, atMost);
    }

    /** Returns a page of the journal. */
    Page<JournalEntry> journal(Operation operation, JournalQuery query) {
        List<JournalRow> found = store.journal(operation, query.filter(), query.position(), query.limit());
        List<JournalEntry> entries = new ArrayList<>(found.size());
        for (JournalRow row : found) {
            entries.add(new JournalEntry(row, rows));
        }
        boolean isLast = found.size() < query.limit();
        return new Page<>(
                entries,
                isLast
                        ? Optional.empty()
                        : Optional.of(query.cursor(found.get(found.size() - 1).position())));
    }

    /** A scan of all results of a query, slice by slice. Not thread-safe. */
    final class Scan {
        private final KeyQuery query;
        private @Nullable String after;
        private boolean isOn = true;
        private int emptyInARow;

        Scan(KeyQuery query) {
            this.query = query;
            this.after = query.afterId();
        }

        boolean isOn() {
            return isOn;
        }

        /** Returns the next rows, which may be none. Ends even if the store's cursor moves forward for ever. */
        List<KeyRow> next(Operation operation) {
            Slice slice = slice(operation, query, after, Arguments.MAX_PAGE);
            emptyInARow = slice.rows().isEmpty() ? emptyInARow + 1 : 0;
            if (emptyInARow > MAX_EMPTY_IN_A_ROW) {
                throw operation.nonsense(
                        "store.list found nothing in " + MAX_EMPTY_IN_A_ROW + " calls, and its cursor still moves on",
                        false);
            }
            after = slice.next();
            isOn = after != null;
            return slice.rows();
        }
    }

    /** Returns rows from the store, without those that do not match or have no valid id. */
    private Slice slice(Operation operation, KeyQuery query, @Nullable String after, int limit) {
        KeyFilter filter = query.filter();
        long now = clock.millis();
        Slice slice = store.list(operation, filter, query.order(), after, limit, now);
        List<KeyRow> matching = new ArrayList<>(slice.rows().size());
        for (KeyRow row : slice.rows()) {
            if (!KeyIds.isValid(row.id())) {
                LOG.error("A row is skipped: its id {} is not a key id; correct it in the store", Shown.text(row.id()));
            } else if (filter.matches(row, now)) {
                matching.add(row);
            }
        }
        return new Slice(matching, slice.next());
    }
}
