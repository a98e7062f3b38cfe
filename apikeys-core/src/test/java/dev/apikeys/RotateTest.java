package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A key and its successor, in one write. */
class RotateTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey old = keys.create(KeySpec.builder("ci deploy")
            .description("why")
            .owner("team-a")
            .role("admin")
            .permissions(java.util.Set.of("read"))
            .expiresIn(Duration.ofDays(30))
            .metadata(Map.of("k", "v"))
            .handOff(Duration.ofMinutes(10))
            .build());

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void theSuccessorHasTheSameRightsAndTheLifetimeThatWasAskedForAndStartsUnused() {
        keys.verify(old.secret().reveal());
        keys.maintain();
        service.time.pass(Duration.ofDays(1));

        CreatedKey successor = keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(24)));

        ApiKey key = keys.find(successor.id()).orElseThrow();
        assertThat(key).isEqualTo(successor.key());
        assertThat(key.name()).isEqualTo("ci deploy");
        assertThat(key.description()).isEqualTo("why");
        assertThat(key.owner()).isEqualTo("team-a");
        assertThat(key.role()).isEqualTo("admin");
        assertThat(key.permissions()).containsExactly("read");
        assertThat(key.metadata()).isEqualTo(Map.of("k", "v"));
        assertThat(key.expiresAt()).isEqualTo(service.time.instant().plus(Duration.ofDays(30)));
        assertThat(key.createdAt()).isEqualTo(service.time.instant());
        assertThat(key.usageCount()).isZero();
        assertThat(key.lastUsedAt()).isNull();
        assertThat(key.version()).isOne();
        assertThat(key.rotatedFrom()).isEqualTo(old.id());
        assertThat(key.rotatedTo()).isNull();
        assertThat(successor.handOff()).isEmpty();

        ApiKey before = keys.find(old.id()).orElseThrow();
        assertThat(before.rotatedTo()).isEqualTo(successor.id());
        assertThat(before.revokedAt()).isEqualTo(service.time.instant().plus(Duration.ofHours(24)));
        assertThat(before.revokedReason()).isEqualTo("rotated");
        assertThat(before.usageCount()).isOne();
    }

    @Test
    void bothSecretsHoldDuringTheGraceAndThenOnlyTheNewOne() {
        CreatedKey successor = keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));

        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
        service.time.pass(Duration.ofHours(1));
        assertCode(keys.verify(old.secret().reveal()), Code.REVOKED);
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
    }

    @Test
    void withoutGraceTheOldKeyEndsAtOnce() {
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);

        keys.rotate(old.id(), Rotation.immediate());

        assertCode(keys.verify(old.secret().reveal()), Code.REVOKED);
    }

    @Test
    void withoutGraceTheOldKeyEndsAlsoWhereTheClockIsBehind() {
        ApiKeyManager other = service.start(service.builder().clock(new MovableTime()));
        service.time.pass(Duration.ofMinutes(1));

        keys.rotate(old.id(), Rotation.immediate());

        assertCode(other.verify(old.secret().reveal()), Code.DISABLED);
    }

    @Test
    void aKeyInItsGraceCanBeDisabledAndEnabled() {
        keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));

        keys.disable(old.id());
        keys.enable(old.id());

        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    @Test
    void graceDoesNotOutliveTheKeysOwnEnd() {
        keys.rotate(old.id(), Rotation.withGrace(Duration.ofDays(365)));
        service.time.pass(Duration.ofDays(30));

        assertCode(keys.verify(old.secret().reveal()), Code.EXPIRED);
    }

    @Test
    void aRotationIsOneWriteOfBothRowsInTheOrderOfIds() {
        service.store.hooks.forgetCalls();

        keys.rotate(old.id(), Rotation.immediate());

        assertThat(service.store.hooks.calls()).containsExactly("find", "write");
        assertThat(service.store.rows()).hasSize(2);
    }

    @Test
    void theNewSecretCanBeHandedOverAndTheOldHandOffEnds() {
        CreatedKey successor =
                keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)).handOff(Duration.ofMinutes(5)));

        assertThat(keys.vault().claim(old.handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Unknown.class);
        HandOff handOff = successor.handOff().orElseThrow();
        assertThat(handOff.deadline()).isEqualTo(service.time.instant().plus(Duration.ofMinutes(5)));
        assertThat(handOff.keyId()).isEqualTo(successor.id());
        Secret claimed =
                keys.vault().claim(handOff.ticket().reveal()).claimedSecret().orElseThrow();
        assertThat(successor.secret().matches(claimed.reveal())).isTrue();
    }

    private void assertConflict(String state) {
        List<KeyRow> before = service.store.rows();
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.rotate(
                        old.id(), Rotation.withGrace(Duration.ofHours(1)).handOff(Duration.ofMinutes(1))))
                .withMessageContaining(state)
                .withMessageContaining("nothing was changed")
                .satisfies(e -> assertThat(e.keyId()).isEqualTo(old.id()));
        assertThat(service.store.rows()).isEqualTo(before);
        assertThat(service.temp.rows()).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void aRevokedKeyIsNotRotated() {
        keys.revoke(old.id(), "x");
        assertConflict("REVOKED");
    }

    @Test
    void aDisabledKeyIsNotRotated() {
        keys.disable(old.id());
        assertConflict("DISABLED");
    }

    @Test
    void anExpiredKeyIsNotRotated() {
        service.time.pass(Duration.ofDays(30));
        assertConflict("EXPIRED");
    }

    @Test
    void aQuarantinedKeyIsNotRotated() {
        service.edit(old.id(), "permissions", "{{{");
        assertConflict("quarantined");
    }

    @Test
    void aDamagedKeyIsNotRotated() {
        service.edit(old.id(), "metadata", "?");
        assertConflict("metadata");
    }

    @Test
    void aRotatedKeyIsNotRotatedAgainNotEvenDuringItsGrace() {
        CreatedKey successor = keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));
        assertConflict("was rotated to " + successor.id());
        service.time.pass(Duration.ofHours(1));
        assertConflict("was rotated to " + successor.id());
        assertThat(keys.rotate(successor.id(), Rotation.immediate()).key().rotatedFrom())
                .isEqualTo(successor.id());
    }

    @Test
    void aRepairedListGoesOnAsItStands() {
        service.edit(old.id(), "permissions", "read,");

        CreatedKey successor = keys.rotate(old.id(), Rotation.immediate());

        assertThat(service.store.row(successor.id().value()).permissions()).isEqualTo("read,");
        assertThat(successor.key().granted()).containsExactly("read");
    }

    @Test
    void aFailedRotationLeavesTheOldKeyAndNothingOfTheNewOne() {
        for (boolean unknown : new boolean[] {true, false}) {
            service.store.hooks.before(
                    "write", Hooks.throwing(() -> new StorageException("down", null, unknown, null)));
            KeyId[] failed = new KeyId[1];
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> keys.rotate(old.id(), Rotation.immediate().handOff(Duration.ofMinutes(1))))
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isEqualTo(unknown))
                    .satisfies(e -> failed[0] = KeyId.of(e.keyId().orElseThrow()));
            assertThat(failed[0]).isNotEqualTo(old.id());
            assertThat(keys.vault().handOffStatus(failed[0])).isInstanceOf(TempKeyVault.Status.None.class);
        }
        service.store.hooks.clear();
        assertThat(service.store.rows()).hasSize(1);
        assertThat(keys.vault().handOffStatus(old.id()))
                .as("the old hand-off")
                .isInstanceOf(TempKeyVault.Status.Waiting.class);
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    @Test
    void aFullVaultStopsARotation() {
        service.temp.maxLive = 1;

        assertThatExceptionOfType(VaultFullException.class)
                .isThrownBy(() -> keys.rotate(old.id(), Rotation.immediate().handOff(Duration.ofMinutes(1))));
        assertThat(service.store.rows()).hasSize(1);
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    @Test
    void aRotationThatMetAChangeOfTheKeyTakesItAlong() {
        service.store.hooks.before(
                "write",
                Hooks.once(() -> keys.update(
                        old.id(), KeyUpdate.builder().name("renamed").build())));

        CreatedKey successor = keys.rotate(old.id(), Rotation.immediate().handOff(Duration.ofMinutes(1)));

        assertThat(successor.key().name()).isEqualTo("renamed");
        assertThat(service.store.rows()).hasSize(2);
        assertThat(service.temp.waiting()).as("one hand-off, the new key's").hasSize(1);
        assertThat(keys.vault().claim(successor.handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Claimed.class);
    }

    @Test
    void aRotationThatMetARevocationFails() {
        service.store.hooks.before("write", Hooks.once(() -> keys.revoke(old.id(), "leaked")));

        assertConflictAfterRace("REVOKED");
    }

    @Test
    void aRotationThatMetAnotherRotationFails() {
        service.store.hooks.before(
                "write", Hooks.once(() -> keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)))));

        assertConflictAfterRace("was rotated to");
        assertThat(service.store.rows()).hasSize(2);
    }

    private void assertConflictAfterRace(String state) {
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.rotate(old.id(), Rotation.immediate().handOff(Duration.ofMinutes(1))))
                .withMessageContaining(state);
        assertThat(service.temp.waiting()).isEmpty();
    }

    @Test
    void ofManyRotationsAtOnceOneWins() throws Exception {
        int racers = 16;
        CyclicBarrier start = new CyclicBarrier(racers);
        ExecutorService threads = Executors.newFixedThreadPool(racers);
        try {
            List<Callable<Boolean>> rotations = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                rotations.add(() -> {
                    start.await(20, TimeUnit.SECONDS);
                    try {
                        keys.rotate(
                                old.id(),
                                Rotation.withGrace(Duration.ofHours(1)).handOff(Duration.ofMinutes(1)));
                        return true;
                    } catch (ConflictException lost) {
                        return false;
                    }
                });
            }
            int winners = 0;
            for (Future<Boolean> rotation : threads.invokeAll(rotations)) {
                winners += rotation.get() ? 1 : 0;
            }
            assertThat(winners).isOne();
        } finally {
            threads.shutdown();
        }
        assertThat(service.store.rows()).hasSize(2);
        assertThat(service.temp.waiting()).hasSize(1);
    }
}
