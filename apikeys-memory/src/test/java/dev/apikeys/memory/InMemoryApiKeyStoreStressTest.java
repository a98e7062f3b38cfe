package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.insert;
import static dev.apikeys.memory.TestRows.replace;
import static dev.apikeys.memory.TestRows.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import dev.apikeys.tck.Samples;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Random programs on many threads at once; each failure names its seed. */
class InMemoryApiKeyStoreStressTest {
    private static final int KEYS = 12;
    private static final int THREADS = 8;

    private final InstantSource clock = InstantSource.system();
    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore(clock, System::nanoTime, 100_000);
    private final long now = clock.millis();

    /** What the threads counted, to be compared with what the store holds. */
    private final AtomicLongArray inserted = new AtomicLongArray(KEYS);

    private final AtomicLongArray removed = new AtomicLongArray(KEYS);
    private final AtomicIntegerArray batches = new AtomicIntegerArray(THREADS);
    private final AtomicInteger journalRows = new AtomicInteger();
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    @RepeatedTest(10)
    void everyKeyIsThereAsOftenAsItWasInsertedAndNotRemoved() throws Exception {
        long seed = System.nanoTime();
        Race.of(THREADS, thread -> useAtRandom(thread, new Random(seed + thread)));

        int present = 0;
        int lookups = 0;
        for (int i = 0; i < KEYS; i++) {
            KeyRow row = store.find(id(i));
            assertThat(inserted.get(i) - removed.get(i))
                    .as("inserts less removals of %s; seed %d", id(i), seed)
                    .isEqualTo(row == null ? 0 : 1);
            if (row != null) {
                present++;
                lookups += row.lookup() == null ? 0 : 1;
                assertThat(row.lookup() == null || row.equals(store.findByLookup(row.lookup())))
                        .as("%s found by its lookup; seed %d", row, seed)
                        .isTrue();
            }
        }
        assertThat(store.sizes()).as("entries kept; seed %d", seed).containsExactly(present, lookups, written.get());
    }

    private void useAtRandom(int thread, Random random) {
        for (int n = 0; n < 1_000; n++) {
            switch (random.nextInt(9)) {
                case 0, 1, 2, 3, 4 -> writeAtRandom(random);
                case 5 -> {
                    Purge purge = store.purge(Duration.ofMillis(1 + random.nextInt(3)), now, 2, journalRow());
                    purge.rows().forEach(row -> removed.incrementAndGet(number(row.id())));
                    written.addAndGet(purge.removed() > 0 ? 1 : 0);
                }
                case 6 ->
                    store.addUsage(new UsageBatch(
                            "node" + thread,
                            batches.incrementAndGet(thread),
                            List.of(new Delta(id(random.nextInt(KEYS)), 1, n))));
                case 7 -> store.journal(JournalRow.Filter.ALL, null, 5);
                default -> store.list(KeyFilter.ALL, Order.values()[random.nextInt(2)], null, 5, n);
            }
        }
    }

    private JournalRow journalRow() {
        return Samples.journal(journalRows.incrementAndGet()).build();
    }

    private static int number(String id) {
        return Integer.parseInt(id, 3, 5, 10);
    }

    private void writeAtRandom(Random random) {
        TreeSet<Integer> keys = new TreeSet<>();
        for (int k = random.nextInt(4); k >= 0; k--) {
            keys.add(random.nextInt(KEYS));
        }
        WriteSet.Builder set = WriteSet.builder();
        List<Integer> inserts = new ArrayList<>();
        List<Integer> deletes = new ArrayList<>();
        for (int key : keys) {
            KeyRow stored = store.find(id(key));
            String lookup = random.nextInt(3) == 0 ? "hash" + random.nextInt(KEYS) : null;
            Long end = now - random.nextInt(6);
            if (stored == null) {
                set.insert(row(id(key), lookup, "n", end, 1));
                inserts.add(key);
            } else if (random.nextInt(3) == 0) {
                set.delete(new WriteSet.Delete(id(key), Samples.HASH, null));
                deletes.add(key);
            } else {
                set.replace(replace(row(id(key), null, "n", end, stored.version() + 1)));
            }
        }
        boolean journal = random.nextBoolean();
        if (journal) {
            set.journal(journalRow());
        }
        try {
            if (store.write(set.build())) {
                inserts.forEach(inserted::incrementAndGet);
                deletes.forEach(removed::incrementAndGet);
                written.addAndGet(journal ? 1 : 0);
            }
        } catch (KeyExistsException e) {
            assertThat(e.outcomeUnknown()).isFalse();
        }
    }

