package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
    void aRepairedListStaysAsStored() {
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

    private Instant in(Duration time) {
        return service.time.instant().plus(time);
    }

    private ApiKey moveGrace(Instant until) {
        return keys.update(old.id(), KeyUpdate.builder().revokedFrom(until).build());
    }

    @Test
    void theEndOfAGraceUnderWayIsMovedBothWaysAndRecordedInTheJournal() {
        keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));
        Instant asked = in(Duration.ofHours(1));
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);

        ApiKey prolonged = moveGrace(in(Duration.ofHours(5)));

        assertThat(prolonged.revokedAt()).isEqualTo(in(Duration.ofHours(5)));
        assertThat(prolonged.revokedReason()).isEqualTo("rotated");
        assertThat(keys.journal(JournalQuery.all().key(old.id())).items())
                .filteredOn(entry -> entry.type() == JournalEntry.Type.UPDATED)
                .singleElement()
                .satisfies(entry -> assertThat(entry.changes())
                        .containsEntry(
                                "revokedFrom",
                                new JournalEntry.Changed(
                                        asked.toString(),
                                        in(Duration.ofHours(5)).toString())));
        service.time.pass(Duration.ofHours(4));
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);

        moveGrace(in(Duration.ofMinutes(1)));

        service.time.pass(Duration.ofMinutes(1));
        assertCode(keys.verify(old.secret().reveal()), Code.REVOKED);
    }

    @Test
    void aGraceIsNeverProlongedByMoreThanTheMaximumHoweverOftenItIsMoved() {
        keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));
        Instant latest = in(Duration.ofHours(1).plus(Duration.ofDays(30)));
        moveGrace(in(Duration.ofMinutes(5)));
        moveGrace(latest);
        service.time.pass(Duration.ofDays(1));

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> moveGrace(latest.plusMillis(1)))
                .withMessageStartingWith("revokedFrom is " + latest.plusMillis(1))
                .withMessageContaining("at most " + latest);
        assertThat(moveGrace(latest).revokedAt()).isEqualTo(latest);
    }

    @Test
    void aMaximumOfZeroOnlyCutsAGrace() {
        ApiKeyManager strict = service.start(service.builder().maxGrace(Duration.ZERO));
        strict.rotate(old.id(), Rotation.withGrace(Duration.ofDays(2)));

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> strict.update(
                        old.id(),
                        KeyUpdate.builder()
                                .revokedFrom(in(Duration.ofDays(2)).plusMillis(1))
                                .build()));
        KeyUpdate cut = KeyUpdate.builder().revokedFrom(in(Duration.ofDays(1))).build();
        assertThat(strict.update(old.id(), cut).revokedAt()).isEqualTo(in(Duration.ofDays(1)));
    }

    /** A grace that another program wrote, which has not said how long it was to be. */
    @Test
    void aGraceOfUnknownLengthIsBoundByWhereItEndedWhenItWasFirstMoved() {
        service.edit(old.id(), "rotatedTo", KeyId.random().value());
        service.edit(old.id(), "revokedAt", in(Duration.ofDays(1)).toEpochMilli());
        Instant latest = in(Duration.ofDays(31));

        moveGrace(latest);

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> moveGrace(latest.plusMillis(1)))
                .withMessageContaining("at most " + latest);
    }

    @Test
    void aGraceIsNotMovedIntoThePast() {
        keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(1)));
        for (Duration from : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(-1))) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> moveGrace(in(from)))
                    .withMessageContaining("To end the grace now, call revoke");
        }
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    static Stream<Consumer<RotateTest>> keysInNoGrace() {
        Rotation rotation = Rotation.withGrace(Duration.ofHours(1));
        return Stream.of(
                test -> {}, // never rotated
                test -> test.keys.rotate(test.old.id(), Rotation.immediate()),
                test -> test.keys.revoke(test.old.id(), "leaked"),
                test -> test.service.edit(
                        test.old.id(), "revokedAt", test.in(Duration.ofHours(1)).toEpochMilli()),
                test -> {
                    test.keys.rotate(test.old.id(), rotation);
                    test.keys.disable(test.old.id());
                },
                test -> {
                    test.keys.rotate(test.old.id(), rotation);
                    test.keys.revoke(test.old.id(), "leaked");
                },
                test -> {
                    test.keys.rotate(test.old.id(), rotation);
                    test.service.time.pass(Duration.ofHours(1));
                });
    }

    @ParameterizedTest
    @MethodSource("keysInNoGrace")
    void nothingButAGraceUnderWayIsMoved(Consumer<RotateTest> before) {
        before.accept(this);
        KeyRow row = service.store.row(old.id().value());

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> moveGrace(in(Duration.ofHours(2))))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ConflictException.Reason.NOT_ACTIVE));
        assertThat(service.store.row(old.id().value())).isEqualTo(row);
    }

    @Test
    void theMaximumLifetimeBindsTheSuccessorOfAKeyWithoutEnd() {
        CreatedKey endless = keys.create(Service.spec());
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));

        CreatedKey successor = strict.rotate(endless.id(), Rotation.immediate());

        assertThat(endless.key().expiresAt()).isNull();
        assertThat(successor.key().expiresAt()).isEqualTo(in(Duration.ofDays(10)));
    }

    @Test
    void theMaximumLifetimeBindsALifetimeThatWasAskedForWhichIsCarriedOnAllTheSame() {
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));

        CreatedKey successor = strict.rotate(old.id(), Rotation.immediate());
        service.time.pass(Duration.ofDays(1));
        CreatedKey next = keys.rotate(successor.id(), Rotation.immediate());

        assertThat(successor.key().expiresAt())
                .isEqualTo(in(Duration.ofDays(10)).minus(Duration.ofDays(1)));
        assertThat(next.key().expiresAt()).isEqualTo(in(Duration.ofDays(30)));
    }

    @Test
    void anEndThatAnUpdateSetIsTheSuccessorsWithinTheMaximum() {
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));
        Instant end = in(Duration.ofDays(20));
        keys.update(old.id(), KeyUpdate.builder().expiresAt(end).build());
        service.time.pass(Duration.ofDays(1));

        CreatedKey bound = strict.rotate(old.id(), Rotation.immediate());
        assertThat(bound.key().expiresAt()).isEqualTo(in(Duration.ofDays(10)));
        keys.update(bound.id(), KeyUpdate.builder().expiresAt(end).build());

        assertThat(keys.rotate(bound.id(), Rotation.immediate()).key().expiresAt())
                .isEqualTo(end);
    }

    /** A lifetime was not asked for: the successor must not outlive the moment that was. */
    @Test
    void anEndThatTheCreationSetIsTheSuccessorsWithinTheMaximum() {
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));
        Instant end = in(Duration.ofDays(20));
        CreatedKey ending =
                keys.create(KeySpec.builder("x").role("admin").expiresAt(end).build());
        service.time.pass(Duration.ofDays(1));

        CreatedKey successor = keys.rotate(ending.id(), Rotation.immediate());
        assertThat(successor.key().expiresAt()).isEqualTo(end);
        assertThat(strict.rotate(successor.id(), Rotation.immediate()).key().expiresAt())
                .isEqualTo(in(Duration.ofDays(10)));
    }

    /** Such as that of a program whose keys were imported. */
    @Test
    void aRevocationThatLiesAheadIsNotPutOff() {
        Instant planned = in(Duration.ofHours(1));
        service.edit(old.id(), "revokedAt", planned.toEpochMilli());

        keys.rotate(old.id(), Rotation.withGrace(Duration.ofDays(1)));
        assertThat(keys.find(old.id()).orElseThrow().revokedAt()).isEqualTo(planned);

        CreatedKey other = keys.create(Service.spec());
        service.edit(other.id(), "revokedAt", planned.toEpochMilli());
        keys.rotate(other.id(), Rotation.withGrace(Duration.ofMinutes(1)));
        assertThat(keys.find(other.id()).orElseThrow().revokedAt()).isEqualTo(in(Duration.ofMinutes(1)));
    }

    @Test
    void aRotationMayAskForALifetimeWithinTheMaximum() {
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> strict.rotate(
                        old.id(),
                        Rotation.immediate().expiresIn(Duration.ofDays(10).plusMillis(1))))
                .withMessageStartingWith("expiresIn is ");
        assertThat(service.store.rows()).hasSize(1);
        CreatedKey successor = strict.rotate(old.id(), Rotation.immediate().expiresIn(Duration.ofDays(3)));
        service.time.pass(Duration.ofDays(1));

        assertThat(successor.key().expiresAt()).isEqualTo(in(Duration.ofDays(2)));
        assertThat(keys.rotate(successor.id(), Rotation.immediate()).key().expiresAt())
                .as("asked for, so carried on")
                .isEqualTo(in(Duration.ofDays(3)));
    }

    @Test
    void aRotationMayGiveItsOwnMetadata() {
        CreatedKey other = keys.rotate(old.id(), Rotation.immediate().metadata(Map.of("k", "w")));
        CreatedKey none = keys.rotate(other.id(), Rotation.immediate().metadata(Map.of()));

        assertThat(other.key().metadata()).isEqualTo(Map.of("k", "w"));
        assertThat(none.key().metadata()).isEmpty();
    }

    @Test
    void aRepeatedRotationWhoseAnswerWasLostIsRecognised() {
        KeyId chosen = KeyId.random();
        Rotation rotation = Rotation.withGrace(Duration.ofHours(1)).id(chosen).handOff(Duration.ofMinutes(5));
        service.store.hooks.after("write", Hooks.throwing(() -> new StorageException("lost", null, true, null)));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.rotate(old.id(), rotation))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue())
                .satisfies(e -> assertThat(e.keyId()).contains(chosen.value()));
        service.store.hooks.clear();
        List<KeyRow> rows = service.store.rows();

        assertThatExceptionOfType(KeyExistsException.class)
                .as("it was done")
                .isThrownBy(() -> keys.rotate(old.id(), rotation))
                .satisfies(e -> assertThat(e.keyId()).contains(chosen.value()));
        assertThatExceptionOfType(ConflictException.class)
                .as("another one was done")
                .isThrownBy(() -> keys.rotate(old.id(), Rotation.immediate().id(KeyId.random())))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ConflictException.Reason.ROTATED));
        assertThat(service.store.rows()).isEqualTo(rows).hasSize(2);
        assertThat(keys.rotate(chosen, Rotation.immediate()).key().rotatedFrom())
                .as("a new secret instead of the lost one")
                .isEqualTo(chosen);
    }

    @Test
    void aRotationThatWasNotDoneIsDoneWhenItIsRepeated() {
        Rotation rotation = Rotation.immediate().id(KeyId.random());
        service.store.hooks.before("write", Hooks.once(() -> {
            throw new StorageException("lost", null, true, null);
        }));
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> keys.rotate(old.id(), rotation));

        assertThat(keys.rotate(old.id(), rotation).id()).isEqualTo(rotation.id());
    }

    @Test
    void aChosenIdThatExistsStopsARotation() {
        CreatedKey other = keys.create(Service.spec());
        List<KeyRow> rows = service.store.rows();

        assertThatExceptionOfType(KeyExistsException.class)
                .isThrownBy(() -> keys.rotate(
                        old.id(), Rotation.immediate().id(other.id()).handOff(Duration.ofMinutes(5))));
        assertThat(service.store.rows()).isEqualTo(rows);
        assertThat(service.temp.waiting()).as("the old key's").hasSize(1);
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    @Test
    void aKeyCannotBeItsOwnSuccessor() {
        service.temp.hooks.forgetCalls();

        assertThatExceptionOfType(KeyExistsException.class)
                .isThrownBy(() -> keys.rotate(
                        old.id(),
                        Rotation.immediate().handOff(Duration.ofMinutes(1)).id(old.id())));

        assertThat(service.temp.hooks.calls()).isEmpty();
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }

    /** The end would lie before the year 1: the old key revoked, and its successor unusable. */
    @Test
    void aStoredLifetimeWithoutEndIsRefusedAndTheOldKeyStays() {
        service.edit(old.id(), "attributes", "{\"may\":{\"lifetime\":" + Long.MAX_VALUE + "}}");

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> keys.rotate(old.id(), Rotation.immediate()))
                .withMessageContaining("expiresIn")
                .withMessageContaining("before the year 10000");

        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
        CreatedKey successor = keys.rotate(old.id(), Rotation.immediate().expiresIn(Duration.ofDays(1)));
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
    }
}
