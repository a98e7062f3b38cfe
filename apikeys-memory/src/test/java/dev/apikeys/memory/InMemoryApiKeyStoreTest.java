package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.insert;
import static dev.apikeys.memory.TestRows.replace;
import static dev.apikeys.memory.TestRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class InMemoryApiKeyStoreTest {

    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore();

    @Test
    void aPurgeOfManyRowsTakesSeveralCallsAndMissesNone() {
        int rows = 20_000;
        for (int i = 0; i < rows; i++) {
            store.write(List.of(insert(row(id(i), null, "n", i % 1_000 == 0 ? 5L : 500L, 1))));
        }

        int removed = 0;
        for (int call = 0; call < 3; call++) {
            removed += store.purge(6, 1_000).size();
        }

        assertThat(removed).isEqualTo(20);
        assertThat(store.purge(6, 1_000)).isEmpty();
    }

    @Test
    void aPurgeReturnsToRowsThatEndAfterItHasPassedThem() {
        for (int i = 0; i < 10_000; i++) {
            store.write(List.of(insert(row(id(i), null, "n", 100L, 1))));
        }
        assertThat(store.purge(6, 10)).isEmpty();
        store.write(List.of(new Change.Replace(row(id(0), null, "n", 5L, 2))));

        List<KeyRow> removed = new ArrayList<>(store.purge(6, 10));
        removed.addAll(store.purge(6, 10));

        assertThat(removed).extracting(KeyRow::id).containsExactly(id(0));
    }

    @Test
    void aRareFilterEndsASliceBeforeTheListEnds() {
        for (int i = 0; i < 10_000; i++) {
            store.write(List.of(insert(row(id(i)))));
        }

        Slice slice = store.list(new KeyFilter("nobody", null, null), null, 10, 0);

        assertThat(slice.rows()).isEmpty();
        assertThat(slice.next()).isEqualTo(id(8_191));
        assertThat(store.list(new KeyFilter("nobody", null, null), slice.next(), 10, 0))
                .isEqualTo(new Slice(List.of(), null));
    }

    @Test
    void aCountAtTheBrinkStaysThere() {
        store.write(List.of(insert(row("ak_1"))));
        store.addUsage(List.of(new UsageDelta("ak_1", Long.MAX_VALUE - 1, 5)));

        store.addUsage(List.of(new UsageDelta("ak_1", 2, 6)));

        assertThat(store.find("ak_1").usageCount()).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(store.find("ak_1").lastUsedAt()).isEqualTo(6);
    }

    @Test
    void aDeletedRowFreesItsLookup() {
        store.write(List.of(insert(row("ak_1", "hash", "n", null, 1))));
        assertThatThrownBy(() -> store.write(List.of(insert(row("ak_2", "hash", "n", null, 1)))))
                .isInstanceOf(DuplicateKeyException.class)
                .hasMessageContaining("ak_2");
        assertThat(store.sizes()).containsExactly(1, 1);

        assertThat(store.delete("ak_1")).isTrue();

        assertThat(store.findByLookup("hash")).isNull();
        assertThat(store.sizes()).containsExactly(0, 0);
        assertThat(store.write(List.of(insert(row("ak_2", "hash", "n", null, 1)))))
                .isTrue();
    }

    @Test
    void aPurgedRowFreesItsLookup() {
        store.write(List.of(insert(row("ak_1", "hash", "n", 5L, 1))));

        assertThat(store.purge(6, 1)).extracting(KeyRow::id).containsExactly("ak_1");

        assertThat(store.sizes()).containsExactly(0, 0);
    }

    @Test
    void aRefusedWriteLeavesNoEntryBehind() {
        store.write(List.of(insert(row("ak_5"))));

        assertThatThrownBy(() -> store.write(
                        List.of(insert(row("ak_1", "hash", "n", null, 1)), insert(row("ak_5")), insert(row("ak_9")))))
                .isInstanceOf(DuplicateKeyException.class)
                .hasMessageContaining("ak_5");
        assertThat(store.write(List.of(insert(row("ak_1")), replace("ak_5", "new", 7))))
                .isFalse();

        assertThat(store.sizes()).containsExactly(1, 0);
    }

    @Test
    void aBatchWithOneLookupTwiceIsADuplicate() {
        assertThatThrownBy(() -> store.write(
                        List.of(insert(row("ak_1", "hash", "n", null, 1)), insert(row("ak_2", "hash", "n", null, 1)))))
                .isInstanceOf(DuplicateKeyException.class)
                .hasMessageContaining("ak_2");

        assertThat(store.sizes()).containsExactly(0, 0);
    }

    @Test
    void refusesArgumentsOutsideTheContract() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.write(List.of()))
                .withMessage("changes must hold 1 to 1000 entries, but held 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.write(List.of(insert(row("ak_2")), insert(row("ak_1")))))
                .withMessageContaining("ascending order")
                .withMessageContaining("ak_1 followed ak_2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.addUsage(List.of()))
                .withMessage("deltas must hold 1 to 500 entries, but held 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.list(KeyFilter.ALL, null, 0, 0))
                .withMessage("limit must be 1 to 1000, but was 0");
        assertThatIllegalArgumentException().isThrownBy(() -> store.purge(0, 1_001));
        assertThat(store.sizes()).containsExactly(0, 0);
    }

    private static String id(int i) {
        return String.format(Locale.ROOT, "ak_%06d", i);
    }
}
