package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Random programs on many threads at once; each failure names its seed. */
class InMemoryApiKeyStoreStressTest {
    private static final int KEYS = 12;

    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore();

    /** What the threads counted, to be compared with what the store holds. */
    private final AtomicLongArray inserted = new AtomicLongArray(KEYS);

    private final AtomicLongArray removed = new AtomicLongArray(KEYS);

    @RepeatedTest(10)
    void everyKeyIsThereAsOftenAsItWasInsertedAndNotRemoved() throws Exception {
        long seed = System.nanoTime();
        Race.of(8, thread -> useAtRandom(new Random(seed + thread)));

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
        assertThat(store.sizes()).as("entries kept; seed %d", seed).containsExactly(present, lookups);
    }

    private void useAtRandom(Random random) {
        for (int n = 0; n < 1_000; n++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> writeAtRandom(random);
                case 4 -> {
                    int key = random.nextInt(KEYS);
                    if (store.delete(id(key))) {
                        removed.incrementAndGet(key);
                    }
                }
                case 5 ->
                    store.purge(random.nextInt(3), 2)
                            .forEach(row -> removed.incrementAndGet(Integer.parseInt(row.id(), 3, 5, 10)));
                case 6 -> store.addUsage(List.of(new UsageDelta(id(random.nextInt(KEYS)), 1, n)));
                default -> store.list(KeyFilter.ALL, null, 5, n);
            }
        }
    }

    private void writeAtRandom(Random random) {
        TreeSet<Integer> keys = new TreeSet<>();
        for (int k = random.nextInt(4); k >= 0; k--) {
            keys.add(random.nextInt(KEYS));
        }
        List<Change> batch = new ArrayList<>();
        for (int key : keys) {
            KeyRow stored = store.find(id(key));
            String lookup = random.nextInt(3) == 0 ? "hash" + random.nextInt(KEYS) : null;
            batch.add(
                    stored == null
                            ? new Change.Insert(row(id(key), lookup, "n", (long) random.nextInt(6), 1))
                            : new Change.Replace(
                                    row(id(key), null, "n", (long) random.nextInt(6), stored.version() + 1)));
        }
        try {
            if (store.write(batch)) {
                for (Change change : batch) {
                    if (change instanceof Change.Insert) {
                        inserted.incrementAndGet(Integer.parseInt(change.row().id(), 3, 5, 10));
                    }
                }
            }
        } catch (DuplicateKeyException e) {
            assertThat(e.outcomeUnknown()).isFalse();
        }
    }

    @Test
    void overlappingWritesOfManyRowsAreSeenWholeByEveryReader() throws Exception {
        long seed = System.nanoTime();
        for (int i = 0; i < KEYS; i++) {
            store.write(List.of(new Change.Insert(row(id(i)))));
        }
        AtomicBoolean done = new AtomicBoolean();
        Race.of(4, thread -> {
            Random random = new Random(seed + thread);
            if (thread < 2) {
                try {
                    for (int n = 0; n < 2_000; n++) {
                        move(random);
                    }
                } finally {
                    done.set(true);
                }
            } else {
                while (!done.get()) {
                    assertThat(versionsOf(store.list(KeyFilter.ALL, null, KEYS, 0)))
                            .as("versions of rows that are only written together; seed %d", seed)
                            .hasSizeLessThanOrEqualTo(1);
                }
            }
        });
    }

    /** Raises the version of every row by one, if nobody else does so first. */
    private void move(Random random) {
        KeyRow first = store.find(id(random.nextInt(KEYS)));
        assertThat(first).isNotNull();
        List<Change> batch = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            batch.add(new Change.Replace(row(id(i), null, "n", null, first.version() + 1)));
        }
        store.write(batch);
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
