package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.temp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempRow;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InMemoryTempKeyStoreTest {

    @Test
    void refusesAtItsBoundAndSaysWhatToDo() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(3);
        fill(store, 3, 100);

        assertThatThrownBy(() -> store.insert(temp("one more", "ak", 99, 200)))
                .isInstanceOf(StorageException.class)
                .isNotInstanceOf(DuplicateKeyException.class)
                .hasMessageContaining("3 unclaimed")
                .hasMessageContaining("new InMemoryTempKeyStore(maxLive)")
                .satisfies(
                        e -> assertThat(((StorageException) e).outcomeUnknown()).isFalse());

        assertThat(store.find("one more")).isNull();
        assertThat(store.sizes()).containsExactly(3, 0, 3, 3, 3, 0, 0);
    }

    @Test
    void holdsTenThousandUnlessToldOtherwise() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore();
        fill(store, InMemoryTempKeyStore.DEFAULT_MAX_LIVE, 100);

        assertThatThrownBy(() -> store.insert(temp("one more", "ak", 0, 100))).hasMessageContaining("10000 unclaimed");
    }

    @Test
    void refusesABoundBelowOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryTempKeyStore(0))
                .withMessage("maxLive must be at least 1, but was 0");
    }

    @Test
    void frees64ExpiredOnesWhenFullAndNothingElse() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(200);
        fill(store, 100, 50);
        for (int i = 100; i < 200; i++) {
            store.insert(temp("t" + i, "ak" + i, 0, 1_000));
        }

        store.insert(temp("new", "ak", 50, 1_000));

        assertThat(store.sizes()).containsExactly(137, 0, 137, 137, 137, 0, 0);
        for (int i = 100; i < 200; i++) {
            assertThat(store.find("t" + i)).as("unclaimed and not expired").isNotNull();
        }
    }

    @Test
    void freesNothingThatCanStillBeClaimed() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(1);
        store.insert(temp("a", "ak", 0, 100));

        assertThatThrownBy(() -> store.insert(temp("b", "ak", 99, 200))).isInstanceOf(StorageException.class);
        assertThat(store.settle("a", 99)).isTrue();
        store.insert(temp("b", "ak", 99, 200));
    }

    @Test
    void aDuplicateTakesNoPlace() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(2);
        store.insert(temp("a", "ak", 0, 100));

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> store.insert(temp("a", "ak2", 0, 100))).isInstanceOf(DuplicateKeyException.class);
        }

        assertThat(store.sizes()).containsExactly(1, 0, 1, 1, 1, 0, 0);
        assertThat(store.find("a")).isEqualTo(temp("a", "ak", 0, 100));
    }

    @Test
    void forgetsTheOneSettledLongestAgoFirst() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(2);
        settleNew(store, "a", 30);
        settleNew(store, "b", 10);
        settleNew(store, "c", 20);

        assertThat(store.find("b")).isNull();
        assertThat(store.find("a")).isNotNull();
        assertThat(store.find("c")).isNotNull();
        assertThat(store.sizes()).containsExactly(0, 2, 2, 0, 0, 2, 2);
    }

    @Test
    void settledOnesTakeNoPlaceFromLiveOnes() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(5);
        for (int i = 0; i < 5; i++) {
            settleNew(store, "s" + i, i);
        }
        fill(store, 5, 100);

        assertThat(store.sizes()).containsExactly(5, 5, 10, 5, 5, 5, 5);
    }

    @Test
    void aClaimThatMeetsExpiryLeavesNothingBehindOnceItIsPurged() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(100);
        fill(store, 100, 50);
        for (int i = 0; i < 100; i++) {
            assertThat(store.settle("t" + i, 50)).isFalse();
        }

        assertThat(store.purge(51, 1_000)).isEqualTo(100);
        assertThat(store.sizes()).containsOnly(0);
    }

    @Test
    void purgeRemovesSettledAndLiveWithinOneLimit() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(100);
        fill(store, 20, 50);
        for (int i = 0; i < 10; i++) {
            assertThat(store.settle("t" + i, 1)).isTrue();
        }

        assertThat(store.purge(50, 1_000)).isZero();
        assertThat(store.purge(51, 15)).isEqualTo(15);
        assertThat(store.purge(51, 15)).isEqualTo(5);
        assertThat(store.sizes()).containsOnly(0);
    }

    @Test
    void purgeRefusesALimitOutOfBounds() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.purge(0, 0))
                .withMessage("limit must be 1 to 1000, but was 0");
        assertThatIllegalArgumentException().isThrownBy(() -> store.purge(0, 1_001));
    }

    @Test
    void refusesASettledRow() {
        TempRow settled = temp("a", "ak", 0, 100).settled(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryTempKeyStore().insert(settled))
                .withMessageContaining("settled at 5");
    }

    @Test
    void nothingLeaksUnderRandomUseByManyThreads() throws Exception {
        for (int round = 0; round < 20; round++) {
            long seed = System.nanoTime();
            InMemoryTempKeyStore store = new InMemoryTempKeyStore(16);
            Race.of(8, thread -> useAtRandom(store, new Random(seed + thread)));

            int live = store.sizes().get(0);
            int settled = store.sizes().get(1);
            assertThat(store.sizes())
                    .as("live, settled, and every index; seed %d", seed)
                    .containsExactly(live, settled, live + settled, live, live, settled, settled);
            assertThat(live).isBetween(0, 16);
            assertThat(settled).isBetween(0, 16);
            while (store.purge(Long.MAX_VALUE, 1_000) > 0) {
                assertThat(store.sizes()).isNotEmpty();
            }
            assertThat(store.sizes()).as("after the last purge; seed %d", seed).containsOnly(0);
        }
    }

    private static void useAtRandom(InMemoryTempKeyStore store, Random random) {
        for (int i = 0; i < 3_000; i++) {
            String ticket = "t" + random.nextInt(24);
            long now = random.nextInt(100);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    try {
                        store.insert(temp(ticket, "ak" + random.nextInt(6), now, now + random.nextInt(50)));
                    } catch (StorageException full) {
                        assertThat(full.getMessage()).isNotEmpty();
                    }
                }
                case 2 -> store.settle(ticket, now);
                case 3 -> store.discard("ak" + random.nextInt(6));
                case 4 -> store.purge(now, 1 + random.nextInt(4));
                default -> {
                    TempRow row = store.findByKey("ak" + random.nextInt(6));
                    assertThat(row == null || row.settledAt() == null).isTrue();
                }
            }
        }
    }

    private static void fill(InMemoryTempKeyStore store, int rows, long deadline) {
        for (int i = 0; i < rows; i++) {
            store.insert(temp("t" + i, "ak" + i, 0, deadline));
        }
    }

    private static void settleNew(InMemoryTempKeyStore store, String ticket, long at) {
        store.insert(temp(ticket, "ak", 0, 100));
        assertThat(store.settle(ticket, at)).isTrue();
    }
}
