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
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * L6: several rows are written in the order of their ids, so that two writes that share rows lock them in one order. No
 * scan of classes can see an order: here every way to write several rows is gone with ids that come the wrong way round.
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
    void rotateWritesInOrderWhicheverKeyComesFirst() {
        keys.createAll(List.of(spec(FIRST), spec(LAST)));
        store.batches.clear();

        keys.rotate(FIRST, Duration.ZERO);
        assertThat(onlyBatch()).hasSize(2).isSorted().startsWith(FIRST.value());
        store.batches.clear();
        keys.rotate(LAST, Duration.ZERO);
        assertThat(onlyBatch()).hasSize(2).isSorted().endsWith(LAST.value());
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
            batches.add(ids.toList());
        }

        @Override
        public boolean write(List<Change> changes) {
            keep(changes.stream().map(change -> change.row().id()));
            return memory.write(changes);
        }

        @Override
        public void addUsage(List<UsageDelta> deltas) {
            keep(deltas.stream().map(UsageDelta::keyId));
            memory.addUsage(deltas);
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
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            return memory.list(filter, afterId, limit, now);
        }

        @Override
        public boolean delete(String id) {
            return memory.delete(id);
        }

        @Override
        public List<KeyRow> purge(long endedBefore, int limit) {
            return memory.purge(endedBefore, limit);
        }
    }
}
