package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * S07 and S21: usage is added, once. Part of {@link ApiKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class KeyUsageRules extends KeyListRules {

    KeyUsageRules() {}

    // ---------------------------------------------------------------- S07: usage is added

    /** S07: usage is added to the stored count, and the row's version stays. */
    @Test
    public final void S07_addsUsageAndNeverSets() {
        KeyRow row = Samples.key(1).usageCount(3_000_000_000L).build();
        insert(row);

        addUsage(1, 2, T0 + 10);
        addUsage(1, 5, T0 + 20);

        assertEqualRows(
                row.toBuilder().usageCount(3_000_000_007L).lastUsedAt(T0 + 20).build(),
                tested().find(row.id()),
                "the row after usage of 2 and 5");
    }

    /** S07: the time of the last use never moves back. */
    @Test
    public final void S07_neverMovesTheLastUseBack() {
        insert(Samples.key(1).build());

        addUsage(1, 1, T0 + 50);
        addUsage(1, 1, T0 + 10);

        assertEquals(T0 + 50, found(Samples.id(1)).lastUsedAt(), "lastUsedAt after usage at +50 and then at +10");
        assertEquals(2, found(Samples.id(1)).usageCount(), "usage, late or not, counts");
    }

    /** S07: a delta of zero uses moves only the time of the last use. */
    @Test
    public final void S07_movesTheLastUseWithoutACount() {
        insert(Samples.key(1).usageCount(7).build());

        addUsage(1, 0, T0 + 50);

        assertEquals(T0 + 50, found(Samples.id(1)).lastUsedAt(), "lastUsedAt after no use at +50");
        assertEquals(7, found(Samples.id(1)).usageCount(), "the count after no use");
    }

    /** S07: one call adds to many rows, and ignores unknown ids. */
    @Test
    public final void S07_addsToManyRowsAndIgnoresUnknownIds() {
        List<Delta> deltas = new ArrayList<>();
        WriteSet.Builder rows = WriteSet.builder();
        for (int i = 0; i < 500; i++) {
            if (i % 2 == 0) {
                rows.insert(Samples.key(i).build());
            }
            deltas.add(new Delta(Samples.id(i), i + 1, T0 + i));
        }
        assertTrue(write(rows), "write of 250 rows");

        tested().addUsage(batch(deltas.toArray(Delta[]::new)));

        List<KeyRow> listed = listAll(KeyFilter.ALL, Order.OLDEST_FIRST, 1_000);
        assertEquals(250, listed.size(), "rows: usage of an unknown id makes none");
        for (int i = 0; i < 250; i++) {
            KeyRow row = listed.get(i);
            assertEquals(2 * i + 1, row.usageCount(), () -> "usage of " + row.id());
            assertEquals(T0 + 2L * i, row.lastUsedAt(), () -> "last use of " + row.id());
        }
    }

    /** S07: overlapping batches from many nodes neither deadlock nor lose usage. */
    @Test
    public final void S07_concurrentBatchesNeitherDeadlockNorLose() throws Exception {
        int rows = 20;
        int batches = 10;
        for (int i = 0; i < rows; i++) {
            insert(Samples.key(i).build());
        }
        detector().race(16, i -> {
            for (int n = 0; n < batches; n++) {
                List<Delta> deltas = new ArrayList<>();
                for (int k = (i + n) % 3; k < rows; k++) {
                    deltas.add(new Delta(Samples.id(k), 1, T0 + 100L * n + i));
                }
                tested().addUsage(new UsageBatch(node(i), n + 1, deltas));
            }
        });
        for (int k = 3; k < rows; k++) {
            KeyRow row = found(Samples.id(k));
            assertEquals(16L * batches, row.usageCount(), () -> "usage of " + row.id() + " from 16 nodes");
            assertEquals(T0 + 100L * (batches - 1) + 15, row.lastUsedAt(), () -> "last use of " + row.id());
        }
    }

    /** S07: a batch is one transaction: a reader that has seen it in one row sees it in every other. */
    @Test
    public final void S07_aBatchIsSeenInAllItsRowsOrInNone() throws Exception {
        insert(Samples.key(1).build(), Samples.key(2).build());
        AtomicBoolean done = new AtomicBoolean();
        detector().race(3, i -> {
            if (i == 0) {
                try {
                    for (int n = 1; n <= 200; n++) {
                        tested().addUsage(batch(
                                new Delta(Samples.id(1), 1, T0 + n), new Delta(Samples.id(2), 1, T0 + n)));
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            // In both orders, since one of the rows is written first.
            String first = Samples.id(i);
            String second = Samples.id(3 - i);
            for (boolean again = true; again; ) {
                again = !done.get();
                long seen = found(first).usageCount();
                long then = found(second).usageCount();
                assertTrue(
                        then >= seen,
                        () -> seen + " batches were seen in " + first + ", and then " + then + " of them in " + second);
            }
        });
        assertEquals(200, found(Samples.id(1)).usageCount(), "usage after all batches");
    }

    /** S07: concurrent writes and usage of the same two rows neither deadlock nor lose each other's changes. */
    @Test
    public final void S07_writesAndUsageLoseNothingOfEachOther() throws Exception {
        insert(Samples.key(1).build(), Samples.key(2).build());
        int times = 50;
        AtomicInteger written = new AtomicInteger();
        detector().race(8, i -> {
            for (int n = 0; n < times; n++) {
                if (i % 2 == 0) {
                    List<Delta> both =
                            List.of(new Delta(Samples.id(1), 1, T0 + n), new Delta(Samples.id(2), 1, T0 + n));
                    tested().addUsage(new UsageBatch(node(i), n + 1, both));
                    continue;
                }
                long version = found(Samples.id(1)).version() + 1;
                KeyRow second = Samples.key(2).version(version).build();
                boolean replaced = write(replacing(Samples.key(1).version(version))
                        .replace(new WriteSet.Replace(second, Samples.HASH, null)));
                written.addAndGet(replaced ? 1 : 0);
            }
        });
        for (int number = 1; number <= 2; number++) {
            KeyRow row = found(Samples.id(number));
            assertEquals(4L * times, row.usageCount(), "usage added by 4 threads beside 4 that replaced the row");
            assertEquals(1 + written.get(), row.version(), "one version for each write that returned true");
            assertEquals(T0 + times - 1, row.lastUsedAt(), "the latest use");
        }
    }

    // ---------------------------------------------------------------- S21: a batch is added once

    /** S21: a repeated or late batch adds nothing; another node's batch of that number does. */
    @Test
    public final void S21_addsABatchOnce() {
        insert(Samples.key(1).build());
        UsageBatch first = new UsageBatch(node(1_001), 1, List.of(new Delta(Samples.id(1), 1, T0)));
        UsageBatch second = new UsageBatch(node(1_001), 2, List.of(new Delta(Samples.id(1), 10, T0)));
        UsageBatch other = new UsageBatch(node(1_002), 1, List.of(new Delta(Samples.id(1), 100, T0)));

        List.of(first, first, second, first, second, other, other).forEach(tested()::addUsage);

        assertEquals(111, found(Samples.id(1)).usageCount(), "usage of 1, 10 and 100, each batch of it repeated");
    }

    /** S21: the number of a batch is remembered even if none of its keys exists. */
    @Test
    public final void S21_remembersABatchOfUnknownKeys() {
        UsageBatch batch = new UsageBatch(node(1_001), 1, List.of(new Delta(Samples.id(1), 1, T0)));
        tested().addUsage(batch);
        insert(Samples.key(1).build());

        tested().addUsage(batch);

        assertEquals(0, found(Samples.id(1)).usageCount(), "usage of a batch that was added before the key was there");
    }

    /** S21: a purge, of keys or of the journal, does not make a store forget the numbers of batches. */
    @Test
    public final void S21_remembersABatchThroughPurges() {
        insert(Samples.key(1).build(), Samples.key(2).expiresAt(T0).build());
        UsageBatch batch = new UsageBatch(
                node(1_001), 1, List.of(new Delta(Samples.id(1), 1, T0), new Delta(Samples.id(2), 1, T0)));
        tested().addUsage(batch);
        long now = System.currentTimeMillis();

        tested().purge(Duration.ZERO, now, 1_000, journalRow());
        tested().addUsage(batch);
        assertEquals(1, found(Samples.id(1)).usageCount(), "usage of a batch repeated after a purge of keys");

        tested().purgeJournal(Duration.ZERO, now + MINUTE, 1_000);
        tested().addUsage(batch);
        assertEquals(1, found(Samples.id(1)).usageCount(), "usage of a batch repeated after a purge of the journal");
    }

    /** S21: of many concurrent calls with one batch, one adds it. */
    @Test
    public final void S21_of64CallsWithOneBatchOneAdds() throws Exception {
        insert(Samples.key(1).build(), Samples.key(2).build());
        for (int round = 1; round <= 5; round++) {
            List<Delta> deltas = List.of(new Delta(Samples.id(1), 1, T0), new Delta(Samples.id(2), 1, T0));
            UsageBatch batch = new UsageBatch(node(1_001), round, deltas);
            detector().race(crowd(), i -> tested().addUsage(batch));
            for (int number = 1; number <= 2; number++) {
                assertEquals(
                        round,
                        found(Samples.id(number)).usageCount(),
                        "usage after each of " + round + " batches was handed over 64 times at once");
            }
        }
    }

    /**
     * S21: a batch that is retried until it succeeds is added once, regardless of the outcome of the first attempts.
     */
    @Test
    public final void S21_addsABatchOnceThroughAnOutage() {
        StoreFaults<?> faults = faultsFor("S21");
        insert(Samples.key(1).build());
        UsageBatch batch = batch(new Delta(Samples.id(1), 7, T0));
        faults.fail();
        try {
            assertThrows(StorageException.class, () -> tested().addUsage(batch), "addUsage() during an outage");
        } finally {
            faults.recover();
        }

        untilItAnswers(() -> tested().addUsage(batch));
        tested().addUsage(batch);

        assertEquals(7, found(Samples.id(1)).usageCount(), "usage of a batch that failed and was repeated twice");
        assertFalse(delete(Samples.id(2)), "the store works again");
    }
}
