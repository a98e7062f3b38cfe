package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The foundation of the rules for temp key stores. Part of {@link TempKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
public abstract class TempStoreRules extends StoreRules<TempKeyStore> {
    static final long DEADLINE = T0 + 10 * MINUTE;

    private final AtomicInteger inserts = new AtomicInteger();

    TempStoreRules() {
        super(TempKeyStore.class);
    }

    @Override
    final void putOne() {
        insert(row(1, 1));
    }

    @Override
    final boolean findsIt() {
        return tested().find(Samples.ticket(1)) != null;
    }

    @Override
    final Map<String, Runnable> everyCall() {
        TempKeyStore store = tested();
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("find", () -> store.find(Samples.ticket(1)));
        calls.put("findByKey", () -> store.findByKey(Samples.id(1)));
        calls.put("settle", () -> store.settle(Samples.ticket(8), T0));
        calls.put("discard", () -> store.discard(Samples.id(8)));
        calls.put("remove", () -> store.remove(Samples.ticket(8)));
        calls.put("purge", () -> store.purge(Duration.ofDays(10_000), System.currentTimeMillis(), 10));
        int free = 900 + inserts.incrementAndGet();
        calls.put("insert", () -> store.insert(List.of(row(free, free))));
        return calls;
    }

    @Override
    final void callInVain() {
        insert(row(3, 3));
        assertThrows(KeyExistsException.class, () -> insert(row(3, 3)));
        assertTrue(tested().settle(Samples.ticket(3), T0));
        assertFalse(tested().settle(Samples.ticket(3), T0));
        assertFalse(tested().settle(Samples.ticket(9), T0));
        assertFalse(tested().remove(Samples.ticket(9)));
    }

    @Override
    final void liveALife(TempKeyStore store, int number) {
        for (int n = 10 * number; n < 10 * number + 4; n++) {
            store.insert(List.of(row(n, n), Samples.temp(n + 5, n, DEADLINE - 1)));
            assertEqualRows(row(n, n), store.find(Samples.ticket(n)), "an own row, with 63 other threads in the store");
            assertEqualRows(row(n, n), store.findByKey(Samples.id(n)), "an own row, by its key");
            assertTrue(store.settle(Samples.ticket(n), T0), "settle of an own row");
            assertEquals(1, store.discard(Samples.id(n)), "own rows discarded");
            assertEqualRows(row(n, n).settled(T0), store.find(Samples.ticket(n)), "an own settled row");
            assertTrue(store.remove(Samples.ticket(n)), "removal of an own row");
            store.insert(List.of(row(n + 5, n)));
        }
    }

    static TempRow row(int ticket, int key) {
        return Samples.temp(ticket, key, DEADLINE);
    }

    final Sweep insert(TempRow... rows) {
        return tested().insert(List.of(rows));
    }

    final TempRow found(String ticketHash) {
        TempRow row = tested().find(ticketHash);
        if (row == null) {
            return fail("find of " + ticketHash + ": nothing was found");
        }
        return row;
    }

    static void assertEqualRows(TempRow expected, @Nullable TempRow actual, String what) {
        assertNotNull(actual, () -> what + ": there is no row");
        assertEquals(expected.ticketHash(), actual.ticketHash(), what + ": ticketHash");
        assertEquals(expected.keyId(), actual.keyId(), what + ": keyId");
        assertEquals(expected.sealed(), actual.sealed(), what + ": sealed");
        assertEquals(expected.createdAt(), actual.createdAt(), what + ": createdAt");
        assertEquals(expected.deadline(), actual.deadline(), what + ": deadline");
        assertEquals(expected.settledAt(), actual.settledAt(), what + ": settledAt");
    }
}
