package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.temp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code sizes()}: live, spent; by ticket, live by deadline, by key, spent by deadline; not told. */
class InMemoryTempKeyStoreTest {
    private long now = 1_000;

    private InMemoryTempKeyStore storeOf(int maxLive) {
        return new InMemoryTempKeyStore(maxLive, () -> Instant.ofEpochMilli(now));
    }

    @Test
    void refusesAtItsBoundAndSaysWhatToDo() {
        InMemoryTempKeyStore store = storeOf(3);
        fill(store, 3, 100);

        assertThatThrownBy(() -> store.insert(List.of(temp("one more", "ak", 99, 200))))
                .isInstanceOf(VaultFullException.class)
                .hasMessageContaining("holds 3 secrets")
                .satisfies(
                        e -> assertThat(((StorageException) e).outcomeUnknown()).isFalse());

        assertThat(store.find("one more")).isNull();
        assertThat(store.sizes()).containsExactly(3, 0, 3, 3, 3, 0, 0);
    }

    @Test
    void holdsTenThousandByDefault() {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore();
        fill(store, InMemoryTempKeyStore.DEFAULT_MAX_LIVE, 100);

        assertThatThrownBy(() -> store.insert(List.of(temp("one more", "ak", 0, 100))))
                .hasMessageContaining("holds 10000 secrets");
    }

