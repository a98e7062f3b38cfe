package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.TempRow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * S01 to S03, S05 and S14 to S16: temp rows are kept unchanged, are unique, are inserted atomically, and are compared
 * exactly. Part of {@link TempKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class TempRowRules extends TempStoreRules {

    TempRowRules() {}

    // ---------------------------------------------------------------- S01: written rows are found

    /** S01: a row is found unchanged, by its ticket hash and by its key. */
    @Test
    public final void S01_findsEveryFieldAsWritten() {
        TempRow row = new TempRow("0f".repeat(32), Samples.id(1), "c2VhbGVk+/==", T0, DEADLINE, null);
        insert(row);

        assertEqualRows(row, tested().find(row.ticketHash()), "find");
        assertEqualRows(row, tested().findByKey(row.keyId()), "findByKey");
    }

    /** S01: the longest values and extreme times are kept whole. */
    @Test
    public final void S01_keepsTheLongestValues() {
        long year9999 = 253_402_300_799_999L;
        TempRow row = new TempRow("9".repeat(64), "ak_" + "z".repeat(61), "A".repeat(512), 0, year9999, null);
        insert(row);

        assertEqualRows(row, tested().find(row.ticketHash()), "find");
        assertEqualRows(row, tested().findByKey(row.keyId()), "findByKey");
    }

    /** S01: rows that were never written are not found. */
    @Test
    public final void S01_findsNothingThatWasNeverWritten() {
        insert(row(1, 1));

        assertNull(tested().find(Samples.ticket(2)), "find of a ticket hash that was never written");
        assertNull(tested().findByKey(Samples.id(2)), "findByKey of a key that has no temp key");
        assertFalse(tested().settle(Samples.ticket(2), T0), "settle of a ticket hash that was never written");
        assertEquals(0, tested().discard(Samples.id(2)), "rows discarded of a key that has none");
        assertFalse(tested().remove(Samples.ticket(2)), "removal of a ticket hash that was never written");
    }

    /**
     * S01: of the temp keys of one key, a live one is found before a settled one, and among these the one with the
     * latest deadline.
     */
    @Test
    public final void S01_findsTheRowOfAKeyThatSaysMost() {
        insert(
                Samples.temp(1, 1, DEADLINE + 1),
                Samples.temp(2, 1, DEADLINE + 9),
                Samples.temp(3, 1, DEADLINE + 5),
                Samples.temp(4, 2, DEADLINE + 99));

        assertFoundByKey(Samples.temp(2, 1, DEADLINE + 9), "among three live rows");
        assertTrue(tested().settle(Samples.ticket(2), T0), "settle of a live row");
        assertFoundByKey(Samples.temp(3, 1, DEADLINE + 5), "once the latest is settled");
        assertTrue(tested().settle(Samples.ticket(3), T0), "settle of a live row");
        assertTrue(tested().settle(Samples.ticket(1), T0 + 1), "settle of a live row");
        assertFoundByKey(Samples.temp(2, 1, DEADLINE + 9).settled(T0), "among three settled rows");
    }

    private void assertFoundByKey(TempRow expected, String when) {
        assertEqualRows(expected, tested().findByKey(expected.keyId()), "findByKey " + when);
    }

    // ---------------------------------------------------------------- S02: duplicates fail

    /** S02: an insert of an existing ticket hash, live or settled, fails, and the existing row stays unchanged. */
    @Test
    public final void S02_refusesATicketHashThatExists() {
        insert(row(1, 1));

        KeyExistsException e =
                assertThrows(KeyExistsException.class, () -> insert(row(1, 2)), "insert of a ticket hash that exists");
        assertFalse(e.outcomeUnknown(), "after a duplicate it is known that nothing was written");
        assertEqualRows(row(1, 1), tested().find(Samples.ticket(1)), "the row that was there");
        assertNull(tested().findByKey(Samples.id(2)), "the key of the row that was refused");

        assertTrue(tested().settle(Samples.ticket(1), T0), "settle of a live row");
        assertThrows(KeyExistsException.class, () -> insert(row(1, 1)), "insert of a ticket hash that is settled");
    }

    /** S02: of many concurrent inserts of one ticket hash, one wins. */
    @Test
    public final void S02_of64InsertsOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            int contested = round;
            AtomicInteger won = new AtomicInteger();
            detector().race(crowd(), i -> {
                try {
                    insert(row(contested, i), row(1_000 * (contested + 1) + i, i));
                    won.incrementAndGet();
                } catch (KeyExistsException e) {
                    assertFalse(e.outcomeUnknown(), "the outcome of a duplicate is known");
                }
            });
            assertEquals(1, won.get(), "inserts of one ticket hash that succeeded, of 64 at once");
        }
    }

    // ---------------------------------------------------------------- S03: all or nothing

    /** S03: an insert with a duplicate row writes nothing. */
    @Test
    public final void S03_insertsNothingIfOneIsADuplicate() {
        insert(row(2, 2));

        assertThrows(KeyExistsException.class, () -> insert(row(1, 1), row(2, 9), row(3, 3)));

        assertNull(tested().find(Samples.ticket(1)), "the row before the duplicate");
        assertNull(tested().findByKey(Samples.id(1)), "the row before the duplicate, by its key");
        assertNull(tested().find(Samples.ticket(3)), "the row after the duplicate");
        assertEqualRows(row(2, 2), tested().find(Samples.ticket(2)), "the row that was there");
    }

    /** S03: a reader never sees one row of an insert without the others. */
    @Test
    public final void S03_readersSeeAllOfAnInsertOrNothing() throws Exception {
        int inserts = 150;
        AtomicInteger begun = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        detector().race(3, i -> {
            if (i == 0) {
                try {
                    for (int n = 0; n < inserts; n++) {
                        begun.set(n);
                        insert(row(2 * n, 2 * n), row(2 * n + 1, 2 * n + 1));
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            while (!done.get()) {
                int pair = 2 * begun.get();
                int first = pair + i - 1;
                int second = pair + 2 - i;
                if (tested().find(Samples.ticket(first)) != null) {
                    assertNotNull(
                            tested().findByKey(Samples.id(second)),
                            () -> "ticket " + first + " was there, but not " + second + ", which was inserted with it");
                }
            }
        });
    }

    // ---------------------------------------------------------------- S05: exact comparison

    /** S05: ticket hashes and key ids that differ in case or in blanks are different, to every method. */
    @Test
    public final void S05_comparesTicketsAndKeysExactly() {
        insert(new TempRow("abc", "ak_abc", "sealed", T0, DEADLINE, null));

        for (String other : List.of("ABC", "aBc", "abc ", " abc", "ab")) {
            String what = " of '" + other + "' where only 'abc' is stored";
            assertNull(tested().find(other), "find" + what);
            assertFalse(tested().settle(other, T0), "settle" + what);
            assertFalse(tested().remove(other), "remove" + what);
        }
        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc", "ak_ab")) {
            String what = " of '" + other + "' where only 'ak_abc' is stored";
            assertNull(tested().findByKey(other), "findByKey" + what);
            assertEquals(0, tested().discard(other), "rows discarded" + what);
        }
        assertNotNull(tested().findByKey("ak_abc"), "the row stored, after calls with other keys");

        for (String other : List.of("ABC", "aBc", "abc ", " abc")) {
            TempRow row = new TempRow(other, "ak_" + other, "sealed " + other, T0, DEADLINE, null);
            insert(row);
            assertEqualRows(row, tested().find(other), "find of '" + other + "' after its own insert");
        }
    }

    // ---------------------------------------------------------------- S14 to S16: values, transactions, freshness

    /** S14: values with any characters are data, both when written and when queried. */
    @Test
    public final void S14_valuesAreData() {
        List<String> values = new ArrayList<>(List.of(
                "'", "\"", "`", "'; DROP TABLE api_temp_keys; --", "%", "_", "\\", "?", ":id", "$1", "null", "("));
        values.sort(null);
        tested().insert(values.stream()
                .map(value -> new TempRow(value, "ak_" + value, value, T0, DEADLINE, null))
                .toList());
        for (String value : values) {
            TempRow row = new TempRow(value, "ak_" + value, value, T0, DEADLINE, null);
            assertEqualRows(row, tested().find(value), "find of " + value);
            assertEqualRows(row, tested().findByKey("ak_" + value), "findByKey of ak_" + value);
        }
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            if (i % 2 == 0) {
                assertEquals(1, tested().discard("ak_" + value), "rows discarded of ak_" + value);
            } else {
                assertTrue(tested().remove(value), "removal of " + value);
            }
        }
    }

    /** S15: when a call returns, its writes are visible to others, even if its thread ends at once. */
    @Test
    public final void S15_aWriteIsCommittedWhenItReturns() throws Exception {
        detector().elsewhere(() -> insert(row(1, 1), row(2, 2), row(3, 3)));
        assertEqualRows(row(1, 1), tested().find(Samples.ticket(1)), "a row that another thread inserted");

        assertTrue(detector().elsewhere(() -> tested().settle(Samples.ticket(1), T0)), "settle by another thread");
        assertEqualRows(row(1, 1).settled(T0), tested().find(Samples.ticket(1)), "a row that another thread settled");

        assertEquals(
                1, detector().elsewhere(() -> tested().discard(Samples.id(2))), "rows discarded by another thread");
        assertNull(tested().find(Samples.ticket(2)), "a row that another thread discarded");
        assertTrue(detector().elsewhere(() -> tested().remove(Samples.ticket(3))), "removal by another thread");
        assertNull(tested().find(Samples.ticket(3)), "a row that another thread removed");
    }

    /** S16: a read that begins after a write returned sees it, on any thread. */
    @Test
    public final void S16_aReadSeesEveryWriteThatReturnedBefore() throws Exception {
        for (int i = 0; i < 30; i++) {
            int number = i;
            String ticket = Samples.ticket(number);
            assertNull(tested().find(ticket));
            assertNull(tested().findByKey(Samples.id(number)));
            detector().elsewhere(() -> insert(row(number, number)));
            assertEqualRows(row(number, number), tested().find(ticket), "find after insert on another thread");
            assertEqualRows(row(number, number), tested().findByKey(Samples.id(number)), "findByKey after that insert");
            assertTrue(detector().elsewhere(() -> tested().settle(ticket, T0)), "settle on another thread");
            assertNotNull(found(ticket).settledAt(), "settledAt after settle on another thread");
            assertEqualRows(
                    row(number, number).settled(T0),
                    tested().findByKey(Samples.id(number)),
                    "findByKey after that settle");
        }
    }
}
