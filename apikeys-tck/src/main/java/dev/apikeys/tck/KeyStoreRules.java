package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The foundation of the rules for key stores. Part of {@link ApiKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
public abstract class KeyStoreRules extends StoreRules<ApiKeyStore> {
    private final String node = UUID.randomUUID().toString();
    private final AtomicInteger batches = new AtomicInteger();
    private final AtomicInteger journalRows = new AtomicInteger();

    KeyStoreRules() {
        super(ApiKeyStore.class);
    }

    @Override
    final void putOne() {
        insert(Samples.key(1).lookup("a1").build());
    }

    @Override
    final boolean findsIt() {
        return tested().find(Samples.id(1)) != null;
    }

    @Override
    final Map<String, Runnable> everyCall() {
        ApiKeyStore store = tested();
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("find", () -> store.find(Samples.id(1)));
        calls.put("findByLookup", () -> store.findByLookup("a1"));
        calls.put("list", () -> store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, T0));
        calls.put("write", () -> write(replacing(Samples.key(1).version(2)).journal(journalRow())));
        calls.put("addUsage", () -> store.addUsage(batch(new Delta(Samples.id(1), 1, T0))));
        calls.put("purge", () -> store.purge(Duration.ZERO, System.currentTimeMillis(), 10, journalRow()));
        calls.put("journal", () -> store.journal(JournalRow.Filter.ALL, null, 10));
        calls.put("changes", () -> store.changes(null));
        calls.put("purgeJournal", () -> store.purgeJournal(Duration.ofDays(1), System.currentTimeMillis(), 10));
        return calls;
    }

    @Override
    final void callInVain() {
        assertThrows(KeyExistsException.class, () -> insert(Samples.key(1).build()));
        assertThrows(
                KeyExistsException.class,
                () -> insert(Samples.key(7).lookup("a1").build()));
        assertFalse(write(replacing(Samples.key(1).version(9)).journal(journalRow())));
        assertFalse(delete(Samples.id(9)));
    }

    @Override
    final void liveALife(ApiKeyStore store, int number) {
        for (int n = 10 * number; n < 10 * number + 5; n++) {
            String id = Samples.id(n);
            KeyRow first = Samples.key(n).build();
            KeyRow second = Samples.key(n + 5_000).build();
            assertTrue(
                    store.write(WriteSet.builder()
                            .insert(first)
                            .insert(second)
                            .journal(journalRow())
                            .build()),
                    "insert of two rows");
            store.addUsage(new UsageBatch(node + "-" + n, 1, List.of(new Delta(id, 3, T0))));
            KeyRow renamed = Samples.key(n).name("renamed").version(2).build();
            assertTrue(store.write(replacing(renamed.toBuilder()).build()), "replace of an own row");
            assertEqualRows(
                    renamed.toBuilder().usageCount(3).lastUsedAt(T0).build(),
                    store.find(id),
                    "an own row, with 63 other threads in the store");
            assertEquals(id, firstAfter(store, Samples.id(n - 1)), "an own row, listed");
            assertTrue(
                    store.write(WriteSet.builder()
                            .delete(deletion(id))
                            .delete(deletion(second.id()))
                            .build()),
                    "delete of two own rows");
        }
    }

    private static @Nullable String firstAfter(ApiKeyStore store, String id) {
        String after = id;
        do {
            Slice slice = store.list(KeyFilter.ALL, Order.OLDEST_FIRST, after, 1, T0);
            if (!slice.rows().isEmpty()) {
                return slice.rows().get(0).id();
            }
            after = slice.next();
        } while (after != null);
        return null;
    }

    // ---------------------------------------------------------------- writing

    final boolean write(WriteSet.Builder rows) {
        return tested().write(rows.build());
    }

    final void insert(KeyRow... rows) {
        assertTrue(write(inserting(rows)), "write of inserts returns true or throws");
    }

    static WriteSet.Builder inserting(KeyRow... rows) {
        WriteSet.Builder set = WriteSet.builder();
        Arrays.stream(rows).forEach(set::insert);
        return set;
    }

    /** Returns a set that replaces a row with the hash of samples. */
    static WriteSet.Builder replacing(KeyRow.Builder row) {
        return WriteSet.builder().replace(new WriteSet.Replace(row.build(), Samples.HASH, null));
    }

    final boolean replaceName(String id, String name, long version) {
        return write(replacing(Samples.key(id).name(name).version(version)));
    }

    /** Returns the removal of a row with the hash of samples and any version. */
    static WriteSet.Delete deletion(String id) {
        return new WriteSet.Delete(id, Samples.HASH, null);
    }

    final boolean delete(String id) {
        return write(WriteSet.builder().delete(deletion(id)));
    }

    /** Returns a journal row with an id that is unique in the test and later than all before. */
    final JournalRow journalRow() {
        return Samples.journal(journalRows.incrementAndGet()).build();
    }

    // ---------------------------------------------------------------- usage

    /** Returns the next batch of the node of this test. */
    final UsageBatch batch(Delta... deltas) {
        return new UsageBatch(node, batches.incrementAndGet(), List.of(deltas));
    }

    /** Returns the node of one of several threads. */
    final String node(int thread) {
        return node + "-" + thread;
    }

    final void addUsage(int number, long count, long at) {
        tested().addUsage(batch(new Delta(Samples.id(number), count, at)));
    }

    // ---------------------------------------------------------------- reading

    final KeyRow found(String id) {
        KeyRow row = tested().find(id);
        if (row == null) {
            return fail("find of " + id + ": nothing was found");
        }
        return row;
    }

    final void assertFound(KeyRow row) {
        assertEqualRows(row, tested().find(row.id()), "find");
        if (row.lookup() != null) {
            assertEqualRows(row, tested().findByLookup(row.lookup()), "findByLookup");
        }
        List<KeyRow> listed = listAll(KeyFilter.ALL, Order.OLDEST_FIRST, 1_000);
        assertEqualRows(row, listed.isEmpty() ? null : listed.get(0), "the first row listed");
    }

    static void assertEqualRows(KeyRow expected, @Nullable KeyRow actual, String what) {
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
                () -> assertEquals(expected.attributes(), actual.attributes(), "attributes"),
                () -> assertEquals(expected.createdBy(), actual.createdBy(), "createdBy"),
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
                () -> assertEquals(expected.version(), actual.version(), "version"),
                () -> assertEquals(expected, actual, "the rows; a field is not compared above"));
    }

    /** Returns all rows of a filter, checking the invariants of every slice. */
    final List<KeyRow> listAll(KeyFilter filter, Order order, int limit) {
        return listAfter(filter, order, null, limit);
    }

    @SuppressWarnings("ThreadPriorityCheck") // Only lets writers run between two pages.
    final List<KeyRow> listAfter(KeyFilter filter, Order order, @Nullable String start, int limit) {
        List<KeyRow> all = new ArrayList<>();
        String after = start;
        do {
            Slice slice = tested().list(filter, order, after, limit, T0);
            int size = slice.rows().size();
            assertTrue(size <= limit, () -> size + " rows in a slice of at most " + limit);
            String last = after;
            for (KeyRow row : slice.rows()) {
                assertFollows(order, last, row.id());
                last = row.id();
            }
            String next = slice.next();
            if (next != null && !next.equals(last)) {
                assertFollows(order, last, next);
            }
            assertTrue(next == null || !next.equals(after), "next moves forward, but is again " + next);
            all.addAll(slice.rows());
            after = next;
            Thread.yield();
        } while (after != null);
        return all;
    }

    private static void assertFollows(Order order, @Nullable String before, String id) {
        boolean follows =
                before == null || (order == Order.OLDEST_FIRST ? before.compareTo(id) < 0 : before.compareTo(id) > 0);
        assertTrue(follows, () -> order + " sorts by code unit, but " + id + " came after " + before);
    }

    /** Lists in both directions, in small slices and large ones. */
    final void assertListed(KeyFilter filter, int... numbers) {
        List<String> ascending =
                Arrays.stream(numbers).mapToObj(Samples::id).sorted().toList();
        List<String> descending = new ArrayList<>(ascending);
        Collections.reverse(descending);
        for (int limit : new int[] {1, 1_000}) {
            String what = "ids listed for " + filter + " with limit " + limit + ", ";
            assertEquals(ascending, idsOf(listAll(filter, Order.OLDEST_FIRST, limit)), () -> what + Order.OLDEST_FIRST);
            assertEquals(
                    descending, idsOf(listAll(filter, Order.NEWEST_FIRST, limit)), () -> what + Order.NEWEST_FIRST);
        }
    }

    static List<String> idsOf(List<KeyRow> rows) {
        return rows.stream().map(KeyRow::id).toList();
    }
}
