package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Decision;
import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.JournalRow.Position;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The journal: a ring of the latest rows, in which a new row takes the place of the oldest. A row is put in its place
 * before the transaction that writes it begins, and becomes visible with it: its one compare-and-set decides for the rows
 * too. Places are numbered in the order of time. Thread-safe; no call waits.
 *
 * <p>Numbers are given before it is decided whether there is a row. So a reader of {@link #changes} passes no number that
 * is open: a transaction under way it carries to its end, one that was not begun starts again under later numbers, and a
 * number whose row was not put yet is used up.
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

    /** How far a reader of the changes has come: everything below this number was reported or will never be. */
    private record Place(JournalRing journal, long next) implements Changes.Mark {}

    private static final int MAX_CHANGES = 1_000;

    /** What was never put at a number belongs to this one, which did not commit. */
    private final Transaction unused = new Transaction(List.of());

    private static final JournalRow NO_ROW = JournalRow.builder("", "", "").build();

    private final InstantSource clock;
    private final AtomicReferenceArray<@Nullable Entry> ring;
    private final AtomicReference<End> end = new AtomicReference<>(new End(0, Long.MIN_VALUE));

    /** No row that was purged has this number or a greater one. */
    private final AtomicLong purged = new AtomicLong();

    /**
     * Creates an empty journal.
     *
     * @param maxRows the maximum number of rows
     * @param clock the clock for the times of rows
     */
    JournalRing(int maxRows, InstantSource clock) {
        this.ring = new AtomicReferenceArray<>(maxRows);
        this.clock = clock;
        unused.conclude();
    }

    /**
     * Runs a transaction, with rows that exist if it commits.
     *
     * @param rows at least one, without a time
     * @param transactions makes the transaction, again if a reader of the changes was ahead of it
     * @return how it ended
     */
    Decision write(List<JournalRow> rows, Supplier<Transaction> transactions) {
        for (; ; ) {
            Transaction transaction = transactions.get();
            List<Entry> entries = entries(rows, transaction);
            // If this throws, another thread may still commit the transaction: the rows stay, and exist if it does.
            Decision decision = putAll(entries) ? transaction.begin() : null;
            if (decision != null && decision.outcome() == Outcome.COMMITTED) {
                return decision;
            }
            entries.forEach(this::takeOut);
            if (decision != null && decision.outcome() != Outcome.OVERTAKEN) {
                return decision;
            }
        }
    }

    /** Of more rows than the ring holds, the first are the oldest at once. */
    private List<Entry> entries(List<JournalRow> rows, Transaction transaction) {
        End taken = takePlaces(rows.size());
        long first = taken.next - rows.size();
        List<Entry> entries = new ArrayList<>(rows.size());
        for (int i = Math.max(0, rows.size() - ring.length()); i < rows.size(); i++) {
            JournalRow row = rows.get(i).toBuilder().time(taken.time).build();
            entries.add(new Entry(first + i, row, transaction));
        }
        return entries;
    }

    private boolean putAll(List<Entry> entries) {
        for (Entry entry : entries) {
            if (!put(entry)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Allocates numbers and a time that is not before that of any lower number, even if the clock has gone back.
     *
     * @return the end behind the numbers
     */
    private End takePlaces(int count) {
        long now = clock.millis();
        for (; ; ) {
            End last = end();
            long time = Math.max(now, last.time);
            End taken = new End(last.next + count, time);
            if (end.compareAndSet(last, taken)) {
                return taken;
            }
        }
    }

    /** Returns false if the number is used up, by a reader or because the thread is a whole ring late. */
    private boolean put(Entry entry) {
        for (; ; ) {
            Entry present = ring.get(place(entry.number));
            if (present != null && present.number >= entry.number) {
                return false;
            }
            if (exchange(present, entry)) {
                // A reader that began later may have passed a number so old without a look.
                return entry.number >= oldest(end());
            }
        }
    }

    /** What loses its place is decided first, since no reader will find it again. */
    private boolean exchange(@Nullable Entry present, Entry entry) {
        if (present != null) {
            present.transaction.conclude();
        }
        return ring.compareAndSet(place(entry.number), present, entry);
    }

    private boolean takeOut(Entry entry) {
        return ring.compareAndSet(place(entry.number), entry, null);
    }

    private int place(long number) {
        return (int) (number % ring.length());
    }

    private @Nullable Entry entry(long number) {
        Entry entry = ring.get(place(number));
        return entry != null && entry.number == number && entry.transaction != unused ? entry : null;
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

    /** Reports which keys changed since a mark. */
    Changes changes(Changes.@Nullable Mark mark) {
        long from = mark instanceof Place place && place.journal == this ? place.next : -1;
        End seen = end();
        boolean complete = from >= oldest(seen);
        Set<String> ids = new HashSet<>();
        // All of them, also if all keys may have changed: the next call begins behind them.
        for (long number = Math.max(from, oldest(seen)); number < seen.next; number++) {
            Entry entry = decided(number);
            complete &= entry != null && ids.size() <= MAX_CHANGES;
            if (entry != null && entry.transaction.committed() && entry.row.isChange() && complete) {
                ids.add(Objects.requireNonNull(entry.row.keyId()));
            }
        }
        Place next = new Place(this, seen.next);
        // The number of a purged row is set before the row goes, and read after it was looked for.
        return complete && ids.size() <= MAX_CHANGES && from >= purged.get()
                ? Changes.of(ids, next)
                : Changes.all(next);
    }

    /** Returns what is at a number, with its transaction decided; null if the ring has moved on. */
    private @Nullable Entry decided(long number) {
        for (; ; ) {
            Entry present = ring.get(place(number));
            if (present != null && present.number > number) {
                return null;
            }
            if (present != null && present.number == number) {
                present.transaction.conclude();
                return present;
            }
            Entry none = new Entry(number, NO_ROW, unused);
            if (exchange(present, none)) {
                return none;
            }
        }
    }

    /** Removes rows of this time and before, oldest first. */
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
            purged.accumulateAndGet(number + 1, Math::max);
            removed += takeOut(entry) ? 1 : 0;
        }
        return Purge.ofJournal(removed, Rest.NONE);
    }

    /** Returns the number of rows, visible or not. */
    int size() {
        int size = 0;
        for (int place = 0; place < ring.length(); place++) {
            Entry entry = ring.get(place);
            size += entry == null || entry.transaction == unused ? 0 : 1;
        }
        return size;
    }
}
