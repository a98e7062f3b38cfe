package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.Changes.Mark;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * S19: what a store reports of changes. Part of {@link ApiKeyStoreContract}; extend that.
 *
 * <p>A key is changed by a journal row that names it; whether a row of the key changes with it is of no account here.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // a test is called after its rule
public abstract class KeyFeedRules extends KeyPurgeRules {
    private static final int MOST = 1_000;
    private static final int WRITERS = 6;
    private static final int CHANGES_PER_WRITER = 60;

    private final AtomicInteger rows = new AtomicInteger(1_000_000);

    KeyFeedRules() {}

    /**
     * Gives a store on the rows of the one that {@link #store()} gave last, as a node of a cluster has it whose clock is
     * behind: the time of the journal rows that it writes is 70 seconds in the past. S19 is skipped in part without it.
     *
     * @return the store, or null if all nodes have one clock
     */
    protected @Nullable ApiKeyStore storeWithClockBehind() {
        return null;
    }

    /**
     * Gives a store of the same class as the one that {@link #store()} gave last, and another object: on rows of its
     * own, or on the same ones, as a program has it that was restarted. A part of S19 is skipped without it.
     *
     * @return the store, or null if there is none
     */
    protected @Nullable ApiKeyStore anotherStore() {
        return null;
    }

    /** S19: the first call of a chain, and one with the mark of another store, say that any key may have changed. */
    @Test
    public final void S19_tellsAllWithoutAMark() {
        Mark foreign = new Mark() {};
        for (int n = 0; n < 2; n++) {
            assertTrue(tested().changes(null).isAll(), "the first call of a chain reports all keys");
            assertTrue(tested().changes(foreign).isAll(), "a call with the mark of another store reports all keys");
            assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        }
        assertTrue(tested().changes(null).isCertain(), "nothing is in doubt where nothing went wrong");
        assertTrue(tested().changes(foreign).isCertain(), "nothing is in doubt where nothing went wrong");
    }

    /** S19: a call with the mark of another store of the same class says that any key may have changed. */
    @Test
    public final void S19_tellsAllByTheMarkOfAnotherStore() {
        ApiKeyStore another = anotherStore();
        assumeTrue(another != null, "S19 skipped in part: anotherStore() gave no store");
        ApiKeyStore watched = watched(another);
        assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        Mark foreign = watched.changes(watched.changes(null).next()).next();

        for (int number = 2; number < 4; number++) {
            assertTrue(
                    tested().changes(foreign).isAll(),
                    "a call with the mark of another store of the same class reports all keys");
            assertTrue(write(WriteSet.builder().journal(about(number))), "write of a journal row");
        }
    }

    /** S19: a change is reported by the next call, in any order of the ids, and nothing where nothing changed. */
    @Test
    public final void S19_tellsAChangeToTheNextCall() {
        insert(Samples.key(1).build(), Samples.key(2).build());
        Mark mark = tested().changes(null).next();
        assertTrue(write(replacing(Samples.key(1).version(2)).journal(about(1))), "a replace");
        mark = assertTold(mark, 1);
        assertTrue(write(WriteSet.builder().delete(deletion(Samples.id(2))).journal(about(2))), "a delete");
        mark = assertTold(mark, 2);
        // The ids of journal rows are in no order: they are made by many nodes.
        for (int number = 20; number > 10; number--) {
            JournalRow row = Samples.journal(number).keyId(Samples.id(number)).build();
            assertTrue(write(WriteSet.builder().journal(row)), "write of a journal row");
            mark = assertTold(mark, number);
        }
        Set<String> several = Set.of(Samples.id(1), Samples.id(2), Samples.id(3));
        assertTrue(write(WriteSet.builder().journal(about(1)).journal(about(2)).journal(about(3))), "three rows");
        Changes changes = tested().changes(mark);
        assertTrue(
                changes.isAll() || changes.ids().containsAll(several),
                () -> "a write about three keys was reported as " + changes.ids());
        assertReportsNothing(changes.next());
    }

