package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.upkeep.UsageMeter;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Uses are counted in memory and written behind: coalesced, in order, in bounded chunks, and none is lost. */
class UsageTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();

    @AfterEach
    void close() {
        service.close();
    }

    private void use(CreatedKey key, int times) {
        for (int i = 0; i < times; i++) {
            assertCode(keys.verify(key.secret().reveal()), Code.VALID);
        }
    }

    private long written(CreatedKey key) {
        return service.store.row(key.id().value()).usageCount();
    }

    @Test
    void usesOfAKeyBecomeOneDelta() {
        CreatedKey key = keys.create(spec());
        use(key, 100);
        service.time.pass(Duration.ofSeconds(1));
        use(key, 900);
        assertThat(service.store.hooks.calls("addUsage")).isZero();
        assertThat(keys.stats().usagePending()).isEqualTo(1_000);

        keys.maintain();

        assertThat(service.store.usageBatches)
                .extracting(UsageBatch::deltas)
                .containsExactly(List.of(new Delta(key.id().value(), 1_000, service.time.millis())));
        assertThat(keys.stats().usagePending()).isZero();
        ApiKey found = keys.find(key.id()).orElseThrow();
        assertThat(found.usageCount()).isEqualTo(1_000);
        assertThat(found.lastUsedAt()).isEqualTo(service.time.instant());
        assertThat(found.version()).isOne();
        assertThat(found.updatedAt()).isEqualTo(key.key().updatedAt());
    }

    @Test
    void aFlushWritesInTheOrderOfIdsAtMost500AtOnce() {
        List<CreatedKey> many = new ArrayList<>(keys.createAll(Collections.nCopies(1_000, spec())));
        many.addAll(keys.createAll(Collections.nCopies(201, spec())));
        Collections.shuffle(many, new java.util.Random(42));
        many.forEach(key -> use(key, 1));

        keys.maintain();

        assertThat(service.store.usageBatches)
                .extracting(batch -> batch.deltas().size())
                .containsExactly(500, 500, 201);
        assertThat(service.store.usageBatches.stream()
                        .flatMap(batch -> batch.deltas().stream())
                        .map(Delta::keyId))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void withoutUsesNothingIsWritten() {
        keys.create(spec());

        keys.maintain();
        keys.maintain();

        assertThat(service.store.hooks.calls("addUsage")).isZero();
    }

    @Test
    void aFailingFlushIsReportedAndItsUsesAreKept() {
        CreatedKey key = keys.create(spec());
        use(key, 3);
        service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::maintain)
                .withMessageContaining("down");
        assertThat(keys.stats().usagePending()).isEqualTo(3);
        use(key, 2);
        service.store.hooks.clear();
        keys.maintain();

        assertThat(written(key)).isEqualTo(5);
        assertThat(keys.stats().usagePending()).isZero();
    }

    @Test
    void aBatchThatIsRefusedIsHalvedAndTheOthersAreWritten() {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(1_000, spec()));
        CreatedKey extra = keys.create(spec());
        many.forEach(key -> use(key, 1));
        use(extra, 1);
        AtomicInteger chunks = new AtomicInteger();
        service.store.hooks.before("addUsage", () -> {
            if (chunks.incrementAndGet() == 2) {
                throw new StorageException("down", null);
            }
        });

        assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
        assertThat(keys.stats().usagePending()).as("written in halves").isZero();
        assertThat(service.store.usageBatches)
                .extracting(batch -> batch.deltas().size())
                .containsExactly(500, 1, 250, 250);

        many.forEach(key -> assertThat(written(key)).isOne());
        assertThat(written(extra)).isOne();
    }

    @Test
    void aFlushWhoseAnswerIsLostIsRepeatedAndCountedOnce() {
        CreatedKey key = keys.create(spec());
        use(key, 3);
        service.store.hooks.after(
                "addUsage", Hooks.throwing(() -> new StorageException("answer lost", null, true, null)));
        assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
        service.store.hooks.clear();

        use(key, 4);
        keys.maintain();

        assertThat(written(key)).isEqualTo(7);
        assertThat(service.store.usageBatches).extracting(UsageBatch::number).containsExactly(1L, 2L);
    }

    @Test
    void theLastUseNeverGoesBack() {
        CreatedKey key = keys.create(spec());
        Instant later = service.time.instant().plusSeconds(60);
        service.time.pass(Duration.ofSeconds(60));
        use(key, 1);
        service.time.pass(Duration.ofSeconds(-60));
        use(key, 1);
        keys.maintain();
        use(key, 1);
        keys.maintain();

        assertThat(keys.find(key.id()).orElseThrow().lastUsedAt()).isEqualTo(later);
        assertThat(service.store.usageBatches.get(0).deltas().get(0).lastUsedAt())
                .isEqualTo(later.toEpochMilli());
    }

    @Test
    void usesOfADeletedKeyAreDroppedByTheStore() {
        CreatedKey gone = keys.create(spec());
        CreatedKey stays = keys.create(spec());
        use(gone, 1);
        use(stays, 1);
        keys.delete(gone.id());

        keys.maintain();

        assertThat(written(stays)).isOne();
        assertThat(keys.stats().usagePending()).isZero();
    }

    @Test
    void closeWritesWhatIsPending() {
        CreatedKey key = keys.create(spec());
        use(key, 7);

        keys.close();

        assertThat(written(key)).isEqualTo(7);
    }

    @Test
    void aCloseThatCannotWriteSaysHowManyUsesAreLost() {
        CreatedKey first = keys.create(spec());
        CreatedKey second = keys.create(spec());
        use(first, 40);
        use(second, 2);
        service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("42 uses")
                .withRootCauseInstanceOf(StorageException.class);
        assertThatExceptionOfType(StorageException.class)
                .as("the second call says the same")
                .isThrownBy(keys::close)
                .withMessageContaining("42 uses");
    }

    @Test
    void afterACleanCloseTheSumIsExactDespiteAnyRace() throws Exception {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(20, spec()));
        AtomicInteger failures = new AtomicInteger();
        service.store.hooks.before("addUsage", () -> {
            if (failures.incrementAndGet() % 3 == 0) {
                throw new StorageException("down", null);
            }
        });
        AtomicBoolean verifying = new AtomicBoolean(true);
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try {
            List<Future<Long>> counts = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                int from = t;
                counts.add(threads.submit((Callable<Long>) () -> {
                    long uses = 0;
                    for (int i = from; uses < 5_000; i++) {
                        uses += keys.verify(many.get(i % many.size()).secret().reveal())
                                                .code()
                                        == Code.VALID
                                ? 1
                                : 0;
                    }
                    return uses;
                }));
            }
            for (int t = 0; t < 2; t++) {
                threads.submit(() -> {
                    while (verifying.get()) {
                        try {
                            keys.maintain();
                        } catch (StorageException down) {
                            // What was not written is counted again.
                        }
                    }
                });
            }
            long uses = 0;
            for (Future<Long> count : counts) {
                uses += count.get();
            }
            verifying.set(false);
            service.store.hooks.before("addUsage", () -> {});
            keys.close();
            assertThat(many.stream().mapToLong(this::written).sum()).isEqualTo(uses);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aUseThatWasAdmittedBeforeCloseIsWrittenAndOneAfterItIsRefused() throws Exception {
        CreatedKey key = keys.create(spec());
        String secret = key.secret().reveal();
        CountDownLatch warm = new CountDownLatch(4);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Long>> counts = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                counts.add(threads.submit((Callable<Long>) () -> {
                    for (long uses = 0; ; uses++) {
                        try {
                            assertCode(keys.verify(secret), Code.VALID);
                        } catch (IllegalStateException closed) {
                            return uses;
                        }
                        if (uses == 100) {
                            warm.countDown();
                        }
                    }
                }));
            }
            Hold.await(warm);
            keys.close();
            long uses = 0;
            for (Future<Long> count : counts) {
                uses += count.get(20, TimeUnit.SECONDS);
            }
            assertThat(written(key)).isEqualTo(uses);
        } finally {
            threads.shutdownNow();
        }
    }

    /** As it is where taking the uses of very many keys takes longer than the interval. */
    @Test
    void aFlushWhoseTimeEndsBeforeItsFirstBatchWritesThatOne() {
        AtomicLong ticker = new AtomicLong();
        ApiKeys.Builder builder = service.builder().maintenanceInterval(Duration.ofMillis(1));
        builder.ticker = () -> ticker.addAndGet(Duration.ofMillis(2).toNanos());
        ApiKeyManager slow = service.start(builder);
        List<CreatedKey> many = slow.createAll(Collections.nCopies(501, spec()));
        many.forEach(key -> assertCode(slow.verify(key.secret().reveal()), Code.VALID));

        assertThat(slow.maintain().usageWritten()).isPositive();
    }

    /** A flush that comes just when another one ends must not go on beside the next: both would use one number. */
    @Test
    void atMostOneFlushIsUnderWay() throws Exception {
        UsageMeter meter = new UsageMeter();
        Batches written = new Batches();
        UsageWriter writer = writer(meter, written);
        int flushes = 50_000;
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> flushing = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                flushing.add(threads.submit(() -> {
                    for (int i = 0; i < flushes; i++) {
                        meter.add("ak_1", 1, i);
                        writer.flush();
                    }
                }));
            }
            for (Future<?> each : flushing) {
                each.get(); // Bounded by the waits of the flushes.
            }
        } finally {
            threads.shutdownNow();
        }

        writer.flush();
        assertThat(written.overlaps).hasValue(0);
        assertThat(written.uses).hasValue(3L * flushes);
    }

    private static UsageWriter writer(UsageMeter meter, Batches written) {
        ApiKeyStore store = (ApiKeyStore) Proxy.newProxyInstance(
                UsageTest.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    written.add((UsageBatch) arguments[0]);
                    return null;
                });
        return new UsageWriter(
                meter,
                new GatedKeyStore(
                        store,
                        Gate.direct(System::nanoTime, null),
                        StampedCache.create(1, Duration.ZERO, Duration.ZERO, System::nanoTime)),
                new Operations(System::nanoTime, 0),
                new Patience(System::nanoTime),
                "node",
                InstantSource.system(),
                System::nanoTime,
                Duration.ofSeconds(10));
    }

    /** Adds batches as a store does, each number once, and sees whether two come at once. */
    private static final class Batches {
        final AtomicInteger overlaps = new AtomicInteger();
        final AtomicLong uses = new AtomicLong();
        private final AtomicBoolean inside = new AtomicBoolean();
        private final AtomicLong last = new AtomicLong();

        void add(UsageBatch batch) {
            if (!inside.compareAndSet(false, true)) {
                overlaps.incrementAndGet();
            }
            if (last.getAndAccumulate(batch.number(), Math::max) < batch.number()) {
                batch.deltas().forEach(delta -> uses.addAndGet(delta.count()));
            }
            inside.set(false);
        }
    }

    @Test
    void cellsOfKeysThatAreNotUsedAnyMoreAreFreed() {
        UsageMeter meter = new UsageMeter();
        List<Delta> written = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            if (i % 2 == 1) {
                meter.add("ak_1", i, 5 - i);
            }
            for (Delta delta : meter.take(id -> true).values()) {
                written.add(delta);
                meter.written(delta);
            }
        }

        assertThat(written).containsExactly(new Delta("ak_1", 1, 4), new Delta("ak_1", 3, 2));
        assertThat(meter.pending()).isZero();
        assertThat(meter.holds("ak_1")).isFalse();
    }

    @Test
    void aLockedRowDelaysOnlyItsOwnKey() {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(1_000, spec()));
        many.forEach(key -> use(key, 1));
        CreatedKey locked = many.get(77);
        service.store.locked.add(locked.id().value());

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::maintain)
                .withMessageContaining("a lock timeout");

        assertThat(keys.stats().usagePending()).as("the locked key's").isOne();
        assertThat(keys.stats().lastUsageWrite()).isNull();
        service.store.locked.clear();
        keys.maintain();
        assertThat(keys.stats().lastUsageWrite()).isEqualTo(service.time.instant());
        many.forEach(key -> assertThat(written(key)).isOne());
        assertThat(service.store.usageBatches)
                .extracting(UsageBatch::number)
                .containsExactlyElementsOf(java.util.stream.LongStream.rangeClosed(1, service.store.usageBatches.size())
                        .boxed()
                        .toList());
    }

    @Test
    void aKeyThatStaysLockedIsTriedLessAndLessOftenDownToOnceInFiveMinutes() {
        CreatedKey locked = keys.create(spec());
        CreatedKey other = keys.create(spec());
        use(locked, 2);
        service.store.locked.add(locked.id().value());
        List<Long> tried = new ArrayList<>();
        service.store.hooks.before("addUsage", () -> tried.add(service.time.getAsLong()));
        for (int i = 0; i < 360; i++) {
            try {
                keys.maintain();
            } catch (StorageException told) {
                assertThat(told).hasMessageContaining("a lock timeout");
            }
            service.time.pass(Duration.ofSeconds(10));
        }

        List<Long> pauses = new ArrayList<>();
        for (int i = 1; i < tried.size(); i++) {
            pauses.add(Duration.ofNanos(tried.get(i) - tried.get(i - 1)).toSeconds());
        }
        assertThat(pauses)
                .startsWith(10L, 10L, 20L, 40L, 80L, 160L, 300L)
                .endsWith(300L)
                .isSorted();
        use(other, 1);
        keys.maintain();
        assertThat(written(other)).as("not held up").isOne();
        service.store.locked.clear();
        service.time.pass(Duration.ofMinutes(5));
        keys.maintain();
        assertThat(written(locked)).isEqualTo(2);
    }

    @Test
    void aFlushThatLeavesAKeyInBackOffIsNoCompleteWrite() {
        CreatedKey locked = keys.create(spec());
        use(locked, 1);
        keys.maintain();
        Instant complete = service.time.instant();
        use(locked, 1);
        service.store.locked.add(locked.id().value());
        service.time.pass(Duration.ofSeconds(1));
        maintainUntilNothingIsDue();
        assertThat(keys.stats().usagePending()).isOne();
        assertThat(keys.stats().lastUsageWrite()).isEqualTo(complete);

        service.store.locked.clear();
        service.time.pass(Duration.ofMinutes(5));
        keys.maintain();
        assertThat(keys.stats().lastUsageWrite()).isEqualTo(service.time.instant());
    }

    @Test
    void aTickerThatGoesBackMakesNoUseWaitForLonger() {
        CreatedKey locked = keys.create(spec());
        use(locked, 2);
        service.store.locked.add(locked.id().value());
        service.time.pass(Duration.ofHours(3));
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
            service.time.pass(Duration.ofSeconds(10));
        }
        service.store.locked.clear();

        service.time.pass(Duration.ofHours(-3));
        keys.maintain();

        assertThat(written(locked)).isEqualTo(2);
    }

    @Test
    void closeWritesWhatWaitsAndGivesUpTheLockedKeyAlone() {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(600, spec()));
        CreatedKey free = many.get(0);
        CreatedKey locked = many.get(300);
        many.forEach(key -> use(key, 1));
        service.store.locked.add(free.id().value());
        service.store.locked.add(locked.id().value());
        maintainUntilNothingIsDue();
        service.store.locked.remove(free.id().value());
        keys.maintain();
        assertThat(keys.stats().usagePending()).as("both wait").isEqualTo(2);

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("1 use");

        assertThat(many).filteredOn(key -> written(key) == 1).hasSize(599);
    }

    private void maintainUntilNothingIsDue() {
        for (int i = 0; i < 20; i++) {
            try {
                keys.maintain();
                return;
            } catch (StorageException told) {
                // The lock of another transaction, which the test planted.
            }
        }
        throw new AssertionError("a locked key is due for ever");
    }

    /** A ticker may stand below zero, as this test's does. */
    @Test
    void aStoreThatRefusesThreeBatchesInARowIsLeftAloneAndAskedAgainAtTheNextFlush() {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(100, spec()));
        many.forEach(key -> use(key, 1));
        service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));

        assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
        assertThat(service.store.hooks.calls("addUsage")).isEqualTo(3);
        service.store.hooks.clear();
        keys.maintain();

        many.forEach(key -> assertThat(written(key)).isOne());
    }

    /** That a repeat is refused says nothing of the first time. */
    @Test
    void aBatchInDoubtIsRepeatedUnderItsNumberUntilItIsKnownToBeAdded() {
        for (boolean wasAdded : new boolean[] {true, false}) {
            CreatedKey key = keys.create(spec());
            use(key, 3);
            Runnable lost = Hooks.throwing(() -> new StorageException("lost", null, true, null));
            if (wasAdded) {
                service.store.hooks.after("addUsage", lost);
            } else {
                service.store.hooks.before("addUsage", lost);
            }
            assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
            service.store.hooks.clear();
            service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));
            use(key, 1);
            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
            }
            service.store.hooks.clear();

            keys.maintain();

            assertThat(written(key)).as("added at first: %s", wasAdded).isEqualTo(4);
            assertThat(keys.stats().usagePending()).isZero();
        }
        assertThat(service.store.usageBatches).extracting(UsageBatch::number).containsExactly(1L, 2L, 3L, 4L);
    }
}
