package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * S03, S04, S15, S16 and S20: writes are atomic, conditional and committed. Part of {@link ApiKeyStoreContract}; extend
 * that.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class KeyWriteRules extends KeyRowRules {
    private static final String OTHER_HASH = "sha256$$" + "cd".repeat(32);

    KeyWriteRules() {}

    // ---------------------------------------------------------------- S03: all or nothing

    /** S03: a write with a duplicate insert writes nothing. */
    @Test
    public final void S03_writesNothingIfOneInsertIsADuplicate() {
        KeyRow present = Samples.key(2).build();
        KeyRow changed = Samples.key(4).build();
        insert(present, changed, Samples.key(5).build());

        assertThrows(
                KeyExistsException.class,
                () -> write(replacing(Samples.key(4).name("changed").version(2))
                        .insert(Samples.key(1).lookup("a1").build())
                        .insert(Samples.key(2).build())
                        .insert(Samples.key(3).build())
                        .delete(deletion(Samples.id(5)))));

        assertNull(tested().find(Samples.id(1)), "the row before the duplicate");
        assertNull(tested().findByLookup("a1"), "the lookup before the duplicate");
        assertNull(tested().find(Samples.id(3)), "the row after the duplicate");
        assertEqualRows(changed, tested().find(changed.id()), "the row that was to be replaced");
        assertNotNull(tested().find(Samples.id(5)), "the row that was to be deleted");
    }

    /** S03: a write with a replace or delete of another version, or of no row, writes nothing and returns false. */
    @Test
    public final void S03_writesNothingIfOneConditionFails() {
        KeyRow present = Samples.key(2).build();
        insert(present, Samples.key(5).build());
        KeyRow.Builder changed = Samples.key(2).name("changed");

        assertFalse(
                write(replacing(changed.version(3))
                        .insert(Samples.key(1).build())
                        .insert(Samples.key(3).build())),
                "a write with a replace of a version that is not stored");
        assertFalse(
                write(replacing(changed.version(2))
                        .insert(Samples.key(1).build())
                        .replace(new WriteSet.Replace(Samples.key(3).version(2).build(), Samples.HASH, null))),
                "a write with a replace of a row that is not there");
        assertFalse(
                write(replacing(changed.version(2))
                        .insert(Samples.key(1).build())
                        .delete(deletion(Samples.id(3)))
                        .delete(deletion(Samples.id(5)))),
                "a write with a delete of a row that is not there");
        assertNull(tested().find(Samples.id(1)), "the insert beside what failed");
        assertNull(tested().find(Samples.id(3)), "the insert after what failed");
        assertNotNull(tested().find(Samples.id(5)), "the delete beside what failed");
        assertEqualRows(present, tested().find(present.id()), "the row that was to be replaced");
    }

    /** S03: a reader never sees one row of a write without the others, in two finds or in one slice of a list. */
    @Test
    public final void S03_readersSeeAllOfAWriteOrNothing() throws Exception {
        int last = 200;
        insert(Samples.key(1).build(), Samples.key(2).build());
        AtomicBoolean done = new AtomicBoolean();
        detector().race(4, i -> {
            if (i == 0) {
                try {
                    for (int version = 2; version <= last; version++) {
                        assertTrue(write(bothReplaced(version)), "a write that no other competes with");
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            for (boolean again = true; again; ) {
                again = !done.get();
                if (i == 3) {
                    for (Order order : Order.values()) {
                        assertSliceIsOfOneMoment(tested().list(KeyFilter.ALL, order, null, 10, T0));
                    }
                } else {
                    assertInThisOrder(Samples.id(i), Samples.id(3 - i));
                }
            }
        });
        assertEquals(last, found(Samples.id(1)).version(), "the version after all writes");
    }

    private static WriteSet.Builder bothReplaced(int version) {
        return replacing(Samples.key(1).version(version))
                .replace(new WriteSet.Replace(Samples.key(2).version(version).build(), Samples.HASH, null));
    }

    private void assertInThisOrder(String first, String second) {
        long seen = found(first).version();
        long then = found(second).version();
        assertTrue(
                then >= seen,
                () -> "one write gave both rows version " + seen + ", and " + first + " was seen with it; but " + second
                        + ", read after that, still had version " + then);
    }

    private static void assertSliceIsOfOneMoment(Slice slice) {
        Set<Long> versions = new HashSet<>();
        slice.rows().forEach(row -> versions.add(row.version()));
        assertTrue(
                versions.size() <= 1,
                () -> "each write gave both rows the same version, but one slice of a list holds " + versions);
    }

    // ---------------------------------------------------------------- S04: replace

    /** S04: a replace succeeds exactly when the version matches. */
    @Test
    public final void S04_replacesExactlyTheExpectedVersion() {
        insert(Samples.key(1).build());

        assertFalse(replaceName(Samples.id(1), "too far", 3), "a replace of version 2 where version 1 is stored");
        assertTrue(replaceName(Samples.id(1), "second", 2), "a replace of version 1 where version 1 is stored");
        assertFalse(replaceName(Samples.id(1), "stale", 2), "a replace of version 1 where version 2 is stored");
        assertFalse(replaceName(Samples.id(2), "gone", 2), "a replace of a row that is not there");
        assertEquals("second", found(Samples.id(1)).name(), "the name after one replace that succeeded");
        assertEquals(2, found(Samples.id(1)).version(), "the version after one replace that succeeded");
        assertNull(tested().find(Samples.id(2)), "a row that was only ever replaced");
    }

    /** S04: a replace leaves alone a row that was deleted and inserted again, with its version restarted. */
    @Test
    public final void S04_replacesOnlyTheExpectedHash() {
        KeyRow anew = Samples.key(1).hash(OTHER_HASH).build();
        insert(anew);
        KeyRow late = Samples.key(1).name("late").version(2).build();
        KeyRow lateHash =
                Samples.key(1).hash("sha256$$" + "ef".repeat(32)).version(2).build();

        assertFalse(write(replacing(late.toBuilder())), "a replace of another hash");
        assertFalse(write(replacing(lateHash.toBuilder())), "a replace of another hash by a third one");
        assertFalse(
                write(replacing(late.toBuilder()).insert(Samples.key(2).build())),
                "a replace of another hash, with an insert");
        assertEqualRows(anew, tested().find(anew.id()), "the row that was inserted again");
        assertNull(tested().find(Samples.id(2)), "the row of a write that was refused");
        assertTrue(
                write(WriteSet.builder().replace(new WriteSet.Replace(lateHash, OTHER_HASH, null))),
                "a replace of the hash that is stored by another one");
        assertEqualRows(lateHash, tested().find(anew.id()), "the row with the new hash");
    }

    /** S04: a replace never touches usage, creation or lookup. */
    @Test
    public final void S04_neverTouchesUsageCreationOrLookup() {
        KeyRow first = Samples.key(1)
                .lookup("a1")
                .createdBy("alice")
                .usageCount(5)
                .lastUsedAt(T0 + 5)
                .build();
        insert(first);
        KeyRow.Builder replacement = Samples.key(1)
                .lookup("b2")
                .createdBy("bob")
                .createdAt(T0 - 9)
                .usageCount(77)
                .lastUsedAt(T0 + 77)
                .version(2)
                .name("replaced");

        assertTrue(write(replacing(replacement)), "a replace of version 1");

        KeyRow expected = first.toBuilder().version(2).name("replaced").build();
        assertEqualRows(expected, tested().find(Samples.id(1)), "the row after a replace that carried other usage");
        assertEqualRows(expected, tested().findByLookup("a1"), "the row by its lookup");
        assertNull(tested().findByLookup("b2"), "the lookup that the replace carried");
    }

    /** S04: a replace with a condition on the last use leaves alone a row that was used at that time or later. */
    @Test
    public final void S04_replacesNothingThatWasUsedSince() {
        insert(Samples.key(1).build(), Samples.key(2).lastUsedAt(T0).build());

        assertTrue(replaceUnlessUsedSince(1, 2, 0), "a replace of a key that was never used");
        assertFalse(replaceUnlessUsedSince(2, 2, T0 - 1), "a replace of a key that was used after that time");
        assertFalse(replaceUnlessUsedSince(2, 2, T0), "a replace of a key that was used at that time");
        assertTrue(replaceUnlessUsedSince(2, 2, T0 + 1), "a replace of a key that was used before that time");
        assertEquals(2, found(Samples.id(1)).version(), "the version after one replace that succeeded");
        assertEquals(2, found(Samples.id(2)).version(), "the version after one replace that succeeded");
    }

    private boolean replaceUnlessUsedSince(int number, int version, long time) {
        KeyRow row = Samples.key(number).version(version).build();
        return write(WriteSet.builder().replace(new WriteSet.Replace(row, Samples.HASH, time)));
    }

    /** S04: the condition on the last use is part of the write: usage that was visible before it is never missed. */
    @Test
    public final void S04_overlooksNoUseInBetween() throws Exception {
        for (int round = 0; round < 40; round++) {
            int number = round;
            insert(Samples.key(number).build());
            AtomicBoolean seenFirst = new AtomicBoolean();
            AtomicBoolean replaced = new AtomicBoolean();
            detector().race(2, i -> {
                if (i == 0) {
                    replaced.set(replaceUnlessUsedSince(number, 2, T0));
                } else {
                    addUsage(number, 1, T0);
                    seenFirst.set(found(Samples.id(number)).version() == 1);
                }
            });
            assertFalse(
                    replaced.get() && seenFirst.get(),
                    "the key was seen used at a time from which on it must not be replaced, and was replaced after that");
        }
    }

    /** S04: of many concurrent replaces of one version, one wins. */
    @Test
    public final void S04_of64ReplacesOneWins() throws Exception {
        insert(Samples.key(1).build());
        for (int version = 2; version < 12; version++) {
            int next = version;
            Set<String> winners = ConcurrentHashMap.newKeySet();
            detector().race(crowd(), i -> {
                if (replaceName(Samples.id(1), "winner " + i, next)) {
                    winners.add("winner " + i);
                }
            });
            assertEquals(1, winners.size(), "replaces of one version that returned true, of 64 at once");
            assertEquals(next, found(Samples.id(1)).version(), "the version after the race");
            assertTrue(winners.contains(found(Samples.id(1)).name()), "the row stored is the winner's");
        }
    }

    /** S04: of many concurrent writes of the same two rows, one wins both. */
    @Test
    public final void S04_of64WritesOfTwoRowsOneWins() throws Exception {
        insert(Samples.key(1).build());
        for (int version = 2; version < 7; version++) {
            int next = version;
            Set<String> winners = ConcurrentHashMap.newKeySet();
            detector().race(crowd(), i -> {
                String name = "winner " + i;
                if (write(replacing(Samples.key(1).name(name).version(next))
                        .insert(Samples.key(next * 100 + i).name(name).build()))) {
                    winners.add(name);
                }
            });
            assertEquals(1, winners.size(), "writes of a replace and an insert that returned true, of 64 at once");
            assertTrue(winners.contains(found(Samples.id(1)).name()), "the row stored is the winner's");
            assertEquals(
                    next,
                    listAll(KeyFilter.ALL, Order.OLDEST_FIRST, 100).size(),
                    "rows after the race: one more than before");
        }
    }

    // ---------------------------------------------------------------- S11: the state after an outage

    /** S11: a write that failed in an outage, with the outcome that nothing was written, wrote nothing. */
    @Test
    public final void S11_whatFailedForSureWroteNothing() {
        StoreFaults<?> faults = faultsFor("S11");
        insert(Samples.key(1).build());
        faults.fail();
        StorageException e;
        try {
            e = assertOutage(
                    "write", () -> insert(Samples.key(2).build(), Samples.key(3).build()));
        } finally {
            faults.recover();
        }
        boolean second = tested().find(Samples.id(2)) != null;
        boolean third = tested().find(Samples.id(3)) != null;
        assertEquals(second, third, "the write that failed is there whole or not at all");
        if (!e.outcomeUnknown()) {
            assertFalse(second, "the write said that its outcome is known, so nothing was written");
        }
    }

    /**
     * S11: a call that failed in a hang, with the outcome that nothing was written, is not done in the hang, when it
     * ends, or with a later call.
     */
    @Test
    public final void S11_whatHungForSureIsNotDoneLater() {
        StoreFaults<?> faults = faultsFor("S11");
        insert(Samples.key(1).build());
        JournalRow row = journalRow();
        StorageException written = inAHang(
                faults, "write", () -> write(inserting(Samples.key(2).build()).journal(row)));
        StorageException added = inAHang(faults, "addUsage", () -> addUsage(1, 7, T0));

        for (int call = 0; call < 3; call++) {
            String when = " after " + call + " further writes; the call in the hang said that nothing was written";
            if (!written.outcomeUnknown()) {
                assertNull(tested().find(Samples.id(2)), "the inserted row" + when);
                List<JournalRow> journal = tested().journal(JournalRow.Filter.ALL, null, 100);
                assertTrue(
                        journal.stream().noneMatch(one -> one.id().equals(row.id())),
                        () -> "the journal is " + journal + when);
            }
            if (!added.outcomeUnknown()) {
                assertEquals(0, found(Samples.id(1)).usageCount(), "the usage" + when);
            }
            insert(Samples.key(10 + call).build());
            // Of another node, since its number would make the batch that hung an old one.
            tested().addUsage(new UsageBatch(node(1), 1 + call, List.of(new Delta(Samples.id(10 + call), 1, T0))));
        }
    }

    // ---------------------------------------------------------------- S15, S16: transactions, freshness

    /** S15: when a call returns, its writes are visible to others, even if its thread ends at once. */
    @Test
    public final void S15_aWriteIsCommittedWhenItReturns() throws Exception {
        KeyRow row = Samples.key(1).lookup("a1").build();
        detector().elsewhere(() -> write(inserting(row)));
        assertFound(row);

        detector().elsewhere(() -> {
            addUsage(1, 4, T0);
            return true;
        });
        assertEquals(4, found(row.id()).usageCount(), "usage that another thread added");

        assertTrue(detector().elsewhere(() -> delete(row.id())), "delete by another thread");
        assertNull(tested().find(row.id()), "a row that another thread deleted");
    }

    /** S15: the next call does not complete a refused write. */
    @Test
    public final void S15_aRefusedWriteLeavesNothingForTheNextCall() {
        insert(Samples.key(5).build());

        assertThrows(
                KeyExistsException.class,
                () -> insert(Samples.key(1).build(), Samples.key(5).build()));
        insert(Samples.key(6).build());
        assertFalse(
                write(replacing(Samples.key(5).version(9)).insert(Samples.key(2).build())));
        insert(Samples.key(7).build());
        addUsage(5, 1, T0);

        assertListed(KeyFilter.ALL, 5, 6, 7);
    }

    /** S16: a read that begins after a write returned sees it, on any thread. */
    @Test
    public final void S16_aReadSeesEveryWriteThatReturnedBefore() throws Exception {
        insert(Samples.key(1).lookup("a1").owner("before").build());
        for (int version = 2; version < 30; version++) {
            int next = version;
            assertNotNull(tested().find(Samples.id(1)));
            assertNotNull(tested().findByLookup("a1"));
            detector()
                    .elsewhere(() ->
                            write(replacing(Samples.key(1).owner("v" + next).version(next))));

            assertEquals(next, found(Samples.id(1)).version(), "find after a write on another thread returned");
            KeyRow byLookup = tested().findByLookup("a1");
            assertEquals(next, byLookup == null ? 0 : byLookup.version(), "findByLookup after that write");
            KeyFilter owner = KeyFilter.builder().owner("v" + next).build();
            assertEquals(1, listAll(owner, Order.OLDEST_FIRST, 5).size(), "rows listed after that write");
            assertEquals(next, detector().elsewhere(() -> found(Samples.id(1)).version()), "find on a third thread");
        }
    }

    // ---------------------------------------------------------------- S20: delete

    /** S20: a delete removes only the row with the given hash and version. */
    @Test
    public final void S20_deletesExactlyTheRowItNames() {
        insert(Samples.key(1).build(), Samples.key(2).build());
        assertTrue(replaceName(Samples.id(1), "second", 2), "a replace of version 1");

        assertFalse(deleted(Samples.id(1), Samples.HASH, 1L), "a delete of version 1 where version 2 is stored");
        assertFalse(deleted(Samples.id(1), OTHER_HASH, 2L), "a delete of another hash");
        assertFalse(deleted(Samples.id(1), OTHER_HASH, null), "a delete of another hash and any version");
        assertFalse(deleted(Samples.id(3), Samples.HASH, null), "a delete of a row that is not there");
        assertListed(KeyFilter.ALL, 1, 2);
        assertTrue(deleted(Samples.id(1), Samples.HASH, 2L), "a delete of the version that is stored");
        assertTrue(deleted(Samples.id(2), Samples.HASH, null), "a delete of any version");
        assertListed(KeyFilter.ALL);
    }

    private boolean deleted(String id, String hash, @Nullable Long version) {
        return write(WriteSet.builder().delete(new WriteSet.Delete(id, hash, version)));
    }

    /** S20: usage does not change the version, and so does not prevent a delete. */
    @Test
    public final void S20_deletesARowThatWasUsedMeanwhile() {
        insert(Samples.key(1).build());
        addUsage(1, 1, T0);

        assertTrue(deleted(Samples.id(1), Samples.HASH, 1L), "a delete of version 1, to which usage was added");
    }

    /** S20: the id and the lookup of a deleted row can be used again, and usage of it is ignored. */
    @Test
    public final void S20_freesIdAndLookup() {
        insert(Samples.key(1).lookup("a1").name("first").build());
        assertTrue(delete(Samples.id(1)), "delete of a row that is there");
        assertNull(tested().findByLookup("a1"), "the lookup of a deleted row");
        addUsage(1, 1, T0);
        assertNull(tested().find(Samples.id(1)), "a deleted row, to which usage was added");

        KeyRow second = Samples.key(1).lookup("a1").name("second").build();
        insert(second);
        assertFound(second);
    }

    /** S20: of many concurrent deletes of one row, one returns true. */
    @Test
    public final void S20_of64DeletesOneReturnsTrue() throws Exception {
        for (int round = 0; round < 5; round++) {
            insert(Samples.key(1).lookup("a1").build());
            AtomicInteger deleted = new AtomicInteger();
            detector().race(crowd(), i -> deleted.addAndGet(delete(Samples.id(1)) ? 1 : 0));
            assertEquals(1, deleted.get(), "deletes of one row that returned true, of 64 at once");
            assertNull(tested().find(Samples.id(1)), "a deleted row");
            assertNull(tested().findByLookup("a1"), "a deleted row's lookup");
        }
    }

    /** S20: of a concurrent delete and replace of one version, one wins, also while usage is added. */
    @Test
    public final void S20_deleteAndReplaceExcludeEachOther() throws Exception {
        for (int round = 0; round < 20; round++) {
            int number = round;
            insert(Samples.key(number).build());
            AtomicInteger won = new AtomicInteger();
            detector().race(3, i -> {
                switch (i) {
                    case 0 -> won.addAndGet(deleted(Samples.id(number), Samples.HASH, 1L) ? 1 : 0);
                    case 1 -> won.addAndGet(replaceName(Samples.id(number), "replaced", 2) ? 1 : 0);
                    default ->
                        tested().addUsage(
                                        new UsageBatch(node(number), 1, List.of(new Delta(Samples.id(number), 1, T0))));
                }
            });
            assertEquals(1, won.get(), "of a delete and a replace of version 1, at once");
        }
    }
}
