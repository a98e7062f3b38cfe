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
    void keysThatEndedLongerAgoThanTheRetentionArePurgedAndTold() {
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
        ApiKeyManager keys = service.start(service.builder().retention(Duration.ofMillis(1)));
        service.store.hooks.before("purge", () -> {
            assertThat(service.store.hooks.calls("purge")).isLessThan(100);
            for (int i = 0; i < 500; i++) {
                service.store.put(ended("ak_" + i));
            }
        });

        keys.maintain();

        assertThat(service.store.rows()).as("left for the next round").isEmpty();
    }

    private static KeyRow ended(String id) {
        return KeyRow.builder(id, "", "x")
                .createdAt(1)
                .updatedAt(1)
                .expiresAt(1L)
                .build();
    }

    @Test
    void aStoreThatThrowsTheSameExceptionForEachPartIsToldOnce() {
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
    void aPartThatFailsStopsNoOtherAndIsTold() {
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

    @Test
    void nothingRunsByItselfWhenTheHostMaintains() {
        ApiKeyManager keys = service.start(service.builder().maintenanceInterval(Duration.ofMillis(1)));
        keys.create(spec());

        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("apikeys-maintenance"));
    }
}
