package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract of {@link TempKeyStore}, rule by rule. Extend it, override {@link #store()}, and run it with JUnit; override
 * {@link #faults()} too, so that nothing is skipped.
 *
 * <p>The store must have room for 1 000 rows. A call that does not return fails its test with the stack of the thread that
 * is stuck. Not thread-safe itself: JUnit makes an instance for each test.
 */
@TestMethodOrder(MethodOrderer.MethodName.class)
@SuppressWarnings("MemberName") // a test is called after its rule
public abstract class TempKeyStoreContract {
    private static final int CROWD = 64;
    private static final long T0 = Draft.T0;
    private static final long DEADLINE = T0 + 600_000;

    /** Ends a test in which a call into the store hangs, and says which and where. */
    @RegisterExtension
    @SuppressWarnings("this-escape") // asked when a test begins, not before
    public final Extension hangs = new Watch(this::patience);

    private final AtomicInteger inserts = new AtomicInteger();
    private TempKeyStore store;

    /** For subclasses. */
    protected TempKeyStoreContract() {}

    /**
     * Gives the store to be tested. Called once for each test, on the thread that runs it.
     *
     * @return a store that holds no rows
     * @throws Exception if there is none, which fails the test
     */
    protected abstract TempKeyStore store() throws Exception;

    /**
     * Gives what makes the store that {@link #store()} gave last fail. Rules S10 and S11, and of S13 the part about a
     * single connection, are skipped without it.
     *
     * @return the faults, or null if this store has nothing behind it that could fail
     */
    protected @Nullable StoreFaults<TempKeyStore> faults() {
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
        store = watch().over(TempKeyStore.class, store());
    }

    private Watch watch() {
        return (Watch) hangs;
    }

    // ---------------------------------------------------------------- S01: what was written is found

    /** S01: a row is found as it was written, by its ticket hash and by its key. */
    @Test
    public final void S01_findsEveryFieldAsWritten() {
        TempRow row = new TempRow("0f".repeat(32), Draft.id(1), "c2VhbGVk+/==", T0, DEADLINE, null);
        store.insert(row);

        assertEqualRows(row, store.find(row.ticketHash()), "find");
        assertEqualRows(row, store.findByKey(row.keyId()), "findByKey");
    }

    /** S01: the longest values and extreme times are kept whole. */
    @Test
    public final void S01_keepsTheLongestValues() {
        long year9999 = 253_402_300_799_999L;
        TempRow row = new TempRow("9".repeat(64), "ak_" + "z".repeat(61), "A".repeat(512), 0, year9999, null);
        store.insert(row);

        assertEqualRows(row, store.find(row.ticketHash()), "find");
        assertEqualRows(row, store.findByKey(row.keyId()), "findByKey");
    }

    /** S01: what was never written is not found. */
    @Test
    public final void S01_findsNothingThatWasNeverWritten() {
        store.insert(row(1, 1));

        assertNull(store.find(ticket(2)), "find of a ticket hash that was never written");
        assertNull(store.findByKey(Draft.id(2)), "findByKey of a key that has no temp key");
        assertFalse(store.settle(ticket(2), T0), "settle of a ticket hash that was never written");
        assertEquals(0, store.discard(Draft.id(2)), "rows discarded of a key that has none");
    }

    /** S01: of the temp keys of one key, the one with the latest deadline is found. */
    @Test
    public final void S01_findsTheLatestDeadlineOfAKey() {
        store.insert(row(1, 1, DEADLINE + 1));
        store.insert(row(2, 1, DEADLINE + 9));
        store.insert(row(3, 1, DEADLINE + 5));
        store.insert(row(4, 2, DEADLINE + 99));

        assertEqualRows(row(2, 1, DEADLINE + 9), store.findByKey(Draft.id(1)), "findByKey among three");
        assertTrue(store.settle(ticket(2), T0), "settle of a live row");
        assertEqualRows(row(3, 1, DEADLINE + 5), store.findByKey(Draft.id(1)), "findByKey once the latest is settled");
    }

    // ---------------------------------------------------------------- S02: duplicates fail

    /** S02: an insert of a ticket hash that exists, live or settled, fails, and the row that was there stays. */
    @Test
    public final void S02_refusesATicketHashThatExists() {
        store.insert(row(1, 1));

        DuplicateKeyException e = assertThrows(
                DuplicateKeyException.class, () -> store.insert(row(1, 2)), "insert of a ticket hash that exists");
        assertFalse(e.outcomeUnknown(), "after a duplicate it is known that nothing was written");
        assertEqualRows(row(1, 1), store.find(ticket(1)), "the row that was there");
        assertNull(store.findByKey(Draft.id(2)), "the key of the row that was refused");

        assertTrue(store.settle(ticket(1), T0), "settle of a live row");
        assertThrows(
                DuplicateKeyException.class, () -> store.insert(row(1, 1)), "insert of a ticket hash that is settled");
    }

    /** S02: of many inserts of one ticket hash at once one wins. */
    @Test
    public final void S02_of64InsertsOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            int contested = round;
            AtomicInteger won = new AtomicInteger();
            watch().race(CROWD, i -> {
                try {
                    store.insert(row(contested, i));
                    won.incrementAndGet();
                } catch (DuplicateKeyException e) {
                    assertFalse(e.outcomeUnknown(), "the outcome of a duplicate is known");
                }
            });
            assertEquals(1, won.get(), "inserts of one ticket hash that succeeded, of 64 at once");
        }
    }

    // ---------------------------------------------------------------- S05: exact comparison

    /** S05: ticket hashes and key ids that differ in case or in blanks are different, to every method. */
    @Test
    public final void S05_comparesTicketsAndKeysExactly() {
        store.insert(new TempRow("abc", "ak_abc", "sealed", T0, DEADLINE, null));

        for (String other : List.of("ABC", "aBc", "abc ", " abc", "ab")) {
            String what = " of '" + other + "' where only 'abc' is stored";
            assertNull(store.find(other), "find" + what);
            assertFalse(store.settle(other, T0), "settle" + what);
        }
        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc", "ak_ab")) {
            String what = " of '" + other + "' where only 'ak_abc' is stored";
            assertNull(store.findByKey(other), "findByKey" + what);
            assertEquals(0, store.discard(other), "rows discarded" + what);
        }
        assertNotNull(store.findByKey("ak_abc"), "the row stored, after calls with other keys");

        for (String other : List.of("ABC", "aBc", "abc ", " abc")) {
            TempRow row = new TempRow(other, "ak_" + other, "sealed " + other, T0, DEADLINE, null);
            store.insert(row);
            assertEqualRows(row, store.find(other), "find of '" + other + "' after its own insert");
        }
    }

    // ---------------------------------------------------------------- S08: purge

    /** S08: only rows whose deadline is less than the time given are removed, settled or not. */
    @Test
    public final void S08_purgesOnlyWhatIsOlder() {
        store.insert(row(1, 1, T0 + 9));
        store.insert(row(2, 2, T0 + 10));
        store.insert(row(3, 3, T0 + 11));
        store.insert(row(4, 4, T0 + 9));
        store.insert(row(5, 5, T0 + 10));
        assertTrue(store.settle(ticket(4), T0), "settle of a live row");
        assertTrue(store.settle(ticket(5), T0), "settle of a live row");

        assertEquals(2, purgeAll(T0 + 10, 1_000), "rows purged");

        assertNull(store.find(ticket(1)), "a live row whose deadline is less");
        assertNull(store.findByKey(Draft.id(1)), "the key of a live row whose deadline is less");
        assertNull(store.find(ticket(4)), "a settled row whose deadline is less");
        assertNotNull(store.find(ticket(2)), "a live row whose deadline is the time given");
        assertNotNull(store.find(ticket(3)), "a live row whose deadline is greater");
        assertNotNull(store.find(ticket(5)), "a settled row whose deadline is the time given");
    }

    /** S08: a call removes no more than its limit, and in the end everything that is older is gone. */
    @Test
    public final void S08_purgesNoMoreThanItsLimit() {
        for (int i = 0; i < 25; i++) {
            store.insert(row(i, i, T0 + i));
        }
        int removed = store.purge(T0 + 100, 10);
        assertTrue(removed <= 10, () -> removed + " rows purged with a limit of 10");
        long left = 0;
        for (int i = 0; i < 25; i++) {
            left += store.find(ticket(i)) == null ? 0 : 1;
        }
        assertEquals(25 - removed, left, "rows left of 25 after one purge that says it removed " + removed);

        assertEquals(left, purgeAll(T0 + 100, 10), "rows removed by the purges that follow");
    }

    /** S08: what is purged while it is settled is counted once, and nothing else goes. */
    @Test
    public final void S08_countsOnceWhatIsSettledAtTheSameTime() throws Exception {
        int rows = 100;
        for (int i = 0; i < 2 * rows; i++) {
            store.insert(row(i, i, i < rows ? T0 + 5 : T0 + 50));
        }
        AtomicInteger purged = new AtomicInteger();
        watch().race(4, i -> {
            if (i < 2) {
                purged.addAndGet(purgeAll(T0 + 10, 7));
                return;
            }
            for (int n = 2 * rows - 1; n >= 0; n--) {
                store.settle(ticket(n), T0);
            }
        });
        purged.addAndGet(purgeAll(T0 + 10, 7));

        assertEquals(rows, purged.get(), "rows purged by two threads while two others settled them");
        for (int n = rows; n < 2 * rows; n++) {
            assertNotNull(store.find(ticket(n)), "a row whose deadline lies ahead");
        }
    }

    // ---------------------------------------------------------------- S09: settle

    /** S09: a row is settled once, before its deadline, and then holds nothing sealed. */
    @Test
    public final void S09_settlesOnceAndWipes() {
        store.insert(row(1, 1));

        assertTrue(store.settle(ticket(1), T0 + 5), "the first settle");

        TempRow settled = found(ticket(1));
        assertNull(settled.sealed(), "what a settled row holds sealed");
        assertEqualRows(row(1, 1).settled(T0 + 5), settled, "the settled row");
        assertNull(store.findByKey(Draft.id(1)), "findByKey of a key whose only temp key is settled");
        assertFalse(store.settle(ticket(1), T0 + 6), "the second settle");
        assertEquals(T0 + 5, found(ticket(1)).settledAt(), "the time of the settle that won");
    }

    /** S09: from its deadline on a row cannot be settled, and it stays as it was. */
    @Test
    public final void S09_settlesNothingFromTheDeadlineOn() {
        store.insert(row(1, 1));

        assertFalse(store.settle(ticket(1), DEADLINE), "settle at the deadline");
        assertFalse(store.settle(ticket(1), DEADLINE + 1), "settle after the deadline");
        assertEqualRows(row(1, 1), store.find(ticket(1)), "the row after two settles that came too late");
        assertTrue(store.settle(ticket(1), DEADLINE - 1), "settle one millisecond before the deadline");
    }

    /** S09: of many settles at once one returns true, and its time is the one stored. */
    @Test
    public final void S09_of64SettlesOneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            int contested = round;
            store.insert(row(contested, contested));
            AtomicInteger won = new AtomicInteger();
            List<Long> times = new ArrayList<>();
            watch().race(CROWD, i -> {
                if (store.settle(ticket(contested), T0 + i)) {
                    won.incrementAndGet();
                    synchronized (times) {
                        times.add(T0 + i);
                    }
                }
            });
            assertEquals(1, won.get(), "settles of one row that returned true, of 64 at once");
            assertEquals(times.get(0), found(ticket(contested)).settledAt(), "the time stored is the winner's");
            assertNull(found(ticket(contested)).sealed(), "what the settled row holds sealed");
        }
    }

    /** S09: a row is either settled or discarded, never both and never neither. */
    @Test
    public final void S09_settleAndDiscardExcludeEachOther() throws Exception {
        for (int round = 0; round < 50; round++) {
            int contested = round;
            store.insert(row(contested, contested));
            AtomicInteger settled = new AtomicInteger();
            AtomicInteger discarded = new AtomicInteger();
            watch().race(4, i -> {
                if (i % 2 == 0) {
                    settled.addAndGet(store.settle(ticket(contested), T0) ? 1 : 0);
                } else {
                    discarded.addAndGet(store.discard(Draft.id(contested)));
                }
            });
            assertEquals(
                    1, settled.get() + discarded.get(), "settles that returned true and rows discarded, of one row");
            assertEquals(
                    settled.get() == 1,
                    store.find(ticket(contested)) != null,
                    "a settled row stays, a discarded one is gone");
        }
    }

    /** S09: discard removes what is not settled, expired or not, of this key, and nothing else. */
    @Test
    public final void S09_discardsWhatIsNotSettled() {
        store.insert(row(1, 1));
        store.insert(row(2, 1, T0 - 1));
        store.insert(row(3, 1));
        store.insert(row(4, 2));
        assertTrue(store.settle(ticket(3), T0), "settle of a live row");

        assertEquals(2, store.discard(Draft.id(1)), "rows discarded");

        assertNull(store.find(ticket(1)), "a discarded row");
        assertNull(store.find(ticket(2)), "a discarded row that had expired");
        assertNull(store.findByKey(Draft.id(1)), "findByKey of a key whose temp keys were discarded");
        assertFalse(store.settle(ticket(1), T0), "settle of a discarded row");
        assertNotNull(store.find(ticket(3)), "a settled row of the same key");
        assertNotNull(store.find(ticket(4)), "a row of another key");
    }

    // ---------------------------------------------------------------- S10 to S13: bounds, outages, threads

    /** S10: where there is no answer, each call ends in a StorageException by the store's own bounds. */
    @Test
    public final void S10_aHangBecomesAStorageException() throws Exception {
        StoreFaults<TempKeyStore> faults = faultsFor("S10");
        store.insert(row(1, 1));
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
        StoreFaults<TempKeyStore> faults = faultsFor("S11");
        store.insert(row(1, 1));
        faults.fail();
        try {
            everyCall().forEach((name, call) -> {
                StorageException e = assertOutage(name, call);
                assertNotNull(e.getCause(), name + "() during an outage: the exception has its cause");
            });
        } finally {
            faults.recover();
        }
        assertNotNull(store.find(ticket(1)), "the first call after the outage finds what was there before it");
    }

    /** S12: a thread that has been in every method, also in vain, holds up nobody. */
    @Test
    public final void S12_nothingIsHeldOnReturn() throws Exception {
        store.insert(row(1, 1));
        store.insert(row(2, 2, T0 - 1));
        CountDownLatch returned = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Boolean> idle = watch().begin("idle", () -> {
            everyCall().values().forEach(Runnable::run);
            store.insert(row(3, 3));
            assertThrows(DuplicateKeyException.class, () -> store.insert(row(3, 3)));
            assertTrue(store.settle(ticket(3), T0));
            assertFalse(store.settle(ticket(3), T0));
            assertFalse(store.settle(ticket(9), T0));
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
        watch().race(CROWD, i -> liveALife(store, 10 * i));
    }

    /** S13: many callers share one connection. */
    @Test
    public final void S13_64CallersShareOneConnection() throws Exception {
        StoreFaults<TempKeyStore> faults = faultsFor("S13");
        TempKeyStore narrow = faults.onOneConnection();
        assumeTrue(narrow != null, "S13 skipped: faults().onOneConnection() gave no store");
        TempKeyStore watched = watch().over(TempKeyStore.class, narrow);

        watch().race(CROWD, i -> liveALife(watched, 10 * i));
    }

    private static void liveALife(TempKeyStore store, int base) {
        for (int n = base; n < base + 5; n++) {
            store.insert(row(n, n));
            store.insert(row(n + 5, n, DEADLINE - 1));
            assertEqualRows(row(n, n), store.find(ticket(n)), "an own row, with 63 other threads in the store");
            assertEqualRows(row(n, n), store.findByKey(Draft.id(n)), "an own row, by its key");
            assertTrue(store.settle(ticket(n), T0), "settle of an own row");
            assertEquals(1, store.discard(Draft.id(n)), "own rows discarded");
            assertEqualRows(row(n, n).settled(T0), store.find(ticket(n)), "an own settled row");
        }
    }

    // ---------------------------------------------------------------- S14 to S16: values, transactions, freshness

    /** S14: values are data, whatever characters they hold, where they are written and where they are asked for. */
    @Test
    public final void S14_valuesAreData() {
        List<String> values = List.of(
                "'", "\"", "`", "'; DROP TABLE api_temp_keys; --", "%", "_", "\\", "?", ":id", "$1", "null", "(");
        for (String value : values) {
            store.insert(new TempRow(value, "ak_" + value, value, T0, DEADLINE, null));
        }
        for (String value : values) {
            TempRow row = new TempRow(value, "ak_" + value, value, T0, DEADLINE, null);
            assertEqualRows(row, store.find(value), "find of " + value);
            assertEqualRows(row, store.findByKey("ak_" + value), "findByKey of ak_" + value);
        }
        for (String value : values) {
            assertEquals(1, store.discard("ak_" + value), "rows discarded of ak_" + value);
        }
    }

    /** S15: what a call wrote is there for others when it returns, also if its thread ends at once. */
    @Test
    public final void S15_aWriteIsCommittedWhenItReturns() throws Exception {
        watch().elsewhere(() -> {
            store.insert(row(1, 1));
            store.insert(row(2, 2));
            return true;
        });
        assertEqualRows(row(1, 1), store.find(ticket(1)), "a row that another thread inserted");

        assertTrue(watch().elsewhere(() -> store.settle(ticket(1), T0)), "settle by another thread");
        assertEqualRows(row(1, 1).settled(T0), store.find(ticket(1)), "a row that another thread settled");

        assertEquals(1, watch().elsewhere(() -> store.discard(Draft.id(2))), "rows discarded by another thread");
        assertNull(store.find(ticket(2)), "a row that another thread discarded");
    }

    /** S16: a read that begins after a write returned sees it, whichever threads they were on. */
    @Test
    public final void S16_aReadSeesEveryWriteThatReturnedBefore() throws Exception {
        for (int i = 0; i < 30; i++) {
            int number = i;
            assertNull(store.find(ticket(number)));
            assertNull(store.findByKey(Draft.id(number)));
            watch().elsewhere(() -> {
                store.insert(row(number, number));
                return true;
            });
            assertEqualRows(row(number, number), store.find(ticket(number)), "find after insert on another thread");
            assertEqualRows(row(number, number), store.findByKey(Draft.id(number)), "findByKey after that insert");
            assertTrue(watch().elsewhere(() -> store.settle(ticket(number), T0)), "settle on another thread");
            assertNotNull(found(ticket(number)).settledAt(), "settledAt after settle on another thread");
            assertNull(store.findByKey(Draft.id(number)), "findByKey after that settle");
        }
    }

    // ---------------------------------------------------------------- what the rules use

    private static String ticket(int number) {
        return String.format(Locale.ROOT, "%064x", number);
    }

    private static TempRow row(int ticket, int key) {
        return row(ticket, key, DEADLINE);
    }

    private static TempRow row(int ticket, int key, long deadline) {
        return new TempRow(ticket(ticket), Draft.id(key), "sealed" + ticket, T0, deadline, null);
    }

    private TempRow found(String ticketHash) {
        TempRow row = store.find(ticketHash);
        if (row == null) {
            return fail("find of " + ticketHash + ": nothing was found");
        }
        return row;
    }

    private static void assertEqualRows(TempRow expected, @Nullable TempRow actual, String what) {
        assertNotNull(actual, () -> what + ": there is no row");
        assertEquals(expected.ticketHash(), actual.ticketHash(), what + ": ticketHash");
        assertEquals(expected.keyId(), actual.keyId(), what + ": keyId");
        assertEquals(expected.sealed(), actual.sealed(), what + ": sealed");
        assertEquals(expected.createdAt(), actual.createdAt(), what + ": createdAt");
        assertEquals(expected.deadline(), actual.deadline(), what + ": deadline");
        assertEquals(expected.settledAt(), actual.settledAt(), what + ": settledAt");
    }

    /** Purges until two calls in a row removed nothing. */
    private int purgeAll(long before, int limit) {
        int all = 0;
        int idle = 0;
        while (idle < 2) {
            int removed = store.purge(before, limit);
            assertTrue(removed >= 0 && removed <= limit, () -> removed + " rows purged with a limit of " + limit);
            all += removed;
            idle = removed == 0 ? idle + 1 : 0;
        }
        return all;
    }

    /** One call of each method, none of which has anything to object to. */
    private Map<String, Runnable> everyCall() {
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("find", () -> store.find(ticket(1)));
        calls.put("findByKey", () -> store.findByKey(Draft.id(1)));
        calls.put("settle", () -> store.settle(ticket(8), T0));
        calls.put("discard", () -> store.discard(Draft.id(8)));
        calls.put("purge", () -> store.purge(T0, 10));
        int free = inserts.incrementAndGet();
        calls.put("insert", () -> store.insert(row(900 + free, 900 + free)));
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
                assertNotNull(store.find(ticket(1)), "a row written before the hang");
                return;
            } catch (StorageException e) {
                if (System.nanoTime() - begun > patience().toNanos()) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private StoreFaults<TempKeyStore> faultsFor(String rule) {
        StoreFaults<TempKeyStore> faults = faults();
        assumeTrue(faults != null, rule + " skipped: it needs faults, and faults() is not overridden");
        return faults;
    }
}