    /** S19: a chain on which nothing happens reports no key and does not end. */
    private void assertReportsNothing(Mark mark) {
        Mark next = mark;
        // What was reported may be reported twice.
        next = tested().changes(next).next();
        for (int n = 0; n < 5; n++) {
            Changes changes = tested().changes(next);
            assertFalse(changes.isAll(), "nothing changed, but all keys are reported");
            next = changes.next();
        }
    }

    /** S19: keys that were created, and what is about no key, are not reported and do not count. */
    @Test
    public final void S19_tellsNoCreation() {
        Mark mark = followed();
        WriteSet.Builder created = WriteSet.builder();
        for (int i = 0; i < MOST; i++) {
            created.insert(Samples.key(i).build()).journal(row("CREATED", Samples.id(i)));
        }
        assertTrue(write(created), "write of 1 000 inserts");
        assertTrue(
                write(inserting(Samples.key(MOST).build())
                        .journal(row("CREATED", Samples.id(MOST)))
                        .journal(row("PURGED", null))
                        .journal(about(7))),
                "write of an insert");

        Changes changes = tested().changes(mark);

        assertEquals(Set.of(Samples.id(7)), changes.ids(), "keys reported after 1 001 creations and one change");
        assertFalse(changes.isAll(), "creations do not count");
    }

    /** S19: up to 1 000 keys are reported by their ids, more as all, and the chain goes on behind them. */
    @Test
    public final void S19_tellsMoreThan1000AsAll() {
        Mark mark = followed();
        for (int number = 0; number < MOST; number += 500) {
            changeMany(number, 500);
        }
        changeMany(0, 1);
        Changes exact = tested().changes(mark);
        assertEquals(MOST, exact.ids().size(), () -> "keys reported after 1 000 changed; all: " + exact.isAll());

        mark = exact.next();
        for (int number = 0; number < 2 * MOST; number += 500) {
            changeMany(number, 500);
        }
        Changes many = tested().changes(mark);
        assertTrue(many.isAll(), "2 000 keys are reported as all");
        assertTrue(many.isCertain(), "many changes are no reason to doubt");

        assertTrue(write(WriteSet.builder().journal(about(5))), "write of a journal row");
        assertTold(many.next(), 5);
    }

    private void changeMany(int from, int count) {
        WriteSet.Builder set = WriteSet.builder();
        for (int number = from; number < from + count; number++) {
            set.journal(about(number));
        }
        assertTrue(write(set), "write of " + count + " journal rows");
    }

    /** S19: a mark can be used again, as is done after a call that failed. */
    @Test
    public final void S19_tellsAgainByAnEarlierMark() {
        assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        Mark earlier = tested().changes(null).next();
        assertTrue(write(WriteSet.builder().journal(about(2))), "write of a journal row");
        Mark later = assertTold(earlier, 2);
        assertTrue(write(WriteSet.builder().journal(about(3))), "write of a journal row");

        assertTold(later, 3);
        assertTold(earlier, 2);
        assertTold(earlier, 3);
        assertTold(later, 3);
    }

    /** S19: what became visible before an outage, or in it, is reported after it, by the mark from before. */
    @Test
    public final void S19_tellsAfterAnOutage() {
        StoreFaults<?> faults = faultsFor("S19");
        Mark mark = followed();
        assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        faults.fail();
        try {
            assertThrows(StorageException.class, () -> tested().changes(mark), "changes while nothing answers");
        } finally {
            faults.recover();
        }
        untilItAnswers(() -> assertTold(mark, 1));
    }

    /** S19: where rows that were not reported are gone from the journal, all keys are reported. */
    @Test
    public final void S19_tellsAllWhereTheJournalWasPurged() {
        Mark empty = tested().changes(null).next();
        assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        purgeWholeJournal();
        assertTold(empty, 1);

        for (int number = 2; number < 5; number++) {
            assertTrue(write(WriteSet.builder().journal(about(number))), "write of a journal row");
        }
        Mark mark = tested().changes(null).next();
        for (int number = 5; number < 10; number++) {
            assertTrue(write(WriteSet.builder().journal(about(number))), "write of a journal row");
        }
        purgeWholeJournal();
        assertTold(mark, 5);
        assertTrue(write(WriteSet.builder().journal(about(10))), "write of a journal row");
        assertTold(mark, 6);
        assertTold(mark, 10);
    }

