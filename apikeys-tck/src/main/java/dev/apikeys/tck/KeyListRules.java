package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * S06: lists, in both directions. Part of {@link ApiKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class KeyListRules extends KeyWriteRules {
    /** Five times the scan limit of a call: on a busy machine, threads wait for a CPU. */
    private static final Duration LONGEST_CALL = Duration.ofSeconds(1);

    KeyListRules() {}

    /** S06: a list is ordered by the code units of the ids, and every limit yields the same rows. */
    @Test
    public final void S06_listsInOrderOfCodeUnits() {
        TreeSet<String> ids = new TreeSet<>();
        for (String end :
                List.of("0", "9", "A", "Z", "_", "a", "z", "-", "~", "Aa", "aA", "a_", "a-", "", "aa", "a0")) {
            ids.add("ak_" + end);
        }
        List<String> descending = new ArrayList<>(ids.descendingSet());
        descending.forEach(id -> insert(Samples.key(id).build()));

        for (int limit : new int[] {1, 2, 3, 5, 16, 17, 1_000}) {
            assertEquals(
                    new ArrayList<>(ids),
                    idsOf(listAll(KeyFilter.ALL, Order.OLDEST_FIRST, limit)),
                    "ids listed with limit " + limit);
            assertEquals(
                    descending,
                    idsOf(listAll(KeyFilter.ALL, Order.NEWEST_FIRST, limit)),
                    "ids listed newest first with limit " + limit);
        }
    }

    /** S06: a list continues after any id, stored or not. */
    @Test
    public final void S06_goesOnAfterAnyId() {
        for (int i = 0; i < 10; i += 2) {
            insert(Samples.key(i).build());
        }
        assertListedAfter(Order.OLDEST_FIRST, Samples.id(2), 4, 6, 8);
        assertListedAfter(Order.OLDEST_FIRST, Samples.id(3), 4, 6, 8);
        assertListedAfter(Order.OLDEST_FIRST, Samples.id(8));
        assertListedAfter(Order.OLDEST_FIRST, "z");
        assertListedAfter(Order.OLDEST_FIRST, "", 0, 2, 4, 6, 8);
        assertListedAfter(Order.NEWEST_FIRST, Samples.id(6), 4, 2, 0);
        assertListedAfter(Order.NEWEST_FIRST, Samples.id(5), 4, 2, 0);
        assertListedAfter(Order.NEWEST_FIRST, Samples.id(0));
        assertListedAfter(Order.NEWEST_FIRST, "");
        assertListedAfter(Order.NEWEST_FIRST, "z", 8, 6, 4, 2, 0);
    }

    private void assertListedAfter(Order order, String after, int... numbers) {
        assertEquals(
                Arrays.stream(numbers).mapToObj(Samples::id).toList(),
                idsOf(listAfter(KeyFilter.ALL, order, after, 2)),
                () -> order + " after '" + after + "'");
    }

    /** S06: an empty store lists nothing and no next page. */
    @Test
    public final void S06_listsNothingWhereThereIsNothing() {
        assertListed(KeyFilter.ALL);
    }

    /** S06: owner, role and creator filter exactly, alone and combined; blanks, case and wildcards are significant. */
    @Test
    public final void S06_filtersByOwnerRoleAndCreator() {
        insert(Samples.key(1).owner("team").role("admin").createdBy("alice").build());
        insert(Samples.key(2).owner("Team").role("admin").createdBy("Alice").build());
        insert(Samples.key(3)
                .owner("team ")
                .role("read_only")
                .createdBy("alice ")
                .build());
        insert(Samples.key(4).owner("team").role("read_only").createdBy("alice").build());
        insert(Samples.key(5).build());

        assertListed(KeyFilter.builder().owner("team").build(), 1, 4);
        assertListed(KeyFilter.builder().owner("Team").build(), 2);
        assertListed(KeyFilter.builder().owner("team ").build(), 3);
        assertListed(KeyFilter.builder().role("admin").build(), 1, 2);
        assertListed(KeyFilter.builder().owner("team").role("read_only").build(), 4);
        assertListed(KeyFilter.builder().createdBy("alice").build(), 1, 4);
        assertListed(KeyFilter.builder().createdBy("Alice").build(), 2);
        assertListed(KeyFilter.builder().createdBy("alice").role("admin").build(), 1);
        for (String none : List.of("te%", "tea_", "", "ali%", "alic_")) {
            assertListed(KeyFilter.builder().owner(none).build());
            assertListed(KeyFilter.builder().createdBy(none).build());
        }
        assertListed(KeyFilter.ALL, 1, 2, 3, 4, 5);
    }

    /** S06: the status is that at the given time; revoked takes precedence over expired, and expired over disabled. */
    @Test
    public final void S06_filtersByStatusAtTheTimeGiven() {
        long now = T0;
        insert(Samples.key(1).build());
        insert(Samples.key(2).expiresAt(now).build());
        insert(Samples.key(3).expiresAt(now + 1).build());
        insert(Samples.key(4).revokedAt(now).build());
        insert(Samples.key(5).revokedAt(now + 1).build());
        insert(Samples.key(6).disabledAt(now + 1).build());
        insert(Samples.key(7).expiresAt(now).revokedAt(now).disabledAt(now).build());
        insert(Samples.key(8).expiresAt(now - 1).disabledAt(now).build());
        insert(Samples.key(9).owner("team").expiresAt(now - 1).build());

        assertListed(KeyFilter.builder().status(KeyStatus.ACTIVE).build(), 1, 3, 5);
        assertListed(KeyFilter.builder().status(KeyStatus.EXPIRED).build(), 2, 8, 9);
        assertListed(KeyFilter.builder().status(KeyStatus.REVOKED).build(), 4, 7);
        assertListed(KeyFilter.builder().status(KeyStatus.DISABLED).build(), 6);
        KeyFilter team = KeyFilter.builder().owner("team").build();
        assertListed(team.toBuilder().status(KeyStatus.EXPIRED).build(), 9);
        assertListed(team.toBuilder().status(KeyStatus.ACTIVE).build());
    }

    /**
     * S06: a text is searched in id, name and owner; only A to Z match case-insensitively, and no character is a
     * wildcard.
     */
    @Test
    public final void S06_leavesOutNothingThatMatchesAText() {
        insert(Samples.key(1).name("CI Deploy 100%").build());
        insert(Samples.key(2).name("ci deploy 100_").owner("Deployers").build());
        insert(Samples.key(3).name("backup\\nightly").owner("o'brien").build());
        insert(Samples.key(4).name("\u00C4rger \uD83D\uDD11").build());
        insert(Samples.key("AK_X").name("other").build());

        assertYields("deploy", Samples.id(1), Samples.id(2));
        assertYields("DEPLOYERS", Samples.id(2));
        assertYields("100%", Samples.id(1));
        assertYields("100_", Samples.id(2));
        assertYields("p\\n", Samples.id(3));
        assertYields("O'B", Samples.id(3));
        assertYields("\u00C4r", Samples.id(4));
        assertYields("\uD83D\uDD11", Samples.id(4));
        assertYields("ak_x", "AK_X");
        assertYields("a key of nobody");
    }

    private void assertYields(String text, String... ids) {
        KeyFilter filter = KeyFilter.builder().matching(text).build();
        assertYields(filter, ids);
    }

    /** Asserts that rows are listed; others may be too, since core filters again. */
    private void assertYields(KeyFilter filter, String... ids) {
        for (Order order : Order.values()) {
            List<String> listed = listAll(filter, order, 2).stream()
                    .filter(row -> filter.matches(row, T0))
                    .map(KeyRow::id)
                    .sorted()
                    .toList();
            assertEquals(Arrays.stream(ids).sorted().toList(), listed, () -> "ids listed for " + filter);
        }
    }

    /** S06: keys that end before a time, and keys unused since a time, are listed. */
    @Test
    public final void S06_leavesOutNothingThatEndsOrWasNotUsed() {
        insert(Samples.key(1).build());
        insert(Samples.key(2).expiresAt(T0 + 9).lastUsedAt(T0 + 9).build());
        insert(Samples.key(3).expiresAt(T0 + 10).lastUsedAt(T0 + 10).build());
        insert(Samples.key(4).revokedAt(T0 + 9).expiresAt(T0 + 99).build());
        insert(Samples.key(5).expiresAt(KeyRow.UNREADABLE).createdAt(T0 + 50).build());
        insert(Samples.key(6).createdAt(T0 - 50).lastUsedAt(T0 + 50).build());

        assertYields(KeyFilter.builder().endingBefore(T0 + 10).build(), Samples.id(2), Samples.id(4));
        assertYields(KeyFilter.builder().unusedSince(T0 + 10).build(), Samples.id(1), Samples.id(2), Samples.id(4));
        assertYields(
                KeyFilter.builder().unusedSince(T0 + 10).endingBefore(T0 + 10).build(), Samples.id(2), Samples.id(4));
    }

    /** S06: a row that exists all the time is listed once, regardless of inserts and deletes around it. */
    @Test
    public final void S06_missesNothingWhileOthersInsertAndDelete() throws Exception {
        int rows = 60;
        List<String> stays = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            insert(Samples.key(10 * i).build());
            stays.add(Samples.id(10 * i));
        }
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger changes = new AtomicInteger();
        detector().race(4, i -> {
            if (i < 2) {
                for (int n = 0; !done.get(); n = (n + 1) % rows) {
                    int id = 10 * n + 1 + i;
                    insert(Samples.key(id).build());
                    assertTrue(delete(Samples.id(id)), "delete of a row just inserted");
                    changes.incrementAndGet();
                }
                return;
            }
            try {
                Order order = i == 2 ? Order.OLDEST_FIRST : Order.NEWEST_FIRST;
                List<String> expected = new ArrayList<>(stays);
                if (order == Order.NEWEST_FIRST) {
                    Collections.reverse(expected);
                }
                for (int n = 0; n < 10 || (changes.get() < 50 && n < 200); n++) {
                    List<String> ids = new ArrayList<>(idsOf(listAll(KeyFilter.ALL, order, 7)));
                    ids.retainAll(stays);
                    assertEquals(expected, ids, "rows listed " + order + " that were there all the while");
                }
            } finally {
                done.set(true);
            }
        });
    }

    /** S06: a call that finds nothing among many rows returns soon, with a cursor to continue. */
    @Test
    public final void S06_returnsSoonFromALongScan() {
        for (int i = 0; i < 2_000; i += 1_000) {
            WriteSet.Builder rows = WriteSet.builder();
            for (int n = i; n < i + 1_000; n++) {
                rows.insert(Samples.key(n).build());
            }
            assertTrue(write(rows), "write of 1 000 rows");
        }
        KeyFilter nothing = KeyFilter.builder()
                .status(KeyStatus.DISABLED)
                .matching("nobody has this")
                .build();
        for (Order order : Order.values()) {
            Duration longest = longestCall(nothing, order);
            if (longest.compareTo(LONGEST_CALL) > 0) {
                longest = longestCall(nothing, order);
            }
            String took = "a call scans for about 200 ms, but of 2 000 rows for " + longest.toMillis() + " ms";
            assertTrue(longest.compareTo(LONGEST_CALL) <= 0, took);
        }
    }

    private Duration longestCall(KeyFilter filter, Order order) {
        Duration longest = Duration.ZERO;
        @Nullable String after = null;
        do {
            long begun = System.nanoTime();
            Slice slice = tested().list(filter, order, after, 1_000, T0);
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            longest = took.compareTo(longest) > 0 ? took : longest;
            String next = slice.next();
            assertTrue(next == null || !next.equals(after), "next moves forward, but is again " + next);
            after = next;
        } while (after != null);
        return longest;
    }
}
