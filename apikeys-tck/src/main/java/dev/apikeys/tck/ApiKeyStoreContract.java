package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.JournalRow.Filter;
import dev.apikeys.spi.JournalRow.Position;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link dev.apikeys.spi.ApiKeyStore}, rule by rule. Extend it, override {@link #store()}, and run it
 * with JUnit; also override {@link #faults()}, so that nothing is skipped.
 *
 * <pre>{@code
 * class MyKeyStoreTest extends ApiKeyStoreContract {
 *     @Override
 *     protected ApiKeyStore store() {
 *         return new MyKeyStore(emptyDatabase());
 *     }
 * }
 * }</pre>
 *
 * <p>Most rules are in the superclasses, by topic; here are S17 and S18, the journal.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // a test is called after its rule
public abstract class ApiKeyStoreContract extends KeyFeedRules {
    private static final Comparator<JournalRow> NEWEST_FIRST = Comparator.comparingLong(JournalRow::time)
            .thenComparing(JournalRow::id)
            .reversed();

    /** For subclasses. */
    protected ApiKeyStoreContract() {}

    // ---------------------------------------------------------------- S17: rows and journal together

    /** S17: a journal row is read unchanged, in every field except its time, which the store sets. */
    @Test
    public final void S17_keepsEveryFieldAndSetsTheTime() {
        String wide = "\uD83D\uDD11 ' % _ \\ \u00E9";
        JournalRow full = Samples.journal(2)
                .time(5)
                .keyId(Samples.id(1))
                .via(wide)
                .requestId(wide)
                .version(Long.MAX_VALUE)
                .count(1L << 40)
                .details("{\"owner\":[\"\u00E9\",null]}" + "d".repeat(4_000))
                .build();
        JournalRow named = JournalRow.builder("01k" + "z".repeat(23), "T".repeat(32), "\uD83D\uDD11".repeat(200))
                .via("\uD83D\uDD11".repeat(200))
                .requestId("\uD83D\uDD11".repeat(200))
                .build();
        JournalRow bare = Samples.journal(1).build();

        assertTrue(write(inserting(Samples.key(1).build()).journal(bare).journal(full)), "a write with two rows");
        assertTrue(write(WriteSet.builder().journal(named)), "a write of a journal row alone");

        List<JournalRow> read = journalAll(Filter.ALL, 10);
        assertEquals(
                untimed(List.of(full, named, bare)), untimed(read), "the journal, apart from times and their order");
        for (JournalRow row : read) {
            long apart = Math.abs(row.time() - System.currentTimeMillis());
            assertTrue(
                    apart < HOUR,
                    () -> "the store's clock gives a row its time, but " + row + " is " + apart + " ms from now");
        }
    }

    private static Set<JournalRow> untimed(List<JournalRow> rows) {
        return rows.stream().map(row -> row.toBuilder().time(0).build()).collect(Collectors.toSet());
    }

    /** S17: a refused write leaves no journal row, a successful one all of its rows. */
    @Test
    public final void S17_writesBothOrNeither() {
        insert(Samples.key(1).build());

        assertThrows(
                KeyExistsException.class,
                () -> write(inserting(Samples.key(1).build()).journal(journalRow())),
                "write of an insert whose id exists");
        assertFalse(
                write(replacing(Samples.key(1).version(9)).journal(journalRow()).journal(journalRow())),
                "a replace of a version that is not stored");
        assertFalse(
                write(WriteSet.builder().delete(deletion(Samples.id(2))).journal(journalRow())),
                "a delete of a row that is not there");
        assertEquals(List.of(), journalAll(Filter.ALL, 10), "the journal after three refused writes");

        assertTrue(write(replacing(Samples.key(1).version(2)).journal(journalRow())), "a replace");
        assertTrue(write(WriteSet.builder().delete(deletion(Samples.id(1))).journal(journalRow())), "a delete");
        assertEquals(2, journalAll(Filter.ALL, 10).size(), "journal rows after two successful writes");
    }

    /** S17: of many concurrent writes, each successful one has its row, and no other does. */
    @Test
    public final void S17_everyChangeHasItsRow() throws Exception {
        insert(Samples.key(1).build());
        Set<String> done = ConcurrentHashMap.newKeySet();
        detector().race(16, i -> {
            for (int n = 0; n < 10; n++) {
                long version = found(Samples.id(1)).version() + 1;
                JournalRow row = journalRow();
                if (write(replacing(Samples.key(1).version(version)).journal(row))) {
                    done.add(row.id());
                }
            }
        });
        Set<String> told = new HashSet<>();
        journalAll(Filter.ALL, 7).forEach(row -> told.add(row.id()));
        assertEquals(done, told, "journal rows, and those of the replaces that returned true");
    }

    /** S17: a reader never sees a change without its row, a row without its change, or one of a write's rows alone. */
    @Test
    public final void S17_readersSeeBothOrNeither() throws Exception {
        int last = 200;
        insert(Samples.key(1).build());
        Filter ofKey = Filter.builder().keyId(Samples.id(1)).build();
        AtomicBoolean done = new AtomicBoolean();
        detector().race(3, i -> {
            if (i == 0) {
                try {
                    for (long version = 2; version <= last; version++) {
                        JournalRow.Builder row =
                                journalRow().toBuilder().keyId(Samples.id(1)).version(version);
                        assertTrue(
                                write(replacing(Samples.key(1).version(version))
                                        .journal(row.build())
                                        .journal(journalRow().toBuilder()
                                                .keyId(Samples.id(1))
                                                .version(version)
                                                .build())),
                                "a write that no other competes with");
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            for (boolean again = true; again; ) {
                again = !done.get();
                long before = found(Samples.id(1)).version();
                List<JournalRow> journal = tested().journal(ofKey, null, 1_000);
                long after = found(Samples.id(1)).version();
                long told = journal.stream()
                        .mapToLong(row -> row.version() == null ? 0 : row.version())
                        .max()
                        .orElse(1);
                assertTrue(told >= before, () -> "version " + before + " was seen, and then a journal up to " + told);
                assertTrue(told <= after, () -> "version " + told + " was told, and then seen " + after);
                assertEquals(
                        0, journal.size() % 2, "each write had two journal rows, and a page ends with half of one");
            }
        });
        assertEquals(2 * (last - 1), journalAll(ofKey, 100).size(), "journal rows after all writes");
    }

    /** S17: a purge writes a journal row with the number of rows that it removed, if there were any. */
    @Test
    public final void S17_journalsWhatAPurgeRemoved() {
        insert(
                Samples.key(1).expiresAt(T0).build(),
                Samples.key(2).expiresAt(T0).build(),
                Samples.key(3).build());

        int removed = purgeAll(Duration.ZERO, System.currentTimeMillis(), 1_000).size();
        purgeAll(Duration.ZERO, System.currentTimeMillis(), 1_000);

        List<JournalRow> journal = journalAll(Filter.ALL, 10);
        assertEquals(2, removed, "rows removed");
        assertEquals(2, journal.stream().mapToLong(JournalRow::count).sum(), () -> "the counts of " + journal);
        assertTrue(journal.stream().allMatch(row -> row.count() > 0), () -> "a row of no removal: " + journal);
    }

    /** S17: a write that failed in an outage is stored with its row or not at all. */
    @Test
    public final void S17_anOutageLeavesBothOrNeither() {
        StoreFaults<?> faults = faultsFor("S17");
        faults.fail();
        StorageException e;
        try {
            e = assertOutage(
                    "write", () -> write(inserting(Samples.key(2).build()).journal(journalRow())));
        } finally {
            faults.recover();
        }
        boolean written = tested().find(Samples.id(2)) != null;
        assertEquals(written ? 1 : 0, journalAll(Filter.ALL, 10).size(), "journal rows; the key is there: " + written);
        assertTrue(e.outcomeUnknown() || !written, "the write said that nothing was written");
    }

    // ---------------------------------------------------------------- S18: reading the journal

    /** S18: the journal is sorted by time and then by id, newest first, and every limit yields the same rows. */
    @Test
    public final void S18_readsNewestFirst() {
        for (int i = 0; i < 12; i++) {
            WriteSet.Builder rows = WriteSet.builder();
            for (int n = 0; n < 5; n++) {
                // In no order, most of them within one millisecond.
                rows.journal(Samples.journal((17 * (5 * i + n)) % 60).build());
            }
            assertTrue(write(rows), "write of five journal rows");
        }
        List<JournalRow> all = journalAll(Filter.ALL, 1_000);
        assertEquals(60, all.size(), "journal rows");
        for (int limit : new int[] {1, 2, 7, 59, 60, 61}) {
            assertEquals(all, journalAll(Filter.ALL, limit), "the journal in pages of " + limit);
        }
        Position middle = all.get(29).position();
        assertEquals(all.subList(30, 40), tested().journal(Filter.ALL, middle, 10), "what follows a row");
        assertEquals(
                all.stream().filter(row -> row.time() < middle.time()).toList(),
                tested().journal(Filter.ALL, new Position(middle.time(), ""), 1_000),
                "what follows a position that no row has");
        assertEquals(List.of(), tested().journal(Filter.ALL, new Position(0, "z"), 10), "what follows the beginning");
    }

    /** S18: filters are exact: key, actor, and a span of time that includes its begin and excludes its end. */
    @Test
    public final void S18_filtersExactly() {
        write(WriteSet.builder().journal(by("alice", 1)));
        write(WriteSet.builder().journal(by("Alice", 2)));
        write(WriteSet.builder().journal(by("alice ", 1)));
        write(WriteSet.builder().journal(by("alice", 2)));
        write(WriteSet.builder().journal(by("' OR 1=1 --", 1)));
        write(WriteSet.builder().journal(journalRow()));
        List<JournalRow> all = journalAll(Filter.ALL, 10);
        List<Filter> filters = new ArrayList<>(List.of(Filter.ALL));
        for (String actor : List.of("alice", "Alice", "alice ", "ali%", "alic_", "' OR 1=1 --", "")) {
            filters.add(Filter.builder().actor(actor).build());
            filters.add(Filter.builder().keyId(Samples.id(1)).actor(actor).build());
        }
        for (JournalRow row : all) {
            filters.add(Filter.builder().from(row.time()).build());
            filters.add(Filter.builder().until(row.time()).build());
            filters.add(Filter.builder()
                    .keyId(Samples.id(2))
                    .actor("alice")
                    .from(row.time())
                    .until(row.time() + 1)
                    .build());
        }
        filters.add(Filter.builder().keyId(Samples.id(9)).build());
        for (Filter filter : filters) {
            List<JournalRow> expected = all.stream().filter(filter::matches).toList();
            for (int limit : new int[] {1, 1_000}) {
                assertEquals(expected, journalAll(filter, limit), () -> "the journal by " + filter);
            }
        }
    }

    private JournalRow by(String actor, int key) {
        String id = journalRow().id();
        return JournalRow.builder(id, "UPDATED", actor).keyId(Samples.id(key)).build();
    }

    /** S18: rows that existed when the first page was read are on exactly one page, regardless of concurrent writes. */
    @Test
    public final void S18_pagesWithoutGapOrRepeatWhileOthersWrite() throws Exception {
        writeBetweenTwoPages();
        Set<String> written = ConcurrentHashMap.newKeySet();
        AtomicBoolean done = new AtomicBoolean();
        detector().race(4, i -> {
            if (i > 0) {
                for (int n = 0; n < 300 && !done.get(); n++) {
                    JournalRow row = journalRow();
                    assertTrue(write(WriteSet.builder().journal(row)), "write of a journal row");
                    written.add(row.id());
                }
                return;
            }
            try {
                for (int n = 0; n < 10; n++) {
                    Set<String> before = Set.copyOf(written);
                    Set<String> read = new HashSet<>();
                    for (JournalRow row : journalAll(Filter.ALL, 20)) {
                        assertTrue(read.add(row.id()), () -> row + " is on two pages");
                    }
                    before.forEach(id -> assertTrue(read.contains(id), () -> id + " was there, but is on no page"));
                }
            } finally {
                done.set(true);
            }
        });
    }

    private void writeBetweenTwoPages() {
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < 25; i++) {
            JournalRow row = journalRow();
            assertTrue(write(WriteSet.builder().journal(row)), "write of a journal row");
            expected.add(row.id());
        }
        List<JournalRow> rows = new ArrayList<>(tested().journal(Filter.ALL, null, 20));
        assertTrue(write(WriteSet.builder().journal(journalRow())), "write of a journal row");
        rows.addAll(tested().journal(Filter.ALL, rows.get(19).position(), 20));
        Set<String> read = new HashSet<>();
        for (JournalRow row : rows) {
            assertTrue(read.add(row.id()), () -> row + " is on two pages");
        }
        assertTrue(read.containsAll(expected), "a row that was there before the first page is on none");
    }

    /** S18: a purge removes rows that are old enough by the earlier clock, the oldest first, within its limit. */
    @Test
    public final void S18_purgesWhatIsOldEnough() {
        for (int i = 0; i < 15; i++) {
            assertTrue(write(WriteSet.builder().journal(journalRow())), "write of a journal row");
            if (i == 7) {
                youngerThan(journalAll(Filter.ALL, 1_000).get(0).time());
            }
        }
        long cutOff = journalAll(Filter.ALL, 1_000).get(0).time();
        JournalRow young = youngerThan(cutOff);
        List<JournalRow> all = journalAll(Filter.ALL, 1_000);
        long old = all.stream().filter(row -> row.time() <= cutOff).count();
        // The caller's clock is the earlier one, so the store's does not matter.
        long now = young.time();
        Duration age = Duration.ofMillis(now - cutOff);

        assertEquals(0, purgeJournal(age.plusHours(1), now, 10), "rows purged of an age that none has");
        Purge first = tested().purgeJournal(age, now, 10);
        assertTrue(first.removed() <= 10, "rows removed with a limit of 10: " + first.removed());
        assertEquals(Rest.MORE, first.rest(), "the rest after a purge of 10 of " + old);
        List<JournalRow> left = journalAll(Filter.ALL, 1_000);
        assertEquals(all.size() - first.removed(), left.size(), "rows left by a purge that says what it removed");
        assertTrue(
                all.stream().filter(row -> !left.contains(row)).allMatch(row -> row.time() <= oldest(left)),
                () -> "the oldest go first, but of " + all + " are left " + left);
        int later = purgeJournal(age, now, 10);

        assertEquals(old, first.removed() + later, "rows purged in all");
        List<JournalRow> rest = journalAll(Filter.ALL, 1_000);
        assertTrue(rest.contains(young), () -> young + " is younger than " + age + ", but the journal is " + rest);
        assertTrue(oldest(rest) > cutOff, () -> "older rows are left: " + rest);
    }

    private static long oldest(List<JournalRow> newestFirst) {
        return newestFirst.get(newestFirst.size() - 1).time();
    }

    /** Writes rows until the store's clock has moved on. */
    private JournalRow youngerThan(long time) {
        for (; ; ) {
            JournalRow row = journalRow();
            assertTrue(write(WriteSet.builder().journal(row)), "write of a journal row");
            JournalRow newest = tested().journal(Filter.ALL, null, 1).get(0);
            if (newest.time() > time + 20) {
                return newest;
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private int purgeJournal(Duration age, long now, int limit) {
        int removed = 0;
        int idle = 0;
        for (Rest rest = Rest.MORE; rest == Rest.MORE; ) {
            Purge purge = tested().purgeJournal(age, now, limit);
            assertTrue(purge.removed() <= limit, () -> purge.removed() + " rows purged with a limit of " + limit);
            assertEquals(List.of(), purge.rows(), "key rows that a purge of the journal returns");
            removed += purge.removed();
            rest = purge.rest();
            idle = purge.removed() == 0 ? idle + 1 : 0;
            assertTrue(
                    idle < 100, "100 purges of the journal in a row removed nothing and reported that there is more");
        }
        return removed;
    }

    /** Returns the whole journal, checking the invariants of every page. */
    private List<JournalRow> journalAll(Filter filter, int limit) {
        List<JournalRow> all = new ArrayList<>();
        @Nullable Position before = null;
        for (; ; ) {
            List<JournalRow> page = tested().journal(filter, before, limit);
            assertTrue(page.size() <= limit, () -> page.size() + " rows on a page of at most " + limit);
            for (JournalRow row : page) {
                JournalRow last = all.isEmpty() ? null : all.get(all.size() - 1);
                assertTrue(
                        last == null || NEWEST_FIRST.compare(last, row) < 0,
                        () -> "newest first, but " + row + " came after " + last);
                all.add(row);
            }
            if (page.size() < limit) {
                return all;
            }
            before = all.get(all.size() - 1).position();
        }
    }
}
