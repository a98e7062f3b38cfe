package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Hashes move to the current pepper, one by one and past everything else that happens to their rows. */
class RehashProperties {
    private static final Pepper OLD = Pepper.of("old", new byte[32]);
    private static final Pepper NEW =
            Pepper.of("new", "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    private static final int KEYS = 4;

    private static ApiKeyManager moving(Service service) {
        return service.start(service.builder().pepper(NEW).retiredPepper(OLD));
    }

    private static List<CreatedKey> underTheOldPepper(Service service) {
        ApiKeyManager old = service.start(service.builder().pepper(OLD));
        List<CreatedKey> created = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            created.add(old.create(Service.spec("read")));
        }
        return created;
    }

    private static boolean isMoved(Service service, CreatedKey key) {
        return service.store.row(key.id().value()).hash().startsWith("hmac-sha256$new$");
    }

    /** Steps 0 to 3: verify that key; 4 to 7: update it; 8: another node does; 9: maintain; 10: maintain, and it fails. */
    @Property(tries = 150)
    void afterAnyStepsEveryVerifiedKeyIsMovedAndNoChangeIsLost(
            @ForAll @Size(max = 25) List<@IntRange(max = 10) Integer> steps) {
        try (Service service = new Service()) {
            List<CreatedKey> created = underTheOldPepper(service);
            ApiKeyManager keys = moving(service);
            ApiKeyManager otherNode = moving(service);
            Map<KeyId, String> owners = new HashMap<>();
            for (int i = 0; i < steps.size(); i++) {
                CreatedKey key = created.get(steps.get(i) % KEYS);
                switch (steps.get(i)) {
                    case 0, 1, 2, 3 -> verify(keys, key);
                    case 4, 5, 6, 7 -> owners.put(key.id(), update(keys, key, "here " + i));
                    case 8 -> owners.put(key.id(), update(otherNode, key, "there " + i));
                    case 9 -> keys.maintain();
                    default -> maintainWhileTheStoreIsDown(service, keys);
                }
            }
            // What waited may have been overtaken, and is then left to the verification after it.
            for (int round = 0; round < 2; round++) {
                service.time.pass(Duration.ofMinutes(1));
                created.forEach(key -> verify(keys, key));
                keys.maintain();
            }

            assertThat(created).allMatch(key -> isMoved(service, key));
            for (CreatedKey key : created) {
                ApiKey found = keys.find(key.id()).orElseThrow();
                assertThat(found.owner()).isEqualTo(owners.get(key.id()));
                assertThat(found.permissions()).isEqualTo(Set.of("read"));
                assertThat(found.updatedAt()).as("nobody changed it").isBefore(service.time.instant());
            }
            ApiKeyManager withoutTheOld = service.start(service.builder().pepper(NEW));
            created.forEach(key -> verify(withoutTheOld, key));
        }
    }

    private static void verify(ApiKeyManager keys, CreatedKey key) {
        Service.assertCode(keys.verify(key.secret().reveal()), Code.VALID);
    }

    private static String update(ApiKeyManager keys, CreatedKey key, String owner) {
        keys.update(key.id(), KeyUpdate.builder().owner(owner).build());
        return owner;
    }

    private static void maintainWhileTheStoreIsDown(Service service, ApiKeyManager keys) {
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        Throwable failure = catchThrowable(keys::maintain);
        service.store.hooks.clear();

        if (failure != null) {
            assertThat(failure).isInstanceOf(StorageException.class);
        }
    }

    /** A row that another transaction has locked. */
    @Example
    void aRowThatCannotBeMovedHoldsUpNoOther() {
        try (Service service = new Service()) {
            List<CreatedKey> created = underTheOldPepper(service);
            ApiKeyManager keys = moving(service);
            for (int stuck = 0; stuck < KEYS; stuck++) {
                KeyId id = created.get(stuck).id();
                service.store.locked.add(id.value());
                created.forEach(key -> verify(keys, key));

                for (int round = 0; round < KEYS; round++) {
                    maintainAsFarAsPossible(keys);
                }

                assertThat(created.stream().filter(key -> !key.id().equals(id))).allMatch(key -> isMoved(service, key));
                service.store.locked.clear();
                service.time.pass(Duration.ofMinutes(1));
            }
        }
    }

    /** The one that cannot be moved is used all the time, and so comes again before each round. */
    @Example
    void aRowThatCannotBeMovedAndIsUsedHoldsUpNoOther() {
        try (Service service = new Service()) {
            List<CreatedKey> created = underTheOldPepper(service);
            ApiKeyManager keys = moving(service);
            for (CreatedKey stuck : created) {
                service.store.locked.add(stuck.id().value());
                created.forEach(key -> verify(keys, key));

                maintainAsFarAsPossible(keys);

                assertThat(created.stream().filter(key -> !key.equals(stuck))).allMatch(key -> isMoved(service, key));
                service.store.locked.clear();
                created.forEach(key -> service.edit(key.id(), "hash", oldHash(service, key)));
                service.time.pass(Duration.ofMinutes(1));
            }
        }
    }

    private static String oldHash(Service service, CreatedKey key) {
        return Pepper.hasher(OLD, List.of()).store(key.secret().reveal().getBytes(StandardCharsets.US_ASCII));
    }

    private static void maintainAsFarAsPossible(ApiKeyManager keys) {
        try {
            keys.maintain();
        } catch (StorageException stuck) {
            assertThat(stuck).hasMessageContaining("lock timeout");
        }
    }

    @Example
    void noChangeIsLostToAMoveAtTheSameTime() throws Exception {
        for (int round = 0; round < 100; round++) {
            try (Service service = new Service()) {
                List<CreatedKey> created = underTheOldPepper(service);
                ApiKeyManager keys = moving(service);
                ApiKeyManager otherNode = moving(service);
                created.forEach(key -> verify(keys, key));
                ExecutorService threads = Executors.newFixedThreadPool(2);
                try {
                    Future<?> moved = threads.submit(keys::maintain);
                    Future<?> changed = threads.submit(() -> created.forEach(key -> update(otherNode, key, "there")));
                    moved.get(1, TimeUnit.MINUTES);
                    changed.get(1, TimeUnit.MINUTES);
                } finally {
                    threads.shutdownNow();
                }

                assertThat(created).allSatisfy(key -> {
                    assertThat(keys.find(key.id()).orElseThrow().owner()).isEqualTo("there");
                    verify(otherNode, key);
                });
            }
        }
    }
}
