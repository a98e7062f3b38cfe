package dev.apikeys.spi;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A store of API keys and of their journal. Write one, test it with {@code apikeys-tck}, and pass it to
 * {@code ApiKeys.builder}.
 *
 * <p>Thread-safe: any number of threads call it. Locking: the library holds nothing while it calls this.
 *
 * @implSpec These hold for every method. S10: a call does not wait without bound; the store's own bounds turn into
 *     {@link StorageException}. S11: an outage is a {@link StorageException} with its cause, and the next call after
 *     recovery works. S12: nothing is held on return. S13: any number of threads, also on a pool of one connection. S14:
 *     values are data, whatever characters they hold. S15: each call is a transaction of its own, committed before it
 *     returns. S16: a read that begins after a write returned, on the same store object, sees it. A failed call whose
 *     effect is not known throws {@link StorageException} with {@link StorageException#outcomeUnknown()}.
 * @since 0.1
 */
public interface ApiKeyStore {

    /**
     * The direction of a list.
     *
     * @since 0.1
     */
    enum Order {
        /** By ascending id, which is the order of creation to the millisecond. */
        OLDEST_FIRST,
        /** By descending id. */
        NEWEST_FIRST
    }

    /**
     * A part of a list.
     *
     * @param rows the rows in the order asked for
     * @param next the {@code after} of the next call, or null at the end; the rows may be few or none and {@code next}
     *     set, if the call looked for as long as it may
     * @since 0.1
     */
    record Slice(List<KeyRow> rows, @Nullable String next) {
        /** Creates a slice of a copy of the given rows. */
        public Slice {
            rows = List.copyOf(rows);
        }
    }

    /**
     * What is left after a purge.
     *
     * @since 0.1
     */
    enum Rest {
        /** Nothing that is old enough. */
        NONE,
        /** More, perhaps: call again. */
        MORE,
        /** Everything: the clocks of store and caller differ by more than an hour, and nothing was removed. */
        PUT_OFF
    }

    /**
     * The result of a purge. Immutable and thread-safe. Made by {@link #ofKeys}, {@link #ofJournal} and {@link #putOff}, so
     * that a later version can say more and no store breaks; {@link Slice} stays a record, since rows and the place to go
     * on are all there is to a part of a list.
     *
     * @since 0.1
     */
    final class Purge {
        private final int removed;
        private final List<KeyRow> rows;
        private final Rest rest;

        private Purge(int removed, List<KeyRow> rows, Rest rest) {
            this.removed = removed;
            this.rows = List.copyOf(rows);
            this.rest = Objects.requireNonNull(rest, "rest");
        }

        /**
         * Returns the result of a purge of keys.
         *
         * @param rows the key rows that were removed
         * @param rest what is left
         * @return a result
         */
        public static Purge ofKeys(List<KeyRow> rows, Rest rest) {
            return new Purge(rows.size(), rows, rest);
        }

        /**
         * Returns the result of a purge of the journal.
         *
         * @param removed how many rows were removed
         * @param rest what is left
         * @return a result
         * @throws IllegalArgumentException if the number is negative
         */
        public static Purge ofJournal(int removed, Rest rest) {
            if (removed < 0) {
                throw new IllegalArgumentException("removed is " + removed + "; allowed: 0 and more");
            }
            return new Purge(removed, List.of(), rest);
        }

        /**
         * Returns the result of a purge that removed nothing because the clocks differ.
         *
         * @return a result
         */
        public static Purge putOff() {
            return new Purge(0, List.of(), Rest.PUT_OFF);
        }

        /**
         * Returns how many rows were removed.
         *
         * @return 0 and more
         */
        public int removed() {
            return removed;
        }

        /**
         * Returns the key rows that were removed.
         *
         * @return an immutable list; empty where journal rows were removed
         */
        public List<KeyRow> rows() {
            return rows;
        }

        /**
         * Returns what is left.
         *
         * @return what is left
         */
        public Rest rest() {
            return rest;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Purge that
                    && removed == that.removed
                    && rows.equals(that.rows)
                    && rest == that.rest;
        }

        @Override
        public int hashCode() {
            return Objects.hash(removed, rows, rest);
        }

        /** The number and what is left. */
        @Override
        public String toString() {
            return "Purge[removed=" + removed + ", rest=" + rest + "]";
        }
    }

    /**
     * Writes all rows or none. If more than one condition fails, an insert that exists and a {@link WriteSet.Replace}
     * or {@link WriteSet.Delete} without its row, the answer is the exception or false, as the store comes upon them.
     * The library never inserts the lookup of a row that the same set deletes.
     *
     * @param rows the rows
     * @return true if all were written; false, and nothing was written, if a {@link WriteSet.Replace} or
     *     {@link WriteSet.Delete} did not find the row it expects
     * @throws KeyExistsException if an inserted id or lookup exists; nothing was written
     * @throws StorageException if the store failed
     * @implSpec S01: what was written is found, character for character, in every field. S02: an insert of an existing id
     *     or lookup fails. S03: all or nothing, also to readers. S04: a Replace succeeds exactly when its conditions hold,
     *     of any number racing one wins, and it never touches {@code usageCount}, {@code lastUsedAt}, {@code createdAt},
     *     {@code createdBy}, {@code lookup} or {@code id}. S05: ids and lookups compare case-sensitively and without
     *     blank padding. S17: key rows and journal rows are written together or not at all; the time of a journal row is
     *     the store's. S20: a Delete removes exactly the row whose hash and, where given, version it names.
     */
    boolean write(WriteSet rows);

    /**
     * Finds a row by id.
     *
     * @param id the key id
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable KeyRow find(String id);

    /**
     * Finds a row by lookup.
     *
     * @param lookup the hash of a secret of a foreign format
     * @return the row, or null
     * @throws StorageException if the store failed
     * @implSpec S01, S05, S16.
     */
    @Nullable KeyRow findByLookup(String lookup);

    /**
     * Lists rows by id.
     *
     * @param filter which rows; a store may yield more, never fewer
     * @param order the direction
     * @param after only rows that follow this id in that order, or null for the beginning; need not exist
     * @param limit how many rows at most, 1 to 1 000
     * @param now the time at which a status is taken, epoch milliseconds
     * @return the next rows
     * @throws StorageException if the store failed
     * @implSpec S06: by id in code-unit order, in both directions, without gap or repeat while others insert and delete;
     *     filters apply in the store; a call scans for at most about 200 ms before it returns what it has with a
     *     {@code next} that moves forward.
     */
    Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now);

    /**
     * Adds usage. The versions of the rows stay.
     *
     * @param batch the deltas, with the node that counted and its number for them
     * @throws StorageException if the store failed; nothing was added unless the outcome is unknown
     * @implSpec S07: adds, never sets; {@code lastUsedAt} never goes back; unknown ids are ignored; one transaction, all
     *     or none, rolled back before the method returns or retries; concurrent batches in any order neither deadlock nor
     *     lose. S21: a batch whose number is not greater than the last one that was added for its node adds nothing.
     */
    void addUsage(UsageBatch batch);

    /**
     * Removes keys that ended at least a given time ago, see {@link KeyRow#endsAt()}; {@link KeyRow#UNREADABLE} is no
     * end. The age counts back from the earlier of the store's clock and {@code now}; if the two differ by more than an
     * hour, nothing is removed. A call may look at a part of the rows only.
     *
     * @param age how long ago they ended, at least zero; the library passes 36 525 days at most
     * @param now the caller's clock, epoch milliseconds
     * @param limit how many rows at most, 1 to 1 000
     * @param journal a journal row to write with the number of rows removed as its count, if any was
     * @return the rows removed
     * @throws StorageException if the store failed
     * @implSpec S08: removes at most {@code limit}, only what is older by both clocks, never a row whose end cannot be read
     *     or that changed in between; the rows are returned as they stood, and their ids and lookups are free again;
     *     one row that another transaction has locked does not keep the others. S17: the journal row is written in the
     *     same transaction.
     */
    Purge purge(Duration age, long now, int limit, JournalRow journal);

    /**
     * Reads the journal, newest first: by descending time, then by descending id in code-unit order.
     *
     * @param filter which rows
     * @param before only rows that follow this position in that order, or null for the newest
     * @param limit how many rows at most, 1 to 1 000
     * @return the rows; fewer than {@code limit} only at the end
     * @throws StorageException if the store failed
     * @implSpec S18: what was visible when the first page was read is on exactly one page. S16.
     */
    List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit);

    /**
     * Removes journal rows that were written at least a given time ago, oldest first. Clocks as for {@link #purge}.
     *
     * @param age how long ago they were written, at least zero; the library passes 36 525 days at most
     * @param now the caller's clock, epoch milliseconds
     * @param limit how many rows at most, 1 to 1 000
     * @return the result, without rows
     * @throws StorageException if the store failed
     * @implSpec S08, S18: removes at most {@code limit}, only what is older by both clocks.
     */
    Purge purgeJournal(Duration age, long now, int limit);

    /**
     * Reports which keys were changed or deleted since a mark, by any node. A caller follows the store in a chain of calls: the
     * first without a mark, each further one with the mark that the last one returned.
     *
     * @param mark the mark of the last answer, or null for the first call of a chain
     * @return the ids of the keys whose journal rows became visible since, or that any key may have changed; and the next
     *     mark
     * @throws StorageException if the store failed; the caller may go on with the mark that it has
     * @implSpec S19: a change that became visible within 60 s of the time of its journal row is reported by the first call that
     *     begins after that, or by an earlier one of the chain; twice is allowed. A change is a row for which
     *     {@link JournalRow#isChange} is true. The answer is {@link Changes#all} for the first call of a chain, for a mark
     *     of another store, for more than 1 000 changed keys, and where the journal may have lost a row since the mark. It
     *     is {@link Changes#inDoubt} where the store cannot guarantee its order. For one that goes by time, that is if its
     *     clock went back or jumped by more than a second against the machine's, or if it sees a row that a call more than
     *     30 s after the row's time did not see; one that goes by the order of its commits need not look at a clock.
     */
    Changes changes(Changes.@Nullable Mark mark);
}
