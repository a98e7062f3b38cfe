package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.KeyEvent.Type;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Purge and flush, by the manager's own thread or when the host says so. */
class MaintenanceTest {
    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    private static KeySpec mortal() {
        return KeySpec.builder("x").role("admin").expiresIn(Duration.ofDays(1)).build();
    }

    @Test
    void keysAreKeptForEverUnlessARetentionIsSet() {
        ApiKeyManager keys = service.start();
        keys.create(mortal());
        service.time.pass(Duration.ofDays(10_000));

        keys.maintain();

        assertThat(service.store.rows()).hasSize(1);
        assertThat(service.store.hooks.calls("purge")).isZero();
    }

    @Test
    void keysThatEndedLongerAgoThanTheRetentionArePurgedAndReported() {
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofDays(30)));
        CreatedKey expired = keys.create(mortal());
        CreatedKey revoked = keys.create(spec());
        CreatedKey alive = keys.create(spec());
        CreatedKey disabled = keys.create(spec());
        keys.disable(disabled.id());
        service.time.pass(Duration.ofDays(1));
        keys.revoke(revoked.id(), "x");
        assertCode(keys.verify(expired.secret().reveal()), Code.EXPIRED);

        service.time.pass(Duration.ofDays(30).minusMillis(1));
        keys.maintain();
        assertThat(service.store.rows()).hasSize(4);
        service.time.pass(Duration.ofMillis(1));
        keys.maintain();

        assertThat(service.store.rows())
                .extracting(row -> KeyId.of(row.id()))
                .containsExactlyInAnyOrder(alive.id(), disabled.id());
        service.told.awaitFirst(Type.DELETED);
        eventually().until(() -> service.told.events(Type.DELETED).size() == 2);
        assertThat(service.told.events(Type.DELETED))
                .allMatch(event -> event.detail().equals("purged"));
    }

    @Test
    void aPurgedKeyIsUnknownAtOnce() {
        ApiKeyManager keys =
                service.start(service.builder().retention(Duration.ofMillis(1)).cacheMaxAge(Duration.ofHours(1)));
        CreatedKey created = keys.create(KeySpec.builder("x")
                .role("admin")
                .expiresIn(Duration.ofSeconds(1))
                .build());
        service.time.pass(Duration.ofSeconds(2));
        assertCode(keys.verify(created.secret().reveal()), Code.EXPIRED);

        keys.maintain();

        assertCode(keys.verify(created.secret().reveal()), Code.UNKNOWN);
    }

    @Test
    void aPurgeGoesOnChunkByChunk() {
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofMillis(1)));
        keys.createAll(Collections.nCopies(1_000, mortal()));
        keys.createAll(Collections.nCopies(100, mortal()));
        for (int i = 0; i < 600; i++) {
            keys.vault().put(KeyId.of("ak_1"), Secret.of("x"), Duration.ofMinutes(1));
        }
        service.time.pass(Duration.ofDays(2));

        keys.maintain();

        assertThat(service.store.rows()).isEmpty();
        assertThat(service.store.hooks.calls("purge")).isEqualTo(3);
        assertThat(service.temp.waiting()).isEmpty();
        assertThat(service.temp.hooks.calls("purge")).isEqualTo(2);
    }

    @Test
    void aStoreThatAlwaysHasMoreDoesNotKeepMaintenanceForEver() {
        ApiKeyManager keys = service.start(
                service.builder().retention(Duration.ofMillis(1)).maintenanceBudget(Duration.ofSeconds(10)));
        service.store.hooks.before("purge", () -> {
            assertThat(service.store.hooks.calls("purge")).isLessThan(100);
            service.time.pass(Duration.ofSeconds(1));
            for (int i = 0; i < 501; i++) {
                service.store.put(ended("ak_" + i));
            }
        });

        assertThat(keys.maintain().left()).isTrue();

        assertThat(service.store.rows()).as("left for the next round").isNotEmpty();
    }

    private static KeyRow ended(String id) {
        return KeyRow.builder(id, "", "x")
                .createdAt(1)
                .updatedAt(1)
                .expiresAt(1L)
                .build();
    }

    @Test
    void aStoreThatThrowsTheSameExceptionForEachPartIsReportedOnce() {
        StorageException down = new StorageException("down", null);
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofDays(30)));
        keys.verify(keys.create(spec()).secret().reveal());
        service.store.hooks.before("addUsage", Hooks.throwing(() -> down));
        service.store.hooks.before("purge", Hooks.throwing(() -> down));
        service.temp.hooks.before("purge", Hooks.throwing(() -> down));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::maintain)
                .isSameAs(down);
        assertThat(service.store.hooks.calls("purge")).as("the last part").isOne();
        service.store.hooks.clear();
        service.temp.hooks.clear();
    }

    @Test
    void aPartThatFailsStopsNoOtherAndIsReported() {
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofDays(1)));
        CreatedKey created = keys.create(specWithHandOff());
        keys.verify(created.secret().reveal());
        service.time.pass(Duration.ofHours(1));
        service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("flush failed", null)));
        service.store.hooks.before("purge", Hooks.throwing(() -> new StorageException("purge failed", null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::maintain)
                .withMessageContaining("flush failed")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(other -> assertThat(other).hasMessageContaining("purge failed")));

        assertThat(service.temp.waiting()).as("ended nevertheless").isEmpty();
    }

    @Test
    void theOwnThreadGoesOnAfterAFailureWhichItLogs() {
        AtomicInteger flushes = new AtomicInteger();
        service.store.hooks.before("addUsage", () -> {
            if (flushes.incrementAndGet() < 3) {
                throw new StackOverflowError("broken store");
            }
        });
        try (CapturedLog log = new CapturedLog()) {
            ApiKeyManager keys =
                    service.start(ApiKeys.builder(service.store).maintenanceInterval(Duration.ofMillis(5)));
            CreatedKey created = keys.create(spec());
            keys.verify(created.secret().reveal());

            eventually().until(() -> service.store.row(created.id().value()).usageCount() == 1);
            assertThat(log.lines("Maintenance failed")).hasSize(2);
        }
    }

    /** A scheduler never comes back to what throws. */
    @Test
    void nothingRunsByItselfWhenTheHostMaintains() {
        ApiKeyManager keys = service.start(service.builder().maintenanceInterval(Duration.ofMillis(1)));
        keys.create(spec());

        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("apikeys-maintenance"));
    }

    @Test
    void handOffsThatEndUnclaimedAreReportedOnce() {
        ApiKeyManager keys = service.start();
        CreatedKey unclaimed = keys.create(specWithHandOff());
        CreatedKey claimed = keys.create(specWithHandOff());
        keys.vault().claim(claimed.handOff().orElseThrow().ticket().reveal());
        service.time.pass(Duration.ofMinutes(10));

        assertThat(keys.maintain().handOffsEnded()).isOne();
        assertThat(keys.maintain().handOffsEnded()).isZero();

        KeyEvent event = service.told.awaitFirst(Type.HANDOFF_EXPIRED);
        assertThat(event.keyId()).isEqualTo(unclaimed.id());
        assertThat(event.detail())
                .isEqualTo("deadline " + unclaimed.handOff().orElseThrow().deadline());
        keys.close();
        assertThat(service.told.events(Type.HANDOFF_EXPIRED)).hasSize(1);
    }

    @Test
    void handOffsThatEndToMakeRoomForOthersAreReportedAsWell() {
        service.temp.maxLive = 1;
        ApiKeyManager keys = service.start();
        CreatedKey ended = keys.create(specWithHandOff());
        service.time.pass(Duration.ofMinutes(10));

        keys.create(specWithHandOff());

        assertThat(service.told.awaitFirst(Type.HANDOFF_EXPIRED).keyId()).isEqualTo(ended.id());
    }

    @Test
    void handOffsThatAreForgottenBeforeTheirTimeAreCountedAndLoggedOnce() {
        service.temp.maxKept = 1;
        ApiKeyManager keys = service.start();
        try (CapturedLog log = new CapturedLog()) {
            for (int round = 1; round <= 2; round++) {
                for (int i = 0; i < 2; i++) {
                    keys.vault()
                            .claim(keys.create(specWithHandOff())
                                    .handOff()
                                    .orElseThrow()
                                    .ticket()
                                    .reveal());
                }
                keys.maintain();
                assertThat(keys.stats().handOffsForgotten()).isEqualTo(2 * round - 1);
            }
            assertThat(log.lines("handOffsForgotten")).hasSize(1).allMatch(line -> line.contains("WARN"));
        }
    }

    @Test
    void aPurgeThatTheStorePutsOffIsSaidAndLoggedOnceUntilTheClocksAgree() {
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofDays(1)));
        keys.create(mortal());
        keys.create(specWithHandOff());
        MovableTime right = new MovableTime();
        service.store.clock = right;
        service.temp.clock = right;
        service.time.pass(Duration.ofDays(730));
        int rows = service.store.rows().size();
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 2; i++) {
                Maintained done = keys.maintain();
                assertThat(done.putOff()).isTrue();
                assertThat(done.keysPurged() + done.handOffsEnded() + done.journalPurged())
                        .isZero();
            }
            assertThat(service.store.rows()).hasSize(rows);
            assertThat(service.temp.waiting()).hasSize(1);
            assertThat(log.lines("was put off")).hasSize(1).allMatch(line -> line.contains("WARN"));
            right.pass(Duration.ofDays(730));

            Maintained done = keys.maintain();

            assertThat(done.putOff()).isFalse();
            assertThat(done.keysPurged()).isOne();
            right.pass(Duration.ofHours(2));
            assertThat(keys.maintain().putOff()).isTrue();
            assertThat(log.lines("was put off")).as("once each time").hasSize(2);
        }
    }

    @Test
    void aRoundEndsWithItsBudgetSaysThatSomethingIsLeftAndTheNextOneGoesOn() {
        ApiKeyManager keys = service.start(
                service.builder().retention(Duration.ofMillis(1)).maintenanceBudget(Duration.ofSeconds(1)));
        keys.createAll(Collections.nCopies(1_000, mortal()));
        keys.createAll(Collections.nCopies(100, mortal()));
        service.time.pass(Duration.ofDays(2));
        service.store.hooks.before("purge", () -> service.time.pass(Duration.ofMillis(500)));

        Maintained first = keys.maintain();
        assertThat(first.keysPurged()).isEqualTo(1_000);
        assertThat(first.left()).isTrue();

        Maintained second = keys.maintain();
        assertThat(second.keysPurged()).isEqualTo(100);
        assertThat(second.left()).isFalse();
        assertThat(service.store.rows()).isEmpty();
    }

    @Test
    void aPartThatUsesTheBudgetUpKeepsNoOtherFromItsFirstChunk() {
        ApiKeyManager keys = service.start(
                service.builder().retention(Duration.ofMillis(1)).maintenanceBudget(Duration.ofSeconds(1)));
        service.temp.hooks.before("purge", () -> service.time.pass(Duration.ofSeconds(5)));

        assertThat(keys.maintain().left()).isFalse();

        assertThat(service.store.hooks.calls()).contains("purge", "purgeJournal");
    }

    @Test
    void usageThatUsesTheBudgetUpKeepsNoPartFromItsFirstChunk() {
        ApiKeyManager keys = service.start(
                service.builder().retention(Duration.ofMillis(1)).maintenanceBudget(Duration.ofSeconds(1)));
        CreatedKey waiting = keys.create(specWithHandOff());
        service.time.pass(Duration.ofHours(1));
        keys.verify(waiting.secret().reveal());
        service.store.hooks.before("addUsage", () -> service.time.pass(Duration.ofSeconds(5)));

        assertThat(keys.maintain().handOffsEnded()).isOne();

        assertThat(service.store.hooks.calls()).contains("purge", "purgeJournal");
    }

    @Test
    void usesAreWrittenBetweenTheChunksOfALargePurge() {
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofMillis(1)));
        CreatedKey used = keys.create(spec());
        keys.createAll(Collections.nCopies(600, mortal()));
        service.time.pass(Duration.ofDays(2));
        service.store.hooks.before("purge", () -> keys.verify(used.secret().reveal()));

        assertThat(keys.maintain().usageWritten()).isOne();
        assertThat(service.store.hooks.calls()).containsSubsequence("purge", "addUsage", "purge");
    }
}
