package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link TempKeyStore}, rule by rule. Extend it, override {@link #store()}, and run it with JUnit; also
 * override {@link #storeOf(int)} and {@link #faults()}, so that nothing is skipped.
 *
 * <p>The store must have room for 1 000 live rows, and its clock must be within 25 minutes of the clock of the test
 * machine. Most rules are in the superclasses, by topic; here are S08 and S09, the ends of rows.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class TempKeyStoreContract extends TempRowRules {
    private static final Duration AGE = Duration.ofDays(7);
    private static final int FREED_AT_MOST = 64;
    private static final int SPENT_PER_LIVE = 100;

    /**
     * The caller's clock, behind the store's, so that it alone determines what is old enough; by less than the hour at
     * which a store puts off.
     */
    private final long now = System.currentTimeMillis() - 30 * MINUTE;

    /** The deadline of a row that is just old enough. */
    private final long cutOff = now - AGE.toMillis();

    /** For subclasses. */
    protected TempKeyStoreContract() {}

    /**
     * Returns a store that can be filled. Without it, the tests of S09 about a full store are skipped.
     *
     * @param maxLive how many live rows it holds
     * @return a store that holds no rows, or null if its bound cannot be chosen
     * @throws Exception if there is none, which fails the test
     */
    protected @Nullable TempKeyStore storeOf(int maxLive) throws Exception {
        return null;
    }

    private TempKeyStore narrow(int maxLive) throws Exception {
        TempKeyStore store = storeOf(maxLive);
        assumeTrue(store != null, "S09 skipped: it needs a store that can be filled, and storeOf() is not overridden");
        return watched(store);
    }

    // ---------------------------------------------------------------- S08: purge

    /** S08: live rows end at their deadline; spent ones are removed once their deadline passed that long ago. */
    @Test
    public final void S08_endsAndPurgesOnlyWhatIsOldEnough() {
        insert(
                Samples.temp(1, 1, now + 1),
                Samples.temp(2, 2, now),
                Samples.temp(3, 3, cutOff + 1),
                Samples.temp(4, 4, cutOff),
                Samples.temp(5, 5, cutOff + 1),
                Samples.temp(6, 6, cutOff));
        assertTrue(tested().settle(Samples.ticket(5), T0), "settle of a live row");
        assertTrue(tested().settle(Samples.ticket(6), T0), "settle of a live row");

        Told told = purgeAll(AGE, now, 1_000);

        assertEquals(Set.of(Samples.id(2), Samples.id(3), Samples.id(4)), told.ended, "keys of rows that ended");
        assertEquals(2, told.removed, "rows removed: one that was settled, one that ended");
        assertEqualRows(Samples.temp(1, 1, now + 1), tested().find(Samples.ticket(1)), "a row that can be claimed");
        assertEqualRows(Samples.temp(2, 2, now).ended(), tested().find(Samples.ticket(2)), "a row at its deadline");
        assertEqualRows(
                Samples.temp(3, 3, cutOff + 1).ended(), tested().find(Samples.ticket(3)), "a row that ended later");
        assertEqualRows(
                Samples.temp(5, 5, cutOff + 1).settled(T0),
                tested().find(Samples.ticket(5)),
                "a settled row of a later deadline");
        assertNull(tested().find(Samples.ticket(4)), "an ended row that is old enough");
        assertNull(tested().findByKey(Samples.id(4)), "an ended row that is old enough, by its key");
        assertNull(tested().find(Samples.ticket(6)), "a settled row that is old enough");
        assertNull(tested().findByKey(Samples.id(6)), "a settled row that is old enough, by its key");
    }

    /** S08: times count back from the earlier of the two clocks. */
    @Test
    public final void S08_goesByTheEarlierClock() {
        long real = System.currentTimeMillis();
        insert(Samples.temp(1, 1, real - 28 * MINUTE), Samples.temp(2, 2, real + 28 * MINUTE));

        Told behind = purgeAll(Duration.ZERO, real - 30 * MINUTE, 10);
        assertEquals(Set.of(), behind.ended, "keys of rows ended by a caller whose clock is behind");
        Told ahead = purgeAll(AGE, real + 30 * MINUTE, 10);
        assertEquals(Set.of(Samples.id(1)), ahead.ended, "keys of rows ended by a caller whose clock is ahead");
    }

    /** S08: if the clocks differ by more than an hour, one of them is wrong, and nothing is done. */
    @Test
    public final void S08_putsOffIfTheClocksDisagree() {
        insert(row(1, 1), row(2, 2));
        assertTrue(tested().settle(Samples.ticket(2), T0), "settle of a live row");
        for (long wrong : new long[] {
            System.currentTimeMillis() + 2 * HOUR, System.currentTimeMillis() - 2 * HOUR, 0, Long.MAX_VALUE
        }) {
            Sweep sweep = tested().purge(Duration.ZERO, wrong, 10);
            assertEquals(Rest.PUT_OFF, sweep.rest(), () -> "the answer to a purge at " + wrong);
            assertEquals(List.of(), sweep.ended(), () -> "rows ended by a purge at " + wrong);
            assertEquals(0, sweep.removed(), () -> "rows removed by a purge at " + wrong);
        }
        assertEqualRows(row(1, 1), tested().find(Samples.ticket(1)), "the live row");
        assertNotNull(tested().find(Samples.ticket(2)), "the settled row");
    }

    /**
     * S08: a call ends and removes no more than its limit each and reports that there is more; repeated calls do all.
     */
    @Test
    public final void S08_purgesNoMoreThanItsLimit() {
        for (int i = 0; i < 25; i++) {
            insert(Samples.temp(i, i, now - i));
        }
        Sweep first = tested().purge(AGE, now, 10);
        assertTrue(first.ended().size() <= 10, () -> "rows ended with a limit of 10: " + first.ended());
        assertEquals(Rest.MORE, first.rest(), "the rest after 10 of 25 were ended");
        assertEquals(25, first.ended().size() + purgeAll(AGE, now, 10).ended.size(), "rows ended in all");

        Sweep second = tested().purge(Duration.ZERO, now, 10);
        assertTrue(second.removed() <= 10, () -> "rows removed with a limit of 10: " + second.removed());
        assertEquals(Rest.MORE, second.rest(), "the rest after 10 of 25 were removed");
        assertEquals(25, second.removed() + purgeAll(Duration.ZERO, now, 10).removed, "rows removed in all");
    }

    /** S08: each row that ends is reported by one purge, and none that is settled concurrently. */
    @Test
    public final void S08_tellsEachEndOnce() throws Exception {
        int rows = 100;
        for (int i = 0; i < rows; i++) {
            insert(Samples.temp(i, i, now - 1), Samples.temp(rows + i, rows + i, now + HOUR));
        }
        List<String> told = new ArrayList<>();
        Set<String> settled = ConcurrentHashMap.newKeySet();
        detector().race(4, i -> {
            if (i < 2) {
                List<String> ended = List.copyOf(purgeAll(AGE, now, 7).ended);
                synchronized (told) {
                    told.addAll(ended);
                }
                return;
            }
            for (int n = 2 * rows - 1; n >= 0; n--) {
                if (tested().settle(Samples.ticket(n), now - 2)) {
                    assertTrue(settled.add(Samples.id(n)), "a row was settled twice");
                }
            }
        });
        assertEquals(2 * rows, told.size() + settled.size(), "rows that were told to have ended, and settled");
        assertTrue(told.stream().noneMatch(settled::contains), "a row that was settled was told to have ended unread");
        for (int n = rows; n < 2 * rows; n++) {
            assertNotNull(found(Samples.ticket(n)).settledAt(), "a row whose deadline lies ahead");
        }
    }

    // ---------------------------------------------------------------- S09: settle, and the evidence

    /** S09: a row is settled once, before its deadline, and then holds nothing sealed. */
    @Test
    public final void S09_settlesOnceAndWipes() {
        insert(row(1, 1));

        assertTrue(tested().settle(Samples.ticket(1), T0 + 5), "the first settle");

        TempRow settled = found(Samples.ticket(1));
        assertNull(settled.sealed(), "what a settled row holds sealed");
        assertEqualRows(row(1, 1).settled(T0 + 5), settled, "the settled row");
        assertEqualRows(row(1, 1).settled(T0 + 5), tested().findByKey(Samples.id(1)), "the settled row, by its key");
        assertFalse(tested().settle(Samples.ticket(1), T0 + 6), "the second settle");
        assertEquals(T0 + 5, found(Samples.ticket(1)).settledAt(), "the time of the settle that won");
    }

    /** S09: from its deadline on, a row cannot be settled and stays unchanged. */
    @Test
    public final void S09_settlesNothingFromTheDeadlineOn() {
        insert(row(1, 1));

        assertFalse(tested().settle(Samples.ticket(1), DEADLINE), "settle at the deadline");
        assertFalse(tested().settle(Samples.ticket(1), DEADLINE + 1), "settle after the deadline");
        assertEqualRows(row(1, 1), tested().find(Samples.ticket(1)), "the row after two settles that came too late");
        assertTrue(tested().settle(Samples.ticket(1), DEADLINE - 1), "settle one millisecond before the deadline");
    }

    /** S09: a settled row is kept after its deadline, so that a late claim learns of the first. */
    @Test
    public final void S09_keepsTheEvidenceAfterTheDeadline() {
        TempRow row = Samples.temp(1, 1, cutOff + 1);
        insert(row);
        assertTrue(tested().settle(Samples.ticket(1), T0), "settle of a live row");

        purgeAll(AGE, now, 10);

        assertEqualRows(row.settled(T0), tested().find(Samples.ticket(1)), "the settled row a week after its deadline");
        assertEqualRows(row.settled(T0), tested().findByKey(Samples.id(1)), "the same row, by its key");
        assertFalse(tested().settle(Samples.ticket(1), T0), "a late settle");
    }

    /** S09: a row that ended unread holds nothing sealed, cannot be settled by any clock, and is kept. */
    @Test
    public final void S09_keepsWhatEndedUnread() {
        TempRow row = Samples.temp(1, 1, cutOff + 1);
        insert(row, Samples.temp(2, 1, cutOff + 2), Samples.temp(3, 3, cutOff + 1));
        assertTrue(tested().settle(Samples.ticket(2), T0), "settle of a live row");

        assertEquals(Set.of(Samples.id(1), Samples.id(3)), purgeAll(AGE, now, 10).ended, "keys of rows that ended");
        assertEquals(Set.of(), purgeAll(AGE, now, 10).ended, "keys of rows that ended, told again");

        assertEqualRows(row.ended(), tested().find(Samples.ticket(1)), "the ended row");
        assertEqualRows(
                Samples.temp(3, 3, cutOff + 1).ended(), tested().findByKey(Samples.id(3)), "an ended row, by its key");
        assertFalse(tested().settle(Samples.ticket(1), T0), "settle of an ended row by a clock that is behind");
        assertEquals(0, tested().discard(Samples.id(1)), "rows discarded of a key whose rows were settled and ended");
        assertEqualRows(row.ended(), tested().find(Samples.ticket(1)), "the ended row after that");
    }

    /** S09: of many concurrent settles, one returns true, and its time is stored. */
    @Test
    public final void S09_of64SettlesOneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            int contested = round;
            insert(row(contested, contested));
            Set<Long> times = ConcurrentHashMap.newKeySet();
            detector().race(crowd(), i -> {
                if (tested().settle(Samples.ticket(contested), T0 + i)) {
                    times.add(T0 + i);
                }
            });
            assertEquals(1, times.size(), "settles of one row that returned true, of 64 at once");
            TempRow settled = found(Samples.ticket(contested));
            assertEquals(times, Set.of(settled.settledAt() == null ? 0L : settled.settledAt()), "the time stored");
            assertNull(settled.sealed(), "what the settled row holds sealed");
        }
    }

    /** S09: a row is either settled or discarded, never both and never neither. */
    @Test
    public final void S09_settleAndDiscardExcludeEachOther() throws Exception {
        for (int round = 0; round < 50; round++) {
            int contested = round;
            insert(row(contested, contested));
            AtomicInteger settled = new AtomicInteger();
            AtomicInteger discarded = new AtomicInteger();
            detector().race(4, i -> {
                if (i % 2 == 0) {
                    settled.addAndGet(tested().settle(Samples.ticket(contested), T0) ? 1 : 0);
                } else {
                    discarded.addAndGet(tested().discard(Samples.id(contested)));
                }
            });
            assertEquals(
                    1, settled.get() + discarded.get(), "settles that returned true and rows discarded, of one row");
            assertEquals(
                    settled.get() == 1,
                    tested().find(Samples.ticket(contested)) != null,
                    "a settled row stays, a discarded one is gone");
        }
    }

    /** S09: discard removes only rows of this key that are neither settled nor ended, expired or not. */
    @Test
    public final void S09_discardsWhatIsLive() {
        insert(row(1, 1), Samples.temp(2, 1, T0 - 1), row(3, 1), row(4, 2));
        assertTrue(tested().settle(Samples.ticket(3), T0), "settle of a live row");

        assertEquals(2, tested().discard(Samples.id(1)), "rows discarded");

        assertNull(tested().find(Samples.ticket(1)), "a discarded row");
        assertNull(tested().find(Samples.ticket(2)), "a discarded row that had expired");
        assertEqualRows(row(3, 1).settled(T0), tested().findByKey(Samples.id(1)), "findByKey after discard");
        assertFalse(tested().settle(Samples.ticket(1), T0), "settle of a discarded row");
        assertNotNull(tested().find(Samples.ticket(3)), "a settled row of the same key");
        assertNotNull(tested().find(Samples.ticket(4)), "a row of another key");
    }

    /** S09: remove removes exactly one row, in any state, once. */
    @Test
    public final void S09_removesOneRowInAnyState() throws Exception {
        insert(
                Samples.temp(1, 1, now + HOUR),
                Samples.temp(2, 1, now + HOUR),
                Samples.temp(3, 1, now),
                Samples.temp(4, 1, now + HOUR));
        assertTrue(tested().settle(Samples.ticket(2), T0), "settle of a live row");
        assertEquals(1, purgeAll(AGE, now, 10).ended.size(), "rows that ended");
        for (int ticket = 1; ticket <= 3; ticket++) {
            String hash = Samples.ticket(ticket);
            AtomicInteger removed = new AtomicInteger();
            detector().race(4, i -> removed.addAndGet(tested().remove(hash) ? 1 : 0));
            assertEquals(1, removed.get(), "removals of ticket " + ticket + " that returned true, of four at once");
            assertNull(tested().find(hash), "a removed row");
        }
        TempRow left = tested().findByKey(Samples.id(1));
        assertEquals(Samples.ticket(4), left == null ? null : left.ticketHash(), "the row that was not removed");
        insert(row(1, 1));
        assertEqualRows(row(1, 1), tested().find(Samples.ticket(1)), "a ticket hash that is free again");
    }

    // ---------------------------------------------------------------- S09: a full store

    /** S09: a full store refuses, writes nothing, and drops no row that can be claimed. */
    @Test
    public final void S09_aFullStoreRefuses() throws Exception {
        TempKeyStore store = narrow(3);
        store.insert(List.of(row(1, 1), row(2, 2)));

        assertThrows(VaultFullException.class, () -> store.insert(List.of(row(3, 3), row(4, 4))), "two rows for one");
        assertNull(store.find(Samples.ticket(3)), "a row that was refused");
        store.insert(List.of(row(3, 3)));
        assertThrows(VaultFullException.class, () -> store.insert(List.of(row(4, 4))), "a row too many");
        for (int ticket = 1; ticket <= 3; ticket++) {
            assertNotNull(store.find(Samples.ticket(ticket)), "a row that can be claimed");
        }
        assertTrue(store.settle(Samples.ticket(1), T0), "settle of a live row");
        store.insert(List.of(row(4, 4)));
        assertNotNull(store.find(Samples.ticket(1)), "a settled row, which takes no place from live ones");
    }

    /** S09: a full store ends expired rows, up to 64, and reports them. */
    @Test
    public final void S09_aFullStoreFreesWhatHasExpired() throws Exception {
        int expired = 100;
        TempKeyStore store = narrow(expired + 1);
        for (int i = 0; i < expired; i++) {
            store.insert(List.of(Samples.temp(i, i, T0 - i)));
        }
        store.insert(List.of(row(200, 200)));

        Sweep sweep = store.insert(List.of(row(300, 300)));

        assertTrue(
                !sweep.ended().isEmpty() && sweep.ended().size() <= FREED_AT_MOST,
                () -> sweep.ended().size() + " rows were ended to make room");
        assertNotNull(store.find(Samples.ticket(200)), "a row that can be claimed");
        assertNotNull(store.find(Samples.ticket(300)), "the row for which room was made");
        for (TempRow ended : sweep.ended()) {
            assertTrue(ended.deadline() <= T0, () -> ended + " was ended, and can be claimed");
            assertEqualRows(ended.ended(), store.find(ended.ticketHash()), "a row that was ended");
        }
    }

    /** S09: what can be claimed by the store's clock is not ended for a caller whose clock is ahead. */
    @Test
    public final void S09_aFullStoreFreesNothingByAClockThatIsAhead() throws Exception {
        long real = System.currentTimeMillis();
        TempKeyStore store = narrow(1);
        store.insert(List.of(Samples.temp(1, 1, real + 40 * MINUTE)));
        TempRow ahead =
                new TempRow(Samples.ticket(2), Samples.id(2), "sealed", real + 50 * MINUTE, real + 90 * MINUTE, null);

        assertThrows(VaultFullException.class, () -> store.insert(List.of(ahead)), "a row of a clock that is ahead");
        TempRow left = store.find(Samples.ticket(1));
        assertTrue(left != null && left.sealed() != null, "a row that can be claimed by the store's clock");
    }

    /**
     * S09: at most 100 times as many spent rows are kept, the earliest deadlines are forgotten first, and their number
     * is reported.
     */
    @Test
    public final void S09_forgetsTheOldestAndTellsHowMany() throws Exception {
        int rows = SPENT_PER_LIVE + 20;
        TempKeyStore store = narrow(1);
        long forgotten = 0;
        for (int i = 0; i < rows; i++) {
            forgotten += store.insert(List.of(Samples.temp(i, i, now + i + 1))).forgotten();
            assertTrue(store.settle(Samples.ticket(i), T0), "settle of a live row");
        }
        Rest rest = Rest.MORE;
        for (int n = 0; n < rows && rest == Rest.MORE; n++) {
            Sweep sweep = store.purge(AGE, now, 1_000);
            forgotten += sweep.forgotten();
            rest = sweep.rest();
        }
        assertEquals(Rest.NONE, rest, "the rest after more purges than there are rows");
        int kept = 0;
        for (int i = 0; i < rows; i++) {
            boolean there = store.find(Samples.ticket(i)) != null;
            assertTrue(there || kept == 0, "row " + i + " was forgotten, and one of an earlier deadline was kept");
            kept += there ? 1 : 0;
        }
        assertEquals(SPENT_PER_LIVE, kept, "settled rows kept, of " + rows);
        assertEquals(rows - kept, forgotten, "rows reported as forgotten");
    }

    // ---------------------------------------------------------------- S11: outages

    /** S11: unless the exception says that the outcome is unknown, nothing was written; in no case a part. */
    @Test
    public final void S11_whatFailedForSureWroteNothing() {
        StoreFaults<?> faults = faultsFor("S11");
        insert(row(1, 1));
        StorageException inserted;
        StorageException settled;
        faults.fail();
        try {
            inserted = assertOutage("insert", () -> insert(row(2, 2), row(3, 3)));
            settled = assertOutage("settle", () -> tested().settle(Samples.ticket(1), T0));
        } finally {
            faults.recover();
        }
        boolean second = tested().find(Samples.ticket(2)) != null;
        boolean third = tested().find(Samples.ticket(3)) != null;
        assertEquals(second, third, "the insert that failed is there whole or not at all");
        assertTrue(inserted.outcomeUnknown() || !second, "the insert said that nothing was written");
        boolean wiped = found(Samples.ticket(1)).sealed() == null;
        assertTrue(settled.outcomeUnknown() || !wiped, "the settle said that nothing was written");
    }

    /**
     * S11: a call that failed in a hang, with the outcome that nothing was written, is not done in the hang, when it
     * ends, or with a later call.
     */
    @Test
    public final void S11_whatHungForSureIsNotDoneLater() {
        StoreFaults<?> faults = faultsFor("S11");
        insert(row(1, 1));
        StorageException inserted = inAHang(faults, "insert", () -> insert(row(2, 2)));
        StorageException settled = inAHang(faults, "settle", () -> tested().settle(Samples.ticket(1), T0));

        for (int call = 0; call < 3; call++) {
            String when = " after " + call + " further writes; the call in the hang said that nothing was written";
            if (!inserted.outcomeUnknown()) {
                assertNull(tested().find(Samples.ticket(2)), "the inserted row" + when);
            }
            if (!settled.outcomeUnknown()) {
                assertNotNull(found(Samples.ticket(1)).sealed(), "what is sealed" + when);
            }
            insert(row(10 + call, 10 + call));
            assertTrue(tested().settle(Samples.ticket(10 + call), T0), "settle of a further row");
        }
    }

    // ---------------------------------------------------------------- helpers

    /** The combined result of several purges. */
    private static final class Told {
        private final Set<String> ended = ConcurrentHashMap.newKeySet();
        private int removed;
    }

    /** Purges until nothing is left. */
    private Told purgeAll(Duration age, long callersClock, int limit) {
        Told told = new Told();
        int idle = 0;
        for (Rest rest = Rest.MORE; rest == Rest.MORE; ) {
            Sweep sweep = tested().purge(age, callersClock, limit);
            int removed = sweep.removed();
            assertTrue(removed >= 0 && removed <= limit, () -> removed + " rows removed with a limit of " + limit);
            for (TempRow row : sweep.ended()) {
                assertTrue(told.ended.add(row.keyId()), () -> row + " was told to have ended twice");
                assertTrue(
                        row.sealed() == null && row.settledAt() == null,
                        () -> row + " was told to have ended unread, but holds something sealed or is settled");
            }
            told.removed += removed;
            rest = sweep.rest();
            idle = sweep.ended().isEmpty() && removed == 0 ? idle + 1 : 0;
            assertTrue(idle < 100, "100 purges in a row did nothing and reported that there is more");
        }
        return told;
    }
}
