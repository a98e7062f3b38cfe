package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyRow.Status;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageDelta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract of {@link ApiKeyStore}, rule by rule. Extend it, override {@link #store()}, and run it with JUnit; override
 * {@link #faults()} too, so that nothing is skipped.
 *
 * <p>A call that does not return fails its test with the stack of the thread that is stuck. Not thread-safe itself: JUnit
 * makes an instance for each test.
 */
@TestMethodOrder(MethodOrderer.MethodName.class)
@SuppressWarnings("MemberName") // a test is called after its rule
public abstract class ApiKeyStoreContract {
    private static final int CROWD = 64;
    private static final long T0 = Draft.T0;

    /** Ends a test in which a call into the store hangs, and says which and where. */
    @RegisterExtension
    @SuppressWarnings("this-escape") // asked when a test begins, not before
    public final Extension hangs = new Watch(this::patience);

    private ApiKeyStore store;

    /** For subclasses. */
    protected ApiKeyStoreContract() {}

    /**
     * Gives the store to be tested. Called once for each test, on the thread that runs it.
     *
     * @return a store that holds no rows
     * @throws Exception if there is none, which fails the test
     */
    protected abstract ApiKeyStore store() throws Exception;

    /**
     * Gives what makes the store that {@link #store()} gave last fail. Rules S10 and S11, and of S13 the part about a
     * single connection, are skipped without it.
     *
     * @return the faults, or null if this store has nothing behind it that could fail
     */
    protected @Nullable StoreFaults<ApiKeyStore> faults() {
        return null;
    }

    /**
     * How long one call may last before it counts as hanging: longer than the store's own bounds, on a slow machine.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    /**
     * Takes a fresh store for the next test.
     *
     * @throws Exception if there is none
     */
    @BeforeEach
    public final void takeStore() throws Exception {
        store = watch().over(ApiKeyStore.class, store());
    }

    private Watch watch() {
        return (Watch) hangs;
    }

    // ---------------------------------------------------------------- S01: what was written is found

    /** S01: a row is found as it was written, in every field, by id, by lookup and in a list. */
    @Test
    public final void S01_findsEveryFieldAsWritten() {
        KeyRow row = everyFieldSet(Draft.of(1)).row();
        insert(row);

        assertFound(row);
    }

    /** S01: what was not set stays not set. */
    @Test
    public final void S01_findsNothingWhereNothingWasSet() {
        KeyRow row = Draft.of(1).row();
        insert(row);

        assertFound(row);
    }

    /** S01: an empty text is not the same as none. */
    @Test
    public final void S01_keepsEmptyTextsApartFromNone() {
        KeyRow row = Draft.of(1).description("").permissions("").metadata("").row();
        insert(row);

        assertFound(row);
    }

    /** S01: the longest values the interface allows are kept whole, also where a character takes four bytes. */
    @Test
    public final void S01_keepsTheLongestValues() {
        String wide = "\uD83D\uDD11";
        KeyRow row = Draft.of("ak_" + "z".repeat(61))
                .lookup("f".repeat(128))
                .hash("h".repeat(256))
                .name(wide.repeat(200))
                .description(wide.repeat(2_000))
                .owner(wide.repeat(200))
                .role("r".repeat(64))
                .permissions("p".repeat(16 * 1_024))
                .metadata("m".repeat(4 * 1_024))
                .revokedReason(wide.repeat(500))
                .rotatedFrom("ak_" + "f".repeat(61))
                .rotatedTo("ak_" + "t".repeat(61))
                .row();
        insert(row);

        assertFound(row);
    }

    /** S01: texts keep every character: beyond the basic plane, combining, from right to left, and outer blanks. */
    @Test
    public final void S01_keepsEveryCharacter() {
        String text = " \uD83D\uDE00 e\u0301 \u00E9 \u05D0\u05D1 \u4E2D \uFEFF\u00A0\t\r\n \uD834\uDD1E ";
        KeyRow row = Draft.of(1)
                .name(text)
                .description(text)
                .owner(text)
                .permissions("[\" read\\,\\download\\,\\upload\\,\\admin\\]" + text)
                .metadata(text)
                .revokedReason(text)
                .row();
        insert(row);

        assertFound(row);
    }

    /** S01: times are exact to the millisecond, and counts go beyond 32 bits. */
    @Test
    public final void S01_keepsTimesAndCountsExact() {
        long year9999 = 253_402_300_799_999L;
        KeyRow row = Draft.of(1)
                .createdAt(0)
                .updatedAt(1)
                .expiresAt(year9999)
                .lastUsedAt(T0 + 1)
                .revokedAt(T0 + 999)
                .disabledAt(T0 + 500)
                .usageCount(1L << 40)
                .row();
        insert(row);

        assertFound(row);
    }

    /** S01: a replace writes every field that it may write, values and their absence. */
    @Test
    public final void S01_replacesEveryField() {
        insert(Draft.of(1).row());
        KeyRow full = everyFieldSet(Draft.of(1))
                .lookup(null)
                .lastUsedAt(null)
                .usageCount(0)
                .version(2)
                .row();
        assertTrue(
                store.write(List.of(new Change.Replace(full, Draft.of(1).row().hash()))),
                "a replace of version 1 by version 2 succeeds");
        assertEqualRows(full, store.find(full.id()), "find after the replace");

        KeyRow bare = Draft.of(1).updatedAt(T0 + 7).version(3).row();
        assertTrue(
                store.write(List.of(new Change.Replace(bare, full.hash()))),
                "a replace of version 2 by version 3 succeeds");
        assertEqualRows(bare, store.find(bare.id()), "find after the replace that takes values away");
    }

    /** S01: what was never written is not found. */
    @Test
    public final void S01_findsNothingThatWasNeverWritten() {
        insert(Draft.of(1).row());

        assertNull(store.find(Draft.id(2)), "find of an id that was never written");
        assertNull(store.findByLookup("0".repeat(64)), "findByLookup of a lookup that was never written");
    }

    /** S01: a thousand changes are one write. */
    @Test
    public final void S01_writesAThousandRowsAtOnce() {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            changes.add(Draft.of(i).name("key " + i).insert());
        }

        assertTrue(store.write(changes), "write of 1 000 inserts");

        assertEquals(1_000, listAll(KeyFilter.ALL, 1_000).size(), "rows listed after one write of 1 000");
        assertEqualRows(Draft.of(999).name("key 999").row(), store.find(Draft.id(999)), "the last of them");
    }

    // ---------------------------------------------------------------- S02: duplicates fail

    /** S02: an insert of an id that exists fails, and the row that was there stays. */
    @Test
    public final void S02_refusesAnIdThatExists() {
        KeyRow first = Draft.of(1).name("first").row();
        insert(first);

        DuplicateKeyException e = assertThrows(
                DuplicateKeyException.class,
                () -> store.write(List.of(Draft.of(1).name("second").insert())),
                "write of an insert whose id exists");

        assertFalse(e.outcomeUnknown(), "after a duplicate it is known that nothing was written");
        assertEqualRows(first, store.find(first.id()), "the row that was there");
    }

    /** S02: an insert of a lookup that exists fails, and the row that had it keeps it. */
    @Test
    public final void S02_refusesALookupThatExists() {
        KeyRow first = Draft.of(1).lookup("a1").row();
        insert(first);

        assertThrows(
                DuplicateKeyException.class,
                () -> store.write(List.of(Draft.of(2).lookup("a1").insert())),
                "write of an insert whose lookup exists");

        assertNull(store.find(Draft.id(2)), "the row that was refused");
        assertEqualRows(first, store.findByLookup("a1"), "the row that has the lookup");
    }

    /** S02: two inserts of one write with the same lookup fail. */
    @Test
    public final void S02_refusesALookupTwiceInOneWrite() {
        assertThrows(
                DuplicateKeyException.class,
                () -> store.write(List.of(
                        Draft.of(1).lookup("a1").insert(),
                        Draft.of(2).lookup("a1").insert())),
                "write of two inserts with one lookup");
    }

    /** S02: rows without a lookup do not collide with each other. */
    @Test
    public final void S02_takesAnyNumberOfRowsWithoutLookup() {
        insert(Draft.of(1).row());
        insert(Draft.of(2).row());

        assertNotNull(store.find(Draft.id(2)), "the second row without a lookup");
    }

    /** S02: the id and the lookup of a deleted row are free again. */
    @Test
    public final void S02_takesAnIdAndLookupAgainOnceTheyAreDeleted() {
        insert(Draft.of(1).lookup("a1").name("first").row());
        assertTrue(store.delete(Draft.id(1)), "delete of a row that is there");
        assertNull(store.findByLookup("a1"), "the lookup of a deleted row");

        KeyRow second = Draft.of(1).lookup("a1").name("second").row();
        insert(second);
        assertFound(second);
    }

    /** S02: of many inserts of one id, and of one lookup, at once one wins. */
    @Test
    public final void S02_of64InsertsOfOneIdOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            String contested = Draft.id(round);
            String lookup = "contested" + round;
            AtomicInteger wonById = new AtomicInteger();
            AtomicInteger wonByLookup = new AtomicInteger();
            Set<String> names = ConcurrentHashMap.newKeySet();
            int base = 1_000 * (round + 1);
            watch().race(CROWD, i -> {
                boolean byId = i % 2 == 0;
                Draft draft = byId ? Draft.of(contested) : Draft.of(base + i).lookup(lookup);
                try {
                    store.write(List.of(draft.name("winner " + i).insert()));
                    (byId ? wonById : wonByLookup).incrementAndGet();
                    names.add("winner " + i);
                } catch (DuplicateKeyException e) {
                    assertFalse(e.outcomeUnknown(), "the outcome of a duplicate is known");
                }
            });

            assertEquals(1, wonById.get(), "inserts of " + contested + " that succeeded, of 32 at once");
            assertEquals(1, wonByLookup.get(), "inserts of lookup " + lookup + " that succeeded, of 32 at once");
            assertTrue(names.contains(found(contested).name()), "the row found is the one whose insert succeeded");
        }
    }

    // ---------------------------------------------------------------- S03: all or nothing

    /** S03: a write of which one insert is a duplicate writes nothing. */
    @Test
    public final void S03_writesNothingIfOneInsertIsADuplicate() {
        KeyRow present = Draft.of(2).row();
        KeyRow changed = Draft.of(4).row();
        insert(present);
        insert(changed);

        assertThrows(
                DuplicateKeyException.class,
                () -> store.write(List.of(
                        Draft.of(1).lookup("a1").insert(),
                        Draft.of(2).insert(),
                        Draft.of(3).insert(),
                        Draft.of(4).name("changed").version(2).replace())));

        assertNull(store.find(Draft.id(1)), "the row before the duplicate");
        assertNull(store.findByLookup("a1"), "the lookup before the duplicate");
        assertNull(store.find(Draft.id(3)), "the row after the duplicate");
        assertEqualRows(changed, store.find(changed.id()), "the row that was to be replaced");
    }

    /** S03: a write of which one replace meets another version, or no row, writes nothing and returns false. */
    @Test
    public final void S03_writesNothingIfOneReplaceFails() {
        KeyRow present = Draft.of(2).row();
        insert(present);

        boolean stale = store.write(List.of(
                Draft.of(1).insert(),
                Draft.of(2).name("changed").version(3).replace(),
                Draft.of(3).insert()));
        boolean gone = store.write(List.of(
                Draft.of(1).insert(),
                Draft.of(2).name("changed").version(2).replace(),
                Draft.of(3).version(2).replace()));

        assertFalse(stale, "a write with a replace of a version that is not stored");
        assertFalse(gone, "a write with a replace of a row that is not there");
        assertNull(store.find(Draft.id(1)), "the insert beside the failed replace");
        assertNull(store.find(Draft.id(3)), "the insert after the failed replace");
        assertEqualRows(present, store.find(present.id()), "the row that was to be replaced");
    }

    /** S03: a reader never sees one row of a write without the others, in two finds or in one slice of a list. */
    @Test
    public final void S03_readersSeeAllOfAWriteOrNothing() throws Exception {
        int last = 200;
        insert(Draft.of(1).row());
        insert(Draft.of(2).row());
        AtomicBoolean done = new AtomicBoolean();
        watch().race(4, i -> {
            if (i == 0) {
                try {
                    for (int version = 2; version <= last; version++) {
                        boolean written = store.write(List.of(
                                Draft.of(1).version(version).replace(),
                                Draft.of(2).version(version).replace()));
                        assertTrue(written, "a write that nobody competes with");
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            for (boolean again = true; again; ) {
                again = !done.get();
                if (i == 3) {
                    assertSliceIsOfOneMoment(store.list(KeyFilter.ALL, null, 10, T0));
                } else {
                    assertInThisOrder(Draft.id(i), Draft.id(3 - i));
                }
            }
        });
        assertEquals(last, found(Draft.id(1)).version(), "the version after all writes");
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
        insert(Draft.of(1).row());

        assertFalse(replaceName(Draft.id(1), "too far", 3), "a replace of version 2 where version 1 is stored");
        assertTrue(replaceName(Draft.id(1), "second", 2), "a replace of version 1 where version 1 is stored");
        assertFalse(replaceName(Draft.id(1), "stale", 2), "a replace of version 1 where version 2 is stored");
        assertFalse(replaceName(Draft.id(2), "gone", 2), "a replace of a row that is not there");
        assertEquals("second", found(Draft.id(1)).name(), "the name after one replace that succeeded");
        assertEquals(2, found(Draft.id(1)).version(), "the version after one replace that succeeded");
        assertNull(store.find(Draft.id(2)), "a row that was only ever replaced");
    }

    /** S04: a replace leaves a row alone that was deleted and inserted anew, whose version begins anew. */
    @Test
    public final void S04_replacesOnlyTheExpectedHash() {
        KeyRow seen = Draft.of(1).row();
        insert(seen);
        assertTrue(store.delete(seen.id()), "delete of a row that is there");
        KeyRow anew = Draft.of(1).hash("sha256$$" + "cd".repeat(32)).row();
        insert(anew);
        KeyRow late = Draft.of(1).name("late").version(2).row();
        KeyRow lateHash =
                Draft.of(1).hash("sha256$$" + "ef".repeat(32)).version(2).row();

        assertFalse(store.write(List.of(new Change.Replace(late))), "a replace of what was deleted");
        assertFalse(
                store.write(List.of(new Change.Replace(lateHash, seen.hash()))),
                "a replace of what was deleted by one with another hash");
        assertFalse(
                store.write(List.of(new Change.Replace(late), Draft.of(2).insert())),
                "a replace of what was deleted, with an insert");
        assertEqualRows(anew, store.find(anew.id()), "the row that was inserted anew");
        assertNull(store.find(Draft.id(2)), "the row of a write that was refused");
        assertTrue(
                store.write(List.of(new Change.Replace(lateHash, anew.hash()))),
                "a replace of the hash that is stored by another one");
        assertEqualRows(lateHash, store.find(anew.id()), "the row with the new hash");
    }

    /** S04: a replace never touches usage, creation or lookup. */
    @Test
    public final void S04_neverTouchesUsageCreationOrLookup() {
        insert(Draft.of(1).lookup("a1").usageCount(5).lastUsedAt(T0 + 5).row());
        Change change = Draft.of(1)
                .lookup("b2")
                .createdAt(T0 - 9)
                .usageCount(77)
                .lastUsedAt(T0 + 77)
                .version(2)
                .name("replaced")
                .replace();

        assertTrue(store.write(List.of(change)), "a replace of version 1");

        KeyRow expected = Draft.of(1)
                .lookup("a1")
                .usageCount(5)
                .lastUsedAt(T0 + 5)
                .version(2)
                .name("replaced")
                .row();
        assertEqualRows(expected, store.find(Draft.id(1)), "the row after a replace that carried other usage");
        assertEqualRows(expected, store.findByLookup("a1"), "the row by its lookup");
        assertNull(store.findByLookup("b2"), "the lookup that the replace carried");
    }

    /** S04: of many replaces of one version at once one wins. */
    @Test
    public final void S04_of64ReplacesOneWins() throws Exception {
        insert(Draft.of(1).row());
        for (int version = 2; version < 12; version++) {
            int next = version;
            Set<String> winners = ConcurrentHashMap.newKeySet();
            watch().race(CROWD, i -> {
                if (replaceName(Draft.id(1), "winner " + i, next)) {
                    winners.add("winner " + i);
                }
            });
            assertEquals(1, winners.size(), "replaces of one version that returned true, of 64 at once");
            assertEquals(next, found(Draft.id(1)).version(), "the version after the race");
            assertTrue(winners.contains(found(Draft.id(1)).name()), "the row stored is the winner's");
        }
    }

    /** S04: of many writes of the same two rows at once one wins, and wins both. */
    @Test
    public final void S04_of64WritesOfTwoRowsOneWins() throws Exception {
        insert(Draft.of(1).row());
        for (int version = 2; version < 7; version++) {
            int next = version;
            Set<String> winners = ConcurrentHashMap.newKeySet();
            watch().race(CROWD, i -> {
                String name = "winner " + i;
                Change replace = Draft.of(1).name(name).version(next).replace();
                if (store.write(
                        List.of(replace, Draft.of(next * 100 + i).name(name).insert()))) {
                    winners.add(name);
                }
            });
            assertEquals(1, winners.size(), "writes of a replace and an insert that returned true, of 64 at once");
            assertTrue(winners.contains(found(Draft.id(1)).name()), "the row stored is the winner's");
            assertEquals(next, listAll(KeyFilter.ALL, 100).size(), "rows after the race: one more than before");
        }
    }

    // ---------------------------------------------------------------- S05: exact comparison

    /** S05: ids that differ in case or in blanks are different ids, to every method. */
    @Test
    public final void S05_comparesIdsExactly() {
        KeyRow row = Draft.of("ak_abc").row();
        insert(row);

        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc", "ak_ab")) {
            String what = " of '" + other + "' where only 'ak_abc' is stored";
            assertNull(store.find(other), "find" + what);
            assertFalse(replaceName(other, "other", 2), "replace" + what);
            assertFalse(store.delete(other), "delete" + what);
            store.addUsage(List.of(new UsageDelta(other, 1, T0)));
        }
        assertEqualRows(row, store.find("ak_abc"), "the row stored, after calls with other ids");

        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc")) {
            insert(Draft.of(other).name("named " + other).row());
            assertEquals("named " + other, found(other).name(), "find of '" + other + "' after its own insert");
        }
    }

    /** S05: lookups that differ in case or in blanks are different lookups. */
    @Test
    public final void S05_comparesLookupsExactly() {
        insert(Draft.of(1).lookup("abc").row());
        List<String> others = List.of("ABC", "aBc", "abc ", " abc");

        for (String other : others) {
            assertNull(store.findByLookup(other), "findByLookup of '" + other + "' where only 'abc' is stored");
        }
        for (int i = 0; i < others.size(); i++) {
            KeyRow row = Draft.of(10 + i).lookup(others.get(i)).row();
            insert(row);
            assertEqualRows(row, store.findByLookup(others.get(i)), "findByLookup of '" + others.get(i) + "'");
        }
    }

    // ---------------------------------------------------------------- S06: list

    /** S06: a list is ordered by the code units of the ids, and every limit yields the same rows. */
    @Test
    public final void S06_listsInOrderOfCodeUnits() {
        TreeSet<String> ids = new TreeSet<>();
        for (String end :
                List.of("0", "9", "A", "Z", "_", "a", "z", "-", "~", "Aa", "aA", "a_", "a-", "", "aa", "a0")) {
            ids.add("ak_" + end);
        }
        List<String> shuffled = new ArrayList<>(ids);
        Collections.reverse(shuffled);
        shuffled.forEach(id -> insert(Draft.of(id).row()));

        for (int limit : new int[] {1, 2, 3, 5, 16, 17, 1_000}) {
            assertEquals(new ArrayList<>(ids), idsOf(listAll(KeyFilter.ALL, limit)), "ids listed with limit " + limit);
        }
    }

    /** S06: a list goes on after any id, stored or not. */
    @Test
    public final void S06_goesOnAfterAnyId() {
        for (int i = 0; i < 10; i += 2) {
            insert(Draft.of(i).row());
        }
        assertEquals(List.of(Draft.id(4), Draft.id(6), Draft.id(8)), listedAfter(Draft.id(2)), "after a stored id");
        assertEquals(List.of(Draft.id(4), Draft.id(6), Draft.id(8)), listedAfter(Draft.id(3)), "after a missing id");
        assertEquals(List.of(), listedAfter(Draft.id(8)), "after the last id");
        assertEquals(List.of(), listedAfter("z"), "after an id beyond all");
        assertEquals(5, listedAfter("").size(), "after an id before all");
    }

    /** S06: an empty store lists nothing, and says that this is the end. */
    @Test
    public final void S06_listsNothingWhereThereIsNothing() {
        assertEquals(List.of(), listAll(KeyFilter.ALL, 10), "rows of an empty store");
    }

    /** S06: owner and role filter exactly, alone and together; blanks, case and wildcards make a difference. */
    @Test
    public final void S06_filtersByOwnerAndRole() {
        insert(Draft.of(1).owner("team").role("admin").row());
        insert(Draft.of(2).owner("Team").role("admin").row());
        insert(Draft.of(3).owner("team ").role("read_only").row());
        insert(Draft.of(4).owner("team").role("read_only").row());
        insert(Draft.of(5).row());

        assertListed(new KeyFilter("team", null, null), 1, 4);
        assertListed(new KeyFilter("Team", null, null), 2);
        assertListed(new KeyFilter("team ", null, null), 3);
        assertListed(new KeyFilter(null, "admin", null), 1, 2);
        assertListed(new KeyFilter("team", "read_only", null), 4);
        assertListed(new KeyFilter("te%", null, null));
        assertListed(new KeyFilter("tea_", null, null));
        assertListed(new KeyFilter("", null, null));
        assertListed(KeyFilter.ALL, 1, 2, 3, 4, 5);
    }

    /** S06: status is taken at the time given, and revoked comes before expired before disabled. */
    @Test
    public final void S06_filtersByStatusAtTheTimeGiven() {
        long now = T0;
        insert(Draft.of(1).row());
        insert(Draft.of(2).expiresAt(now).row());
        insert(Draft.of(3).expiresAt(now + 1).row());
        insert(Draft.of(4).revokedAt(now).row());
        insert(Draft.of(5).revokedAt(now + 1).row());
        insert(Draft.of(6).disabledAt(now + 1).row());
        insert(Draft.of(7).expiresAt(now).revokedAt(now).disabledAt(now).row());
        insert(Draft.of(8).expiresAt(now - 1).disabledAt(now).row());
        insert(Draft.of(9).owner("team").expiresAt(now - 1).row());

        assertListed(new KeyFilter(null, null, Status.ACTIVE), 1, 3, 5);
        assertListed(new KeyFilter(null, null, Status.EXPIRED), 2, 8, 9);
        assertListed(new KeyFilter(null, null, Status.REVOKED), 4, 7);
        assertListed(new KeyFilter(null, null, Status.DISABLED), 6);
        assertListed(new KeyFilter("team", null, Status.EXPIRED), 9);
        assertListed(new KeyFilter("team", null, Status.ACTIVE));
    }

    /** S06: a row that is there all the while is listed once, whatever is inserted and deleted around it. */
    @Test
    public final void S06_missesNothingWhileOthersInsertAndDelete() throws Exception {
        int rows = 60;
        for (int i = 0; i < rows; i++) {
            insert(Draft.of(10 * i).row());
        }
        AtomicBoolean done = new AtomicBoolean();
        watch().race(4, i -> {
            if (i < 2) {
                for (int n = 0; !done.get(); n = (n + 1) % rows) {
                    int id = 10 * n + 1 + i;
                    insert(Draft.of(id).row());
                    assertTrue(store.delete(Draft.id(id)), "delete of a row just inserted");
                }
                return;
            }
            try {
                for (int n = 0; n < 10; n++) {
                    List<String> ids = idsOf(listAll(KeyFilter.ALL, 7));
                    for (int k = 0; k < rows; k++) {
                        String id = Draft.id(10 * k);
                        assertTrue(ids.contains(id), () -> id + " was there all the while, but was not listed");
                    }
                }
            } finally {
                done.set(true);
            }
        });
    }

    // ---------------------------------------------------------------- S07: usage

    /** S07: usage is added to what is there, and the row's version stays. */
    @Test
    public final void S07_addsUsageAndNeverSets() {
        KeyRow row = Draft.of(1).usageCount(3_000_000_000L).row();
        insert(row);

        addUsage(1, 2, T0 + 10);
        addUsage(1, 5, T0 + 20);

        assertEqualRows(
                Draft.from(row).usageCount(3_000_000_007L).lastUsedAt(T0 + 20).row(),
                store.find(row.id()),
                "the row after usage of 2 and 5");
    }

    /** S07: the time of the last use never goes back. */
    @Test
    public final void S07_neverMovesTheLastUseBack() {
        insert(Draft.of(1).row());

        addUsage(1, 1, T0 + 50);
        addUsage(1, 1, T0 + 10);

        assertEquals(T0 + 50, found(Draft.id(1)).lastUsedAt(), "lastUsedAt after usage at +50 and then at +10");
        assertEquals(2, found(Draft.id(1)).usageCount(), "usage, late or not, counts");
    }

    /** S07: one call adds to many rows, and ignores ids that are not there. */
    @Test
    public final void S07_addsToManyRowsAndIgnoresUnknownIds() {
        List<UsageDelta> deltas = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            if (i % 2 == 0) {
                insert(Draft.of(i).row());
            }
            deltas.add(new UsageDelta(Draft.id(i), i + 1, T0 + i));
        }

        store.addUsage(deltas);

        List<KeyRow> rows = listAll(KeyFilter.ALL, 1_000);
        assertEquals(250, rows.size(), "rows: usage of an unknown id makes none");
        for (int i = 0; i < 250; i++) {
            KeyRow row = rows.get(i);
            assertEquals(2 * i + 1, row.usageCount(), () -> "usage of " + row.id());
            assertEquals(T0 + 2L * i, row.lastUsedAt(), () -> "last use of " + row.id());
        }
    }

    /** S07: batches that overlap, from many threads, neither deadlock nor lose. */
    @Test
    public final void S07_concurrentBatchesNeitherDeadlockNorLose() throws Exception {
        int rows = 20;
        int batches = 10;
        for (int i = 0; i < rows; i++) {
            insert(Draft.of(i).row());
        }
        watch().race(16, i -> {
            for (int n = 0; n < batches; n++) {
                List<UsageDelta> deltas = new ArrayList<>();
                for (int k = (i + n) % 3; k < rows; k++) {
                    deltas.add(new UsageDelta(Draft.id(k), 1, T0 + 100L * n + i));
                }
                store.addUsage(deltas);
            }
        });
        for (int k = 3; k < rows; k++) {
            KeyRow row = found(Draft.id(k));
            assertEquals(16L * batches, row.usageCount(), () -> "usage of " + row.id() + " from 16 threads");
            assertEquals(T0 + 100L * (batches - 1) + 15, row.lastUsedAt(), () -> "last use of " + row.id());
        }
    }

    /** S07: writes and usage of the same two rows, from many threads, neither deadlock nor lose anything of each other. */
    @Test
    public final void S07_writesAndUsageLoseNothingOfEachOther() throws Exception {
        insert(Draft.of(1).row());
        insert(Draft.of(2).row());
        int times = 50;
        AtomicInteger written = new AtomicInteger();
        watch().race(8, i -> {
            for (int n = 0; n < times; n++) {
                if (i % 2 == 0) {
                    store.addUsage(
                            List.of(new UsageDelta(Draft.id(1), 1, T0 + n), new UsageDelta(Draft.id(2), 1, T0 + n)));
                    continue;
                }
                long version = found(Draft.id(1)).version() + 1;
                Change first = Draft.of(1).version(version).replace();
                Change second = Draft.of(2).version(version).replace();
                written.addAndGet(store.write(List.of(first, second)) ? 1 : 0);
            }
        });
        for (int number = 1; number <= 2; number++) {
            KeyRow row = found(Draft.id(number));
            assertEquals(4L * times, row.usageCount(), "usage added by 4 threads beside 4 that replaced the row");
            assertEquals(1 + written.get(), row.version(), "one version for each write that returned true");
            assertEquals(T0 + times - 1, row.lastUsedAt(), "the latest use");
        }
    }

    // ---------------------------------------------------------------- S08: purge

    /** S08: only what ended before the time given is removed, by revocation or expiry, whichever came first. */
    @Test
    public final void S08_purgesOnlyWhatEndedBefore() {
        insert(Draft.of(1).row());
        insert(Draft.of(2).expiresAt(T0 - 1).row());
        insert(Draft.of(3).expiresAt(T0).row());
        insert(Draft.of(4).revokedAt(T0 - 1).expiresAt(T0 + 1_000).row());
        insert(Draft.of(5).revokedAt(T0 + 1_000).expiresAt(T0 - 1).row());
        insert(Draft.of(6).revokedAt(T0).row());
        insert(Draft.of(7).disabledAt(T0 - 1).lastUsedAt(T0 - 1).row());

        assertEquals(
                Set.of(Draft.id(2), Draft.id(4), Draft.id(5)),
                purgeAll(T0, 1_000).keySet(),
                "ids purged");

        assertListed(KeyFilter.ALL, 1, 3, 6, 7);
    }

    /** S08: a row whose end cannot be read is damage to be looked at, not something that ended. */
    @Test
    public final void S08_purgesNothingWhoseEndCannotBeRead() {
        insert(Draft.of(1).revokedAt(KeyRow.UNREADABLE).row());
        insert(Draft.of(2).expiresAt(KeyRow.UNREADABLE).row());
        insert(Draft.of(3).revokedAt(KeyRow.UNREADABLE).expiresAt(T0 - 1).row());

        assertEquals(Set.of(), purgeAll(T0, 1_000).keySet(), "ids purged");

        assertListed(KeyFilter.ALL, 1, 2, 3);
    }

    /** S08: a call removes no more than its limit, and in the end everything that ended is gone. */
    @Test
    public final void S08_purgesNoMoreThanItsLimit() {
        for (int i = 0; i < 25; i++) {
            insert(Draft.of(i).expiresAt(T0 - i - 1).row());
        }
        assertTrue(store.purge(T0, 10).size() <= 10, "rows removed with a limit of 10");
        int left = listAll(KeyFilter.ALL, 1_000).size();
        assertTrue(left >= 15, "rows left of 25 after one purge with a limit of 10: " + left);

        purgeAll(T0, 10);

        assertListed(KeyFilter.ALL);
    }

    /** S08: what was removed is returned as it stood, and frees its id and its lookup. */
    @Test
    public final void S08_returnsTheRowsAsTheyStood() {
        KeyRow row =
                everyFieldSet(Draft.of(1)).expiresAt(T0 - 1).revokedAt(null).row();
        insert(row);

        assertEqualRows(row, purgeAll(T0, 10).get(row.id()), "the row that purge returned");

        assertNull(store.find(row.id()), "a purged row");
        assertNull(store.findByLookup(String.valueOf(row.lookup())), "a purged row's lookup");
        insert(row);
        assertFound(row);
    }

    /** S08: a row that changes at the same time is either purged as it was, or changed and kept. */
    @Test
    public final void S08_neverPurgesARowThatChanged() throws Exception {
        int rows = 100;
        for (int i = 0; i < rows; i++) {
            insert(Draft.of(i).expiresAt(T0 - 1).row());
        }
        Map<String, KeyRow> purged = new ConcurrentHashMap<>();
        Set<String> kept = ConcurrentHashMap.newKeySet();
        watch().race(2, i -> {
            if (i == 0) {
                purged.putAll(purgeAll(T0, 7));
                return;
            }
            for (int n = rows - 1; n >= 0; n--) {
                if (store.write(List.of(Draft.of(n).version(2).replace()))) {
                    kept.add(Draft.id(n));
                }
            }
        });
        for (int n = 0; n < rows; n++) {
            String id = Draft.id(n);
            KeyRow removed = purged.get(id);
            if (kept.contains(id)) {
                assertNotNull(store.find(id), () -> id + " was given another end before it was purged, but is gone");
            } else {
                assertNotNull(removed, () -> id + " could not be replaced, so it must have been purged");
                assertEquals(1, removed.version(), () -> "version of " + id + " as purged");
                assertNull(store.find(id), () -> id + " was returned by purge");
            }
        }
    }

    // ---------------------------------------------------------------- S10 to S13: bounds, outages, threads

    /** S10: where there is no answer, each call ends in a StorageException by the store's own bounds. */
    @Test
    public final void S10_aHangBecomesAStorageException() throws Exception {
        StoreFaults<ApiKeyStore> faults = faultsFor("S10");
        insert(Draft.of(1).lookup("a1").row());
        List<Map.Entry<String, Runnable>> calls = new ArrayList<>(everyCall().entrySet());
        faults.hang();
        try {
            watch().race(
                            calls.size(),
                            i -> assertOutage(
                                    calls.get(i).getKey(), calls.get(i).getValue()));
        } finally {
            faults.recover();
        }
        assertWorksWithinPatience();
    }

    /** S11: an outage is a StorageException with its cause, and the next call after it works. */
    @Test
    public final void S11_anOutageIsAStorageExceptionAndPasses() {
        StoreFaults<ApiKeyStore> faults = faultsFor("S11");
        KeyRow row = Draft.of(1).lookup("a1").row();
        insert(row);
        faults.fail();
        try {
            everyCall().forEach((name, call) -> {
                StorageException e = assertOutage(name, call);
                assertNotNull(e.getCause(), name + "() during an outage: the exception has its cause");
            });
        } finally {
            faults.recover();
        }
        assertNotNull(store.find(row.id()), "the first call after the outage finds what was there before it");
    }

    /** S11: a write that failed in an outage, and says that nothing was written, wrote nothing. */
    @Test
    public final void S11_whatFailedForSureWroteNothing() {
        StoreFaults<ApiKeyStore> faults = faultsFor("S11");
        insert(Draft.of(1).row());
        faults.fail();
        StorageException e;
        try {
            e = assertOutage(
                    "write",
                    () -> store.write(List.of(Draft.of(2).insert(), Draft.of(3).insert())));
        } finally {
            faults.recover();
        }
        boolean second = store.find(Draft.id(2)) != null;
        boolean third = store.find(Draft.id(3)) != null;
        assertEquals(second, third, "the write that failed is there whole or not at all");
        if (!e.outcomeUnknown()) {
            assertFalse(second, "the write said that its outcome is known, so nothing was written");
        }
    }

    /** S12: a thread that has been in every method, also in vain, holds up nobody. */
    @Test
    public final void S12_nothingIsHeldOnReturn() throws Exception {
        insert(Draft.of(1).lookup("a1").row());
        insert(Draft.of(2).expiresAt(T0 - 1).row());
        CountDownLatch returned = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Boolean> idle = watch().begin("idle", () -> {
            everyCall().values().forEach(Runnable::run);
            assertThrows(DuplicateKeyException.class, () -> insert(Draft.of(1).row()));
            assertThrows(
                    DuplicateKeyException.class,
                    () -> insert(Draft.of(7).lookup("a1").row()));
            assertFalse(replaceName(Draft.id(1), "stale", 9));
            assertFalse(store.delete(Draft.id(9)));
            returned.countDown();
            return end.await(patience().toNanos(), TimeUnit.NANOSECONDS);
        });
        try {
            while (returned.getCount() > 0 && !idle.isDone()) {
                returned.await(10, TimeUnit.MILLISECONDS);
            }
            everyCall().values().forEach(Runnable::run);
        } finally {
            end.countDown();
        }
        watch().await(idle);
    }

    /** S13: many threads use the store at once, each with rows of its own, and each finds what it wrote. */
    @Test
    public final void S13_anyNumberOfThreads() throws Exception {
        watch().race(CROWD, i -> liveALife(store, 1_000 * i));

        assertListed(KeyFilter.ALL);
    }

    /** S13: many callers share one connection. */
    @Test
    public final void S13_64CallersShareOneConnection() throws Exception {
        StoreFaults<ApiKeyStore> faults = faultsFor("S13");
        ApiKeyStore narrow = faults.onOneConnection();
        assumeTrue(narrow != null, "S13 skipped: faults().onOneConnection() gave no store");
        ApiKeyStore watched = watch().over(ApiKeyStore.class, narrow);

        watch().race(CROWD, i -> liveALife(watched, 1_000 * i));
    }

    /** S13: of many deletes of one row at once one returns true. */
    @Test
    public final void S13_of64DeletesOneReturnsTrue() throws Exception {
        insert(Draft.of(1).lookup("a1").row());
        AtomicInteger deleted = new AtomicInteger();
        watch().race(CROWD, i -> {
            if (store.delete(Draft.id(1))) {
                deleted.incrementAndGet();
            }
        });
        assertEquals(1, deleted.get(), "deletes of one row that returned true, of 64 at once");
        assertNull(store.find(Draft.id(1)), "a deleted row");
        assertNull(store.findByLookup("a1"), "a deleted row's lookup");
    }

    private static void liveALife(ApiKeyStore store, int base) {
        for (int n = base; n < base + 5; n++) {
            String id = Draft.id(n);
            assertTrue(
                    store.write(List.of(Draft.of(n).insert(), Draft.of(n + 500).insert())), "insert of two rows");
            store.addUsage(List.of(new UsageDelta(id, 3, T0)));
            assertTrue(
                    store.write(List.of(Draft.of(n).name("renamed").version(2).replace())), "replace of an own row");
            assertEqualRows(
                    Draft.of(n)
                            .name("renamed")
                            .version(2)
                            .usageCount(3)
                            .lastUsedAt(T0)
                            .row(),
                    store.find(id),
                    "an own row, with 63 other threads in the store");
            assertEquals(id, firstAfter(store, Draft.id(n - 1)), "an own row, listed");
            assertTrue(store.delete(id) && store.delete(Draft.id(n + 500)), "delete of two own rows");
        }
    }

    private static @Nullable String firstAfter(ApiKeyStore store, String id) {
        String after = id;
        do {
            Slice slice = store.list(KeyFilter.ALL, after, 1, T0);
            if (!slice.rows().isEmpty()) {
                return slice.rows().get(0).id();
            }
            after = slice.next();
        } while (after != null);
        return null;
    }

    // ---------------------------------------------------------------- S14 to S16: values, transactions, freshness

    /** S14: values are data, whatever characters they hold, where they are written and where they are asked for. */
    @Test
    public final void S14_valuesAreData() {
        List<String> values = List.of(
                "'",
                "\"",
                "`",
                "''; DROP TABLE api_keys; --",
                "%",
                "_",
                "\\",
                "\\'",
                "?",
                ":id",
                "$1",
                "${id}",
                "{}",
                "#{1}",
                "null",
                "0",
                "(",
                "*/",
                "/*",
                "<b>&amp;");
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            insert(Draft.of("ak_" + value)
                    .lookup(value)
                    .hash(value)
                    .name(value)
                    .description(value)
                    .owner(value)
                    .role(value)
                    .permissions(value)
                    .metadata(value)
                    .revokedReason(value)
                    .rotatedFrom(value)
                    .rotatedTo(value)
                    .row());
        }
        for (String value : values) {
            String id = "ak_" + value;
            assertEquals(value, found(id).description(), "a text of " + value);
            KeyRow byLookup = store.findByLookup(value);
            assertEquals(id, byLookup == null ? null : byLookup.id(), "findByLookup of " + value);
            List<KeyRow> own = listAll(new KeyFilter(value, value, null), 10);
            assertEquals(List.of(id), idsOf(own), "rows whose owner and role are " + value);
            store.addUsage(List.of(new UsageDelta(id, 1, T0)));
            Change replace = Draft.of(id).hash(value).name(value).version(2).replace();
            assertTrue(store.write(List.of(replace)), "replace of a row whose name and hash are " + value);
        }
        assertEquals(values.size(), listAll(KeyFilter.ALL, 3).size(), "rows after all that");
        values.forEach(value -> assertTrue(store.delete("ak_" + value), "delete of ak_" + value));
    }

    /** S15: what a call wrote is there for others when it returns, also if its thread ends at once. */
    @Test
    public final void S15_aWriteIsCommittedWhenItReturns() throws Exception {
        KeyRow row = Draft.of(1).lookup("a1").row();
        watch().elsewhere(() -> store.write(List.of(new Change.Insert(row))));
        assertFound(row);

        watch().elsewhere(() -> {
            addUsage(1, 4, T0);
            return true;
        });
        assertEquals(4, found(row.id()).usageCount(), "usage that another thread added");

        assertTrue(watch().elsewhere(() -> store.delete(row.id())), "delete by another thread");
        assertNull(store.find(row.id()), "a row that another thread deleted");
    }

    /** S15: what a refused write began is not finished by the next call. */
    @Test
    public final void S15_aRefusedWriteLeavesNothingForTheNextCall() {
        insert(Draft.of(5).row());

        assertThrows(
                DuplicateKeyException.class,
                () -> store.write(List.of(Draft.of(1).insert(), Draft.of(5).insert())));
        insert(Draft.of(6).row());
        assertFalse(
                store.write(List.of(Draft.of(2).insert(), Draft.of(5).version(9).replace())));
        insert(Draft.of(7).row());
        addUsage(5, 1, T0);

        assertListed(KeyFilter.ALL, 5, 6, 7);
    }

    /** S16: a read that begins after a write returned sees it, whichever threads they were on. */
    @Test
    public final void S16_aReadSeesEveryWriteThatReturnedBefore() throws Exception {
        insert(Draft.of(1).lookup("a1").owner("before").row());
        for (int version = 2; version < 30; version++) {
            int next = version;
            assertNotNull(store.find(Draft.id(1)));
            assertNotNull(store.findByLookup("a1"));
            watch().elsewhere(() -> store.write(
                    List.of(Draft.of(1).owner("v" + next).version(next).replace())));

            assertEquals(next, found(Draft.id(1)).version(), "find after a write on another thread returned");
            KeyRow byLookup = store.findByLookup("a1");
            assertEquals(next, byLookup == null ? 0 : byLookup.version(), "findByLookup after that write");
            assertEquals(1, listAll(new KeyFilter("v" + next, null, null), 5).size(), "rows listed after that write");
            assertEquals(next, watch().elsewhere(() -> found(Draft.id(1)).version()), "find on a third thread");
        }
    }

    // ---------------------------------------------------------------- what the rules use

    private static Draft everyFieldSet(Draft draft) {
        return draft.lookup("9f86d081884c7d659a2feaa0c55ad015")
                .hash("hmac-sha256$2026-11$" + "ab".repeat(32))
                .name("ci deploy")
                .description("deploys to production")
                .owner("team-a")
                .role("read_upload")
                .permissions("[\"read\",\"upload\"]")
                .metadata("{\"env\":\"prod\"}")
                .createdAt(T0)
                .updatedAt(T0 + 1)
                .expiresAt(T0 + 2)
                .lastUsedAt(T0 + 3)
                .revokedAt(T0 + 4)
                .revokedReason("leaked")
                .disabledAt(T0 + 5)
                .rotatedFrom("ak_from")
                .rotatedTo("ak_to")
                .usageCount(6);
    }

    private void insert(KeyRow row) {
        assertTrue(store.write(List.of(new Change.Insert(row))), "write of an insert returns true or throws");
    }

    private boolean replaceName(String id, String name, long version) {
        return store.write(List.of(Draft.of(id).name(name).version(version).replace()));
    }

    private void addUsage(int number, long count, long at) {
        store.addUsage(List.of(new UsageDelta(Draft.id(number), count, at)));
    }

    private KeyRow found(String id) {
        KeyRow row = store.find(id);
        if (row == null) {
            return fail("find of " + id + ": nothing was found");
        }
        return row;
    }

    private void assertFound(KeyRow row) {
        assertEqualRows(row, store.find(row.id()), "find");
        if (row.lookup() != null) {
            assertEqualRows(row, store.findByLookup(row.lookup()), "findByLookup");
        }
        List<KeyRow> listed = listAll(KeyFilter.ALL, 1_000);
        assertEqualRows(row, listed.isEmpty() ? null : listed.get(0), "the first row listed");
    }

    private static void assertEqualRows(KeyRow expected, @Nullable KeyRow actual, String what) {
        assertNotNull(actual, () -> what + ": there is no row " + expected.id());
        assertAll(
                what,
                () -> assertEquals(expected.id(), actual.id(), "id"),
                () -> assertEquals(expected.lookup(), actual.lookup(), "lookup"),
                () -> assertEquals(expected.hash(), actual.hash(), "hash"),
                () -> assertEquals(expected.name(), actual.name(), "name"),
                () -> assertEquals(expected.description(), actual.description(), "description"),
                () -> assertEquals(expected.owner(), actual.owner(), "owner"),
                () -> assertEquals(expected.role(), actual.role(), "role"),
                () -> assertEquals(expected.permissions(), actual.permissions(), "permissions"),
                () -> assertEquals(expected.metadata(), actual.metadata(), "metadata"),
                () -> assertEquals(expected.createdAt(), actual.createdAt(), "createdAt"),
                () -> assertEquals(expected.updatedAt(), actual.updatedAt(), "updatedAt"),
                () -> assertEquals(expected.expiresAt(), actual.expiresAt(), "expiresAt"),
                () -> assertEquals(expected.lastUsedAt(), actual.lastUsedAt(), "lastUsedAt"),
                () -> assertEquals(expected.revokedAt(), actual.revokedAt(), "revokedAt"),
                () -> assertEquals(expected.revokedReason(), actual.revokedReason(), "revokedReason"),
                () -> assertEquals(expected.disabledAt(), actual.disabledAt(), "disabledAt"),
                () -> assertEquals(expected.rotatedFrom(), actual.rotatedFrom(), "rotatedFrom"),
                () -> assertEquals(expected.rotatedTo(), actual.rotatedTo(), "rotatedTo"),
                () -> assertEquals(expected.usageCount(), actual.usageCount(), "usageCount"),
                () -> assertEquals(expected.version(), actual.version(), "version"));
    }

    /** Everything that a filter yields, with what holds for every slice checked on the way. */
    private List<KeyRow> listAll(KeyFilter filter, int limit) {
        List<KeyRow> all = new ArrayList<>();
        String after = null;
        do {
            Slice slice = store.list(filter, after, limit, T0);
            int size = slice.rows().size();
            assertTrue(size <= limit, () -> size + " rows in a slice of at most " + limit);
            String last = after;
            for (KeyRow row : slice.rows()) {
                String before = last;
                assertTrue(
                        before == null || before.compareTo(row.id()) < 0,
                        () -> "ids ascend by code unit, but " + row.id() + " came after " + before);
                last = row.id();
            }
            String next = slice.next();
            String lastListed = last;
            String from = after;
            assertTrue(
                    next == null
                            || ((lastListed == null || next.compareTo(lastListed) >= 0)
                                    && (from == null || next.compareTo(from) > 0)),
                    () -> "next must lie beyond " + from + " and not before " + lastListed + ", but is " + next);
            all.addAll(slice.rows());
            after = next;
        } while (after != null);
        return all;
    }

    private void assertListed(KeyFilter filter, int... numbers) {
        List<String> expected = new ArrayList<>();
        for (int number : numbers) {
            expected.add(Draft.id(number));
        }
        for (int limit : new int[] {1, 1_000}) {
            assertEquals(expected, idsOf(listAll(filter, limit)), "ids listed for " + filter + " with limit " + limit);
        }
    }

    private List<String> listedAfter(String id) {
        List<String> ids = new ArrayList<>();
        String after = id;
        do {
            Slice slice = store.list(KeyFilter.ALL, after, 2, T0);
            ids.addAll(idsOf(slice.rows()));
            after = slice.next();
        } while (after != null);
        return ids;
    }

    private static List<String> idsOf(List<KeyRow> rows) {
        return rows.stream().map(KeyRow::id).toList();
    }

    /** Purges until two calls in a row removed nothing: a call may look at a part of the rows only. */
    private Map<String, KeyRow> purgeAll(long endedBefore, int limit) {
        Map<String, KeyRow> all = new HashMap<>();
        int idle = 0;
        while (idle < 2) {
            List<KeyRow> removed = store.purge(endedBefore, limit);
            assertTrue(removed.size() <= limit, () -> removed.size() + " rows purged with a limit of " + limit);
            for (KeyRow row : removed) {
                assertNull(all.put(row.id(), row), () -> row.id() + " was purged twice");
            }
            idle = removed.isEmpty() ? idle + 1 : 0;
        }
        return all;
    }

    /** One call of each method, none of which has anything to object to. */
    private Map<String, Runnable> everyCall() {
        Map<String, Runnable> calls = new LinkedHashMap<>();
        String id = Draft.id(1);
        calls.put("find", () -> store.find(id));
        calls.put("findByLookup", () -> store.findByLookup("a1"));
        calls.put("list", () -> store.list(KeyFilter.ALL, null, 10, T0));
        calls.put("write", () -> store.write(List.of(Draft.of(1).version(2).replace())));
        calls.put("addUsage", () -> addUsage(1, 1, T0));
        calls.put("delete", () -> store.delete(Draft.id(8)));
        calls.put("purge", () -> store.purge(T0, 10));
        return calls;
    }

    private static StorageException assertOutage(String name, Runnable call) {
        StorageException e = assertThrows(StorageException.class, call::run, name + "() while nothing answers");
        assertFalse(e instanceof DuplicateKeyException, name + "() while nothing answers is no duplicate");
        return e;
    }

    private void assertWorksWithinPatience() {
        long begun = System.nanoTime();
        for (; ; ) {
            try {
                assertNotNull(store.find(Draft.id(1)), "a row written before the hang");
                return;
            } catch (StorageException e) {
                if (System.nanoTime() - begun > patience().toNanos()) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private StoreFaults<ApiKeyStore> faultsFor(String rule) {
        StoreFaults<ApiKeyStore> faults = faults();
        assumeTrue(faults != null, rule + " skipped: it needs faults, and faults() is not overridden");
        return faults;
    }
}