    @Test
    void refusesABoundBelowOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryTempKeyStore(0))
                .withMessage("maxLive is 0; allowed: at least 1");
    }

    @Test
    void ends64ExpiredOnesWhenFullAndNothingElse() {
        InMemoryTempKeyStore store = storeOf(200);
        fill(store, 100, 50);
        for (int i = 100; i < 200; i++) {
            store.insert(List.of(temp("t" + i, "ak" + i, 0, 1_000)));
        }

        Sweep sweep = store.insert(List.of(temp("new", "ak", 50, 1_000)));

        assertThat(sweep.ended()).hasSize(64).allMatch(row -> row.sealed() == null);
        assertThat(store.sizes()).containsExactly(137, 64, 201, 137, 201, 64, 0);
        for (int i = 100; i < 200; i++) {
            assertThat(store.find("t" + i).sealed())
                    .as("unclaimed and not expired")
                    .isNotNull();
        }
    }

    @Test
    void whatAFailedInsertEndedIsReportedByTheNextCall() {
        InMemoryTempKeyStore store = storeOf(3);
        fill(store, 1, 50);
        store.insert(List.of(temp("u", "ak", 0, 1_000), temp("v", "ak", 0, 1_000)));

        assertThatThrownBy(() -> store.insert(List.of(temp("w", "ak", 50, 1_000), temp("x", "ak", 50, 1_000))))
                .isInstanceOf(VaultFullException.class);
        assertThatThrownBy(() -> store.insert(List.of(temp("u", "ak", 50, 1_000))))
                .isInstanceOf(KeyExistsException.class);
        Sweep sweep = store.insert(List.of(temp("y", "ak", 50, 1_000)));

        assertThat(sweep.ended()).extracting(TempRow::ticketHash).containsExactly("t0");
        assertThat(store.sizes()).containsExactly(3, 1, 4, 3, 4, 1, 0);
    }

    /** The library takes a store that tells more than it was asked for to be broken. */
    @Test
    void noCallTellsMoreThanItMayEnd() {
        InMemoryTempKeyStore store = storeOf(200);
        fill(store, 200, 50);
        List<TempRow> tooMany = new ArrayList<>();
        for (int i = 100; i < 300; i++) {
            tooMany.add(temp("v" + i, "ak", 50, 2_000));
        }
        assertThatThrownBy(() -> store.insert(tooMany)).isInstanceOf(VaultFullException.class);

        Sweep insert = store.insert(tooMany.subList(0, 100));
        Sweep purge = store.purge(Duration.ofDays(7), now, 10);

        assertThat(insert.ended()).hasSize(64);
        assertThat(purge.ended()).hasSize(10);
        Sweep rest = store.purge(Duration.ofDays(7), now, 1_000);
        assertThat(Stream.of(insert, purge, rest)
                        .flatMap(sweep -> sweep.ended().stream())
                        .map(TempRow::ticketHash))
                .as("each once")
                .hasSize(200)
                .doesNotHaveDuplicates();
    }

    @Test
    void freesNothingThatCanStillBeClaimed() {
        InMemoryTempKeyStore store = storeOf(1);
        store.insert(List.of(temp("a", "ak", 0, 100)));

        assertThatThrownBy(() -> store.insert(List.of(temp("b", "ak", 99, 200))))
                .isInstanceOf(VaultFullException.class);
        assertThat(store.settle("a", 99)).isTrue();
        store.insert(List.of(temp("b", "ak", 99, 200)));
    }

    @Test
    void aDuplicateTakesNoPlace() {
        InMemoryTempKeyStore store = storeOf(3);
        store.insert(List.of(temp("b", "ak", 0, 100)));

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> store.insert(List.of(temp("a", "ak2", 0, 100), temp("b", "ak2", 0, 100))))
                    .isInstanceOf(KeyExistsException.class);
        }

        assertThat(store.sizes()).containsExactly(1, 0, 1, 1, 1, 0, 0);
        assertThat(store.find("b")).isEqualTo(temp("b", "ak", 0, 100));
        assertThat(store.findByKey("ak2")).isNull();
    }

    @Test
    void forgetsTheOneWithTheEarliestDeadlineFirst() {
        InMemoryTempKeyStore store = storeOf(1);
        for (int i = 0; i < 100; i++) {
            settleNew(store, name(i), 1_000 + i);
        }
        settleNew(store, "early", 10);
        long told = settleNew(store, "late", 5_000);

        assertThat(store.find("early")).isNull();
        assertThat(store.find(name(0))).isNull();
        assertThat(store.find(name(1))).isNotNull();
        assertThat(store.find("late")).isNotNull();
        assertThat(store.sizes()).containsExactly(0, 100, 100, 0, 100, 100, 0);
        assertThat(told).as("forgotten before the last insert").isEqualTo(1);
        assertThat(store.purge(Duration.ofDays(1), now, 1).forgotten()).isEqualTo(1);
        assertThat(store.purge(Duration.ofDays(1), now, 1).forgotten()).isZero();
    }

    @Test
    void settledOnesTakeNoPlaceFromLiveOnes() {
        InMemoryTempKeyStore store = storeOf(5);
        for (int i = 0; i < 5; i++) {
            settleNew(store, "s" + i, 100);
        }
        fill(store, 5, 100);

        assertThat(store.sizes()).containsExactly(5, 5, 10, 5, 10, 5, 0);
    }

    @Test
    void aClaimThatMeetsExpiryLeavesNothingBehindOnceItIsPurged() {
        InMemoryTempKeyStore store = storeOf(100);
        fill(store, 100, 50);
        for (int i = 0; i < 100; i++) {
            assertThat(store.settle("t" + i, 50)).isFalse();
        }
        now = 50;

        Sweep sweep = store.purge(Duration.ZERO, now, 1_000);

        assertThat(sweep.ended()).hasSize(100);
        assertThat(sweep.removed()).isEqualTo(100);
        assertThat(sweep.rest()).isEqualTo(Rest.NONE);
        assertThat(store.sizes()).containsOnly(0);
    }

    @Test
    void refusesArgumentsOutsideTheContract() {
        InMemoryTempKeyStore store = storeOf(10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.purge(Duration.ZERO, now, 0))
                .withMessage("limit is 0; allowed: 1 to 1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.purge(Duration.ofDays(-1), now, 1))
                .withMessageStartingWith("age is ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.insert(List.of()))
                .withMessage("size of rows is 0; allowed: 1 to 1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.insert(List.of(temp("b", "ak", 0, 9), temp("a", "ak", 0, 9))))
                .withMessage("rows hold a after b; allowed: ascending order, each once");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.insert(List.of(temp("a", "ak", 0, 100).settled(5))))
                .withMessageContaining("holds nothing sealed");
        assertThat(store.sizes()).containsOnly(0);
    }

    @Test
    void nothingLeaksUnderRandomUseByManyThreads() throws Exception {
        for (int round = 0; round < 20; round++) {
            long seed = System.nanoTime();
            now = 99;
            InMemoryTempKeyStore store = storeOf(1 + round % 2 * 15);
            AtomicInteger gone = new AtomicInteger();
            Race.of(8, thread -> useAtRandom(store, new Random(seed + thread), gone));

            int live = store.sizes().get(0);
            int spent = store.sizes().get(1);
            int untold = store.sizes().get(6);
            assertThat(store.sizes())
                    .as("live, spent, and every index; seed %d", seed)
                    .containsExactly(live, spent, live + spent, live, live + spent, spent, untold);
            assertThat(live).isBetween(0, 16);
            now = 1_000;
            for (Rest rest = Rest.MORE; rest == Rest.MORE; ) {
                Sweep sweep = store.purge(Duration.ZERO, now, 1_000);
                gone.addAndGet(sweep.removed() + (int) sweep.forgotten());
                rest = sweep.rest();
            }
            assertThat(store.sizes()).as("after the last purge; seed %d", seed).containsOnly(0);
            assertThat(gone).as("rows told, less rows inserted; seed %d", seed).hasValue(0);
        }
    }

    /** Counts a row down when it comes, and up when it is told to be gone. */
    private static void useAtRandom(InMemoryTempKeyStore store, Random random, AtomicInteger gone) {
        for (int i = 0; i < 3_000; i++) {
            String ticket = "t" + random.nextInt(24);
            long now = random.nextInt(100);
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    List<TempRow> rows = new ArrayList<>();
                    rows.add(temp(ticket, "ak" + random.nextInt(6), now, now + random.nextInt(50)));
                    if (random.nextBoolean()) {
                        rows.add(temp(ticket + "x", "ak" + random.nextInt(6), now, now + random.nextInt(50)));
                    }
                    try {
                        Sweep sweep = store.insert(rows);
                        gone.addAndGet((int) sweep.forgotten() - rows.size());
                    } catch (StorageException refused) {
                        assertThat(refused.outcomeUnknown()).isFalse();
                    }
                }
                case 2, 3 -> store.settle(ticket, now);
                case 4 -> gone.addAndGet(store.discard("ak" + random.nextInt(6)));
                case 5 -> gone.addAndGet(store.remove(ticket) ? 1 : 0);
                case 6 -> {
                    Sweep sweep = store.purge(Duration.ofMillis(random.nextInt(20)), now, 1 + random.nextInt(4));
                    gone.addAndGet(sweep.removed() + (int) sweep.forgotten());
                }
                default -> {
                    TempRow row = store.findByKey("ak" + random.nextInt(6));
                    assertThat(row == null || row.sealed() == null || row.settledAt() == null)
                            .isTrue();
                }
            }
        }
    }

    private static void fill(InMemoryTempKeyStore store, int rows, long deadline) {
        for (int i = 0; i < rows; i++) {
            store.insert(List.of(temp("t" + i, "ak" + i, 0, deadline)));
        }
    }

    private static long settleNew(InMemoryTempKeyStore store, String ticket, long deadline) {
        Sweep sweep = store.insert(List.of(temp(ticket, "ak", 0, deadline)));
        assertThat(store.settle(ticket, deadline - 1)).isTrue();
        return sweep.forgotten();
    }

    private static String name(int i) {
        return String.format(Locale.ROOT, "t%03d", i);
    }
}