    private void purgeWholeJournal() {
        Rest rest = Rest.MORE;
        for (int n = 0; n < MOST && rest == Rest.MORE; n++) {
            rest = tested().purgeJournal(Duration.ZERO, System.currentTimeMillis() + MINUTE, MOST)
                    .rest();
        }
        assertEquals(Rest.NONE, rest, "the rest after more purges of the journal than it has rows");
    }

    /** S19: of many writers at once each change is reported by the first call that begins after the write returned. */
    @Test
    public final void S19_tellsEachChangeWhileOthersWrite() throws Exception {
        Set<String> begun = ConcurrentHashMap.newKeySet();
        Set<String> written = ConcurrentHashMap.newKeySet();
        AtomicInteger writing = new AtomicInteger(WRITERS);
        Mark first = followed();
        detector().race(WRITERS + 1, i -> {
            if (i == WRITERS) {
                follow(first, begun, written, writing);
                return;
            }
            try {
                for (int n = 0; n < CHANGES_PER_WRITER; n++) {
                    int number = i * CHANGES_PER_WRITER + n;
                    WriteSet.Builder set = WriteSet.builder().journal(about(number));
                    if (n % 5 == 0) {
                        // A row that the transaction has to write besides makes it longer.
                        set.insert(Samples.key(number).build());
                    }
                    begun.add(Samples.id(number));
                    assertTrue(write(set), "write of a journal row");
                    written.add(Samples.id(number));
                }
            } finally {
                writing.decrementAndGet();
            }
        });
        assertEquals(WRITERS * CHANGES_PER_WRITER, written.size(), "keys that were changed");
    }

    private void follow(Mark first, Set<String> begun, Set<String> written, AtomicInteger writing) {
        Mark mark = first;
        Set<String> reported = new HashSet<>();
        for (boolean again = true; again; ) {
            again = writing.get() > 0;
            Set<String> before = Set.copyOf(written);
            Changes changes = tested().changes(mark);
            // All keys are those, too, that were written while the call looked.
            reported.addAll(changes.isAll() ? begun : changes.ids());
            mark = changes.next();
            Set<String> missing = new HashSet<>(before);
            missing.removeAll(reported);
            assertTrue(missing.isEmpty(), () -> "changed before the call, and reported by no call so far: " + missing);
        }
    }

    /** S19: a change whose journal row has a time long ago is reported, or the store says that something is in doubt. */
    @Test
    public final void S19_tellsOrDoubtsWhereAClockIsBehind() {
        ApiKeyStore behind = storeWithClockBehind();
        assumeTrue(behind != null, "S19 skipped in part: storeWithClockBehind() gave no store");
        ApiKeyStore watched = watched(behind);
        assertTrue(write(WriteSet.builder().journal(about(1))), "write of a journal row");
        Mark mark = tested().changes(tested().changes(null).next()).next();
        for (int number = 2; number < 5; number++) {
            assertTrue(
                    watched.write(WriteSet.builder().journal(about(number)).build()),
                    "write of a journal row by a node whose clock is behind");
            mark = assertTold(mark, number);
        }
        List<JournalRow> newest = tested().journal(JournalRow.Filter.ALL, null, 1);
        assertEquals(Samples.id(1), newest.get(0).keyId(), "the key of the newest row, with the others 70 s behind");
    }

    /** The mark of a chain that has begun, on a journal with a row: some stores cannot tell an empty one from one that lost all. */
    private Mark followed() {
        assertTrue(write(WriteSet.builder().journal(row("CREATED", Samples.id(0)))), "write of a journal row");
        return tested().changes(null).next();
    }

    private Mark assertTold(Mark mark, int number) {
        Changes changes = tested().changes(mark);
        String id = Samples.id(number);
        assertTrue(
                changes.isAll() || changes.ids().contains(id),
                () -> id + " changed after the mark was given, but reported are " + changes.ids());
        return changes.next();
    }

    private JournalRow about(int key) {
        return row("UPDATED", Samples.id(key));
    }

    private JournalRow row(String type, @Nullable String keyId) {
        String id = Samples.journal(rows.incrementAndGet()).build().id();
        return JournalRow.builder(id, type, "system").keyId(keyId).build();
    }
}
