package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Decision;
import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.JournalRow.Position;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The journal: a ring buffer of the latest rows, in which a new row replaces the oldest. A row is put before its
 * transaction begins, and becomes visible with it: the transaction's compare-and-set decides the rows too. Places are
 * numbered in the order of time. Thread-safe; no call waits.
 */
final class JournalRing {

    /** A row, its number, and the transaction that decides whether it exists. Equality is identity. */
    private static final class Entry {
        final long number;
        final JournalRow row;
        final Transaction transaction;

        Entry(long number, JournalRow row, Transaction transaction) {
            this.number = number;
            this.row = row;
            this.transaction = transaction;
        }
    }

    /** The number of the next row, and the time of the last one. */
    private record End(long next, long time) {}

    private final InstantSource clock;
    private final AtomicReferenceArray<@Nullable Entry> ring;
    private final AtomicReference<End> end = new AtomicReference<>(new End(0, Long.MIN_VALUE));

    /**
     * Creates an empty journal.
     *
     * @param maxRows the maximum number of rows
     * @param clock the clock for the times of rows
     */
    JournalRing(int maxRows, InstantSource clock) {
        this.ring = new AtomicReferenceArray<>(maxRows);
        this.clock = clock;
    }

    /**
     * Begins a transaction, with rows that exist if it commits.
     *
     * @param rows at least one, without a time
     * @param transaction a transaction that has not begun
     * @return its decision
     */
    Decision write(List<JournalRow> rows, Transaction transaction) {
        End first = takePlaces(rows.size());
        List<Entry> entries = new ArrayList<>(rows.size());
        for (JournalRow row : rows) {
            Entry entry = new Entry(
                    first.next + entries.size(),
                    row.toBuilder().time(first.time).build(),
                    transaction);
            put(entry);
            entries.add(entry);
        }
        // If this throws, another thread may still commit the transaction: the rows stay, and exist if it does.
        Decision decision = transaction.begin();
        if (decision.outcome() != Outcome.COMMITTED) {
            entries.forEach(this::takeOut);
        }
        return decision;
    }

    /** Allocates numbers and a time that is not before that of any lower number, even if the clock has gone back. */
    private End takePlaces(int count) {
        long now = clock.millis();
        for (; ; ) {
            End last = end();
            long time = Math.max(now, last.time);
            if (end.compareAndSet(last, new End(last.next + count, time))) {
                return new End(last.next, time);
            }
        }
    }

    /** Puts an entry. If the thread is a whole ring late, its place is taken, and its row is dropped as the oldest. */
    private void put(Entry entry) {
        for (; ; ) {
            Entry present = ring.get(place(entry.number));
            if (present != null && present.number > entry.number) {
                return;
            }
            if (ring.compareAndSet(place(entry.number), present, entry)) {
                return;
            }
        }
    }

    private boolean takeOut(Entry entry) {
        return ring.compareAndSet(place(entry.number), entry, null);
    }

    private int place(long number) {
        return (int) (number % ring.length());
    }

    private @Nullable Entry entry(long number) {
        Entry entry = ring.get(place(number));
        return entry != null && entry.number == number ? entry : null;
    }

    private End end() {
        return Objects.requireNonNull(end.get());
    }

    private long oldest(End seen) {
        return Math.max(0, seen.next - ring.length());
    }

    /**
     * Reads the newest rows.
     *
     * @param before only rows that follow this position, or null
     * @param moment the count of commits, read when the call began: the rows of a commit are shown in full or not at
     *     all
     */
    List<JournalRow> read(JournalRow.Filter filter, @Nullable Position before, int limit, long moment) {
        Page page = new Page(filter, before, limit, moment);
        End seen = end();
        for (long number = seen.next - 1; number >= oldest(seen) && !page.isFull(); number--) {
            Entry entry = entry(number);
            if (entry != null && filter.from() != null && entry.row.time() < filter.from()) {
                break;
            }
            if (entry != null) {
                page.add(entry);
            }
        }
        return page.rows();
    }

    /** A page of rows from the newest on; rows of one time are sorted by id once they are complete. For one thread. */
    private static final class Page {
        private final JournalRow.Filter filter;
        private final @Nullable Position before;
        private final int limit;
        private final long moment;
        private final Set<Transaction> undecided = new HashSet<>();
        private final List<JournalRow> sorted = new ArrayList<>();
        private final List<JournalRow> ofOneTime = new ArrayList<>();

        Page(JournalRow.Filter filter, @Nullable Position before, int limit, long moment) {
            this.filter = filter;
            this.before = before;
            this.limit = limit;
            this.moment = moment;
        }

        void add(Entry entry) {
            JournalRow row = entry.row;
            if (!ofOneTime.isEmpty() && ofOneTime.get(0).time() != row.time()) {
                sort();
            }
            if (follows(row) && filter.matches(row) && isVisible(entry.transaction)) {
                ofOneTime.add(row);
            }
        }

        private boolean follows(JournalRow row) {
            return before == null
                    || row.time() < before.time()
                    || (row.time() == before.time() && row.id().compareTo(before.id()) < 0);
        }

        /**
         * Returns whether a row is visible. Once one row of a transaction was found undecided, its other rows stay
         * hidden.
         */
        private boolean isVisible(Transaction transaction) {
            Decision decision = transaction.decision();
            if (decision == null) {
                undecided.add(transaction);
                return false;
            }
            return decision.outcome() == Outcome.COMMITTED
                    && decision.moment() <= moment
                    && !undecided.contains(transaction);
        }

        private void sort() {
            ofOneTime.sort(Comparator.comparing(JournalRow::id).reversed());
            sorted.addAll(ofOneTime);
            ofOneTime.clear();
        }

        boolean isFull() {
            return sorted.size() >= limit;
        }

        List<JournalRow> rows() {
            sort();
            return List.copyOf(sorted.subList(0, Math.min(sorted.size(), limit)));
        }
    }

    /** Removes rows up to this time, oldest first. */
    Purge purge(long until, int limit) {
        int removed = 0;
        End seen = end();
        for (long number = oldest(seen); number < seen.next; number++) {
            Entry entry = entry(number);
            if (entry == null || !entry.transaction.committed()) {
                continue;
            }
            if (entry.row.time() > until) {
                break;
            }
            if (removed == limit) {
                return Purge.ofJournal(removed, Rest.MORE);
            }
            removed += takeOut(entry) ? 1 : 0;
        }
        return Purge.ofJournal(removed, Rest.NONE);
    }

    /** Returns the number of rows, visible or not. */
    int size() {
        int size = 0;
        for (int place = 0; place < ring.length(); place++) {
            size += ring.get(place) == null ? 0 : 1;
        }
        return size;
    }
}