    @Test
    void overlappingWritesOfManyRowsAreSeenWholeByEveryReader() throws Exception {
        long seed = System.nanoTime();
        for (int i = 0; i < KEYS; i++) {
            store.write(insert(row(id(i))));
        }
        AtomicBoolean done = new AtomicBoolean();
        Race.of(5, thread -> {
            Random random = new Random(seed + thread);
            if (thread < 2) {
                try {
                    for (int n = 0; n < 2_000; n++) {
                        move(random);
                    }
                } finally {
                    done.set(true);
                }
                return;
            }
            while (!done.get()) {
                if (thread == 2) {
                    assertThat(rowsPerWrite(store.journal(JournalRow.Filter.ALL, null, 1_000)))
                            .as("journal rows of writes that have three each; seed %d", seed)
                            .allMatch(rows -> rows == 3);
                } else {
                    Order order = Order.values()[thread - 3];
                    assertThat(versionsOf(store.list(KeyFilter.ALL, order, null, KEYS, 0)))
                            .as("versions of rows that are only written together; seed %d", seed)
                            .hasSizeLessThanOrEqualTo(1);
                }
            }
        });
    }

    /**
     * Each change is told by the first call that begins after it, or before, however large the write and however many
     * readers there are. What a reader makes begin again is written once.
     */
    @RepeatedTest(10)
    void noReaderOfChangesMissesOne() throws Exception {
        long seed = System.nanoTime();
        int writers = 5;
        Set<String> begun = ConcurrentHashMap.newKeySet();
        Set<String> changed = ConcurrentHashMap.newKeySet();
        AtomicInteger writing = new AtomicInteger(writers);
        Changes.Mark first = store.changes(null).next();
        Race.of(THREADS, thread -> {
            if (thread >= writers) {
                follow(first, begun, changed, writing, seed);
                return;
            }
            Random random = new Random(seed + thread);
            try {
                for (int n = 0; n < 300; n++) {
                    writeMany(thread, n, random, begun, changed);
                }
            } finally {
                writing.decrementAndGet();
            }
        });
        assertThat(store.journal(JournalRow.Filter.ALL, null, 1_000))
                .as("journal rows; seed %d", seed)
                .hasSize(Math.min(1_000, written.get()))
                .extracting(JournalRow::id)
                .doesNotHaveDuplicates();
        assertThat(store.sizes().get(2)).as("rows kept; seed %d", seed).isEqualTo(written.get());
    }

    private void writeMany(int thread, int n, Random random, Set<String> begun, Set<String> changed) {
        WriteSet.Builder set = WriteSet.builder();
        List<String> ids = new ArrayList<>();
        for (int k = random.nextInt(random.nextInt(10) == 0 ? 100 : 3); k >= 0; k--) {
            String id = String.format(Locale.ROOT, "ak_%d_%03d_%03d", thread, n, k);
            ids.add(id);
            if (random.nextBoolean()) {
                set.insert(row(id));
            }
            set.journal(journalRow().toBuilder().keyId(id).build());
        }
        if (random.nextInt(4) == 0) {
            // One row over which all meet, so that many are refused.
            KeyRow shared = store.find(id(0));
            if (shared == null) {
                set.insert(row(id(0)));
            } else {
                set.replace(replace(row(id(0), null, "n", null, shared.version() + 1)));
            }
        }
        begun.addAll(ids);
        try {
            if (store.write(set.build())) {
                written.addAndGet(ids.size());
                changed.addAll(ids);
            }
        } catch (KeyExistsException e) {
            assertThat(e.outcomeUnknown()).isFalse();
        }
    }

    private void follow(Changes.Mark first, Set<String> begun, Set<String> changed, AtomicInteger writing, long seed) {
        Changes.Mark mark = first;
        Set<String> told = new HashSet<>();
        for (boolean again = true; again; ) {
            again = writing.get() > 0;
            Set<String> before = Set.copyOf(changed);
            Changes changes = store.changes(mark);
            // All keys are those, too, that were written while the call looked.
            told.addAll(changes.isAll() ? begun : changes.ids());
            mark = changes.next();
            assertThat(told.containsAll(before))
                    .as("all are told that were changed before the call; seed %d", seed)
                    .isTrue();
        }
    }

    /** Raises the version of every row by one, if no other thread does so first. */
    private void move(Random random) {
        KeyRow first = store.find(id(random.nextInt(KEYS)));
        assertThat(first).isNotNull();
        WriteSet.Builder set = WriteSet.builder();
        for (int i = 0; i < KEYS; i++) {
            set.replace(replace(row(id(i), null, "n", null, first.version() + 1)));
        }
        String request = String.valueOf(requests.incrementAndGet());
        for (int i = 0; i < 3; i++) {
            set.journal(journalRow().toBuilder().requestId(request).build());
        }
        store.write(set.build());
    }

    /** Of the writes of a page; those of its last millisecond may go on on the next one. */
    private static List<Integer> rowsPerWrite(List<JournalRow> page) {
        Map<String, Integer> rows = new HashMap<>();
        long last = page.size() < 1_000 ? -1 : page.get(999).time();
        page.stream().filter(row -> row.time() != last).forEach(row -> rows.merge(row.requestId(), 1, Integer::sum));
        return List.copyOf(rows.values());
    }

    private static TreeSet<Long> versionsOf(Slice slice) {
        TreeSet<Long> versions = new TreeSet<>();
        slice.rows().forEach(row -> versions.add(row.version()));
        return versions;
    }

    private static String id(int i) {
        return String.format(Locale.ROOT, "ak_%02d", i);
    }
}
