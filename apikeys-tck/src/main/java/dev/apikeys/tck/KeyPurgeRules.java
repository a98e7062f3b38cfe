package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/**
 * S08: purges, by age. Part of {@link ApiKeyStoreContract}; extend that.
 *
 * <p>The store's clock must be within 25 minutes of the clock of the test machine.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class KeyPurgeRules extends KeyUsageRules {
    private static final Duration AGE = Duration.ofDays(7);

    /**
     * The caller's clock, behind the store's, so that it alone determines what is old enough; by less than the hour at
     * which a store puts off.
     */
    private final long now = System.currentTimeMillis() - 30 * MINUTE;

    /** The end of a row that is just old enough. */
    private final long cutOff = now - AGE.toMillis();

    KeyPurgeRules() {}

    /** S08: rows that ended at least that long ago, by revocation or expiry, whichever came first, are removed. */
    @Test
    public final void S08_purgesOnlyWhatEndedLongEnoughAgo() {
        insert(Samples.key(1).build());
        insert(Samples.key(2).expiresAt(cutOff).build());
        insert(Samples.key(3).expiresAt(cutOff + 1).build());
        insert(Samples.key(4).revokedAt(cutOff).expiresAt(now + HOUR).build());
        insert(Samples.key(5).revokedAt(now + HOUR).expiresAt(cutOff - 1).build());
        insert(Samples.key(6).revokedAt(cutOff + 1).build());
        insert(Samples.key(7).disabledAt(cutOff - 1).lastUsedAt(cutOff - 1).build());

        assertEquals(
                Set.of(Samples.id(2), Samples.id(4), Samples.id(5)),
                purgeAll(AGE, now, 1_000).keySet(),
                "ids purged");

        assertListed(KeyFilter.ALL, 1, 3, 6, 7);
    }

    /** S08: a row with an unreadable end is damage to inspect, and is not purged. */
    @Test
    public final void S08_purgesNothingWhoseEndCannotBeRead() {
        insert(Samples.key(1).revokedAt(KeyRow.UNREADABLE).build());
        insert(Samples.key(2).expiresAt(KeyRow.UNREADABLE).build());
        insert(Samples.key(3).revokedAt(KeyRow.UNREADABLE).expiresAt(cutOff - 1).build());

        assertEquals(Set.of(), purgeAll(AGE, now, 1_000).keySet(), "ids purged");

        assertListed(KeyFilter.ALL, 1, 2, 3);
    }

    /** S08: the age counts back from the earlier of the two clocks. */
    @Test
    public final void S08_goesByTheEarlierClock() {
        long real = System.currentTimeMillis();
        insert(Samples.key(1).expiresAt(real - 28 * MINUTE).build());
        insert(Samples.key(2).expiresAt(real + 28 * MINUTE).build());

        assertEquals(
                Set.of(),
                purgeAll(Duration.ZERO, real - 30 * MINUTE, 10).keySet(),
                "ids purged by a caller whose clock is half an hour behind");
        assertEquals(
                Set.of(Samples.id(1)),
                purgeAll(Duration.ZERO, real + 30 * MINUTE, 10).keySet(),
                "ids purged by a caller whose clock is half an hour ahead");
    }

    /** S08: if the clocks differ by more than an hour, one of them is wrong, and nothing is removed. */
    @Test
    public final void S08_putsOffIfTheClocksDisagree() {
        insert(Samples.key(1).expiresAt(T0).build());
        for (long wrong : new long[] {
            System.currentTimeMillis() + 2 * HOUR, System.currentTimeMillis() - 2 * HOUR, 0, Long.MAX_VALUE
        }) {
            for (Purge purge : List.of(
                    tested().purge(Duration.ZERO, wrong, 10, journalRow()),
                    tested().purgeJournal(Duration.ZERO, wrong, 10))) {
                assertEquals(Rest.PUT_OFF, purge.rest(), () -> "the answer to a purge at " + wrong);
                assertEquals(0, purge.removed(), () -> "rows removed by a purge at " + wrong);
            }
        }
        assertListed(KeyFilter.ALL, 1);
    }

    /**
     * S08: a call removes no more than its limit and reports that there is more; repeated calls remove everything that
     * ended.
     */
    @Test
    public final void S08_purgesNoMoreThanItsLimit() {
        for (int i = 0; i < 25; i++) {
            insert(Samples.key(i).expiresAt(cutOff - i).build());
        }
        Purge first = tested().purge(AGE, now, 10, journalRow());
        assertTrue(first.removed() <= 10, "rows removed with a limit of 10: " + first.removed());
        assertEquals(Rest.MORE, first.rest(), "the rest after a purge of 10 of 25");

        int later = purgeAll(AGE, now, 10).size();

        assertEquals(25, first.removed() + later, "rows purged in all");
        assertListed(KeyFilter.ALL);
    }

    /** S08: removed rows are returned as stored, and free their ids and lookups. */
    @Test
    public final void S08_returnsTheRowsAsTheyStood() {
        KeyRow row =
                everyFieldSet().toBuilder().expiresAt(cutOff).revokedAt(null).build();
        insert(row);

        assertEqualRows(row, purgeAll(AGE, now, 10).get(row.id()), "the row that purge returned");

        assertNull(tested().find(row.id()), "a purged row");
        assertNull(tested().findByLookup(String.valueOf(row.lookup())), "a purged row's lookup");
        insert(row);
        assertFound(row);
    }

    /** S08: a row that changes concurrently is either purged unchanged, or changed and kept. */
    @Test
    public final void S08_neverPurgesARowThatChanged() throws Exception {
        int rows = 100;
        for (int i = 0; i < rows; i++) {
            insert(Samples.key(i).expiresAt(cutOff).build());
        }
        Map<String, KeyRow> purged = new ConcurrentHashMap<>();
        Set<String> kept = ConcurrentHashMap.newKeySet();
        detector().race(2, i -> {
            if (i == 0) {
                purged.putAll(purgeAll(AGE, now, 7));
                return;
            }
            for (int n = rows - 1; n >= 0; n--) {
                if (write(replacing(Samples.key(n).version(2)))) {
                    kept.add(Samples.id(n));
                }
            }
        });
        for (int n = 0; n < rows; n++) {
            String id = Samples.id(n);
            KeyRow removed = purged.get(id);
            if (kept.contains(id)) {
                assertNotNull(tested().find(id), () -> id + " was given another end before it was purged, but is gone");
            } else {
                assertNotNull(removed, () -> id + " could not be replaced, so it must have been purged");
                assertEquals(1, removed.version(), () -> "version of " + id + " as purged");
                assertNull(tested().find(id), () -> id + " was returned by purge");
            }
        }
    }

    /** Purges until nothing is left, in at most one call for each row plus some that find nothing. */
    final Map<String, KeyRow> purgeAll(Duration age, long callersClock, int limit) {
        Map<String, KeyRow> all = new HashMap<>();
        int idle = 0;
        for (Rest rest = Rest.MORE; rest == Rest.MORE; ) {
            Purge purge = tested().purge(age, callersClock, limit, journalRow());
            List<KeyRow> removed = purge.rows();
            assertTrue(removed.size() <= limit, () -> removed.size() + " rows purged with a limit of " + limit);
            assertEquals(removed.size(), purge.removed(), "the number of rows purged, and the rows");
            for (KeyRow row : removed) {
                assertNull(all.put(row.id(), row), () -> row.id() + " was purged twice");
            }
            rest = purge.rest();
            idle = removed.isEmpty() ? idle + 1 : 0;
            assertTrue(idle < 100, "100 purges in a row removed nothing and reported that there is more");
        }
        return all;
    }
}
