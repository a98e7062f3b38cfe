package dev.apikeys.verify.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * L6: several rows are written in the order of their ids, so that two writes that share rows lock them in one order. No
 * scan of classes can see an order: here every way to write several rows is gone with ids that come the wrong way round. Of a
 * rotation the store sees one row to insert and one to replace; in which order it locks them is its own, see S07 and S13.
 */
class RowsInIdOrderTest {
    private static final KeyId FIRST = new KeyId("ak_00000000000000000000000001");
    private static final KeyId LAST = new KeyId("ak_7zzzzzzzzzzzzzzzzzzzzzzzzz");

    private final Recording store = new Recording();
    private final ApiKeyManager keys = ApiKeys.builder(store).build();

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void createAllWritesInOrder() {
        keys.createAll(List.of(spec(LAST), spec(KeyId.random()), spec(FIRST)));

        assertThat(onlyBatch()).hasSize(3).isSorted();
    }

    @Test
    void usageIsWrittenInOrder() {
        List<CreatedKey> created = keys.createAll(List.of(spec(LAST), spec(KeyId.random()), spec(FIRST)));
        store.batches.clear();

        for (CreatedKey key : created) {
            assertThat(keys.verify(key.secret().reveal(), Access.permission("read"))
                            .httpStatus())
                    .isEqualTo(200);
        }
        keys.maintain();

        assertThat(onlyBatch()).hasSize(3).isSorted();
    }

    private List<String> onlyBatch() {
        assertThat(store.batches).hasSize(1);
        return store.batches.get(0);
    }

    private static KeySpec spec(KeyId id) {
        return KeySpec.builder("key").id(id).role("read_only").build();
    }

    /** Keeps the ids of every batch. Not thread-safe. */
    private static final class Recording implements ApiKeyStore {
        final List<List<String>> batches = new ArrayList<>();
        private final ApiKeyStore memory = new InMemoryApiKeyStore();

        private void keep(Stream<String> ids) {
            List<String> kept = ids.toList();
            if (!kept.isEmpty()) {
                batches.add(kept);
            }
        }

        @Override
        public boolean write(WriteSet rows) {
            boolean unusedKept = rows.split((inserts, replaces, deletes, journal) -> {
                keep(inserts.stream().map(KeyRow::id));
                keep(replaces.stream().map(replace -> replace.row().id()));
                keep(deletes.stream().map(WriteSet.Delete::id));
                return true;
            });
            return memory.write(rows);
        }

        @Override
        public void addUsage(UsageBatch batch) {
            keep(batch.deltas().stream().map(UsageBatch.Delta::keyId));
            memory.addUsage(batch);
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return memory.find(id);
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            return memory.findByLookup(lookup);
        }

        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            return memory.list(filter, order, after, limit, now);
        }

        @Override
        public Purge purge(Duration age, long now, int limit, JournalRow journal) {
            return memory.purge(age, now, limit, journal);
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            return memory.journal(filter, before, limit);
        }

        @Override
        public Purge purgeJournal(Duration age, long now, int limit) {
            return memory.purgeJournal(age, now, limit);
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            return memory.changes(mark);
        }
    }
}
