package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Update, revoke, disable, enable, delete: each a compare-and-set of what was read. */
class EditTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(specWithHandOff());
    private final KeyId id = created.id();

    @AfterEach
    void close() {
        service.close();
    }

    private Verification verify() {
        return keys.verify(created.secret().reveal());
    }

    private boolean waitsInTheVault() {
        return keys.vault().handOffStatus(id) instanceof TempKeyVault.Status.Waiting;
    }

    @Test
    void anUpdateChangesWhatIsCalledAndNothingElse() {
        service.time.pass(Duration.ofSeconds(3));
        Instant end = service.time.instant().plus(Duration.ofDays(1)).plusNanos(999);

        ApiKey updated = keys.update(
                id,
                KeyUpdate.builder()
                        .name("renamed")
                        .description("why")
                        .owner("team-b")
                        .metadata(Map.of("k", "v"))
                        .expiresAt(end)
                        .build());

        ApiKey before = created.key();
        assertThat(updated).isEqualTo(keys.find(id).orElseThrow());
        assertThat(updated.name()).isEqualTo("renamed");
        assertThat(updated.description()).isEqualTo("why");
        assertThat(updated.owner()).isEqualTo("team-b");
        assertThat(updated.metadata()).isEqualTo(Map.of("k", "v"));
        assertThat(updated.expiresAt()).isEqualTo(end.minusNanos(999));
        assertThat(updated.updatedAt()).isEqualTo(service.time.instant());
        assertThat(updated.version()).isEqualTo(2);
        assertThat(updated.createdAt()).isEqualTo(before.createdAt());
        assertThat(updated.role()).isEqualTo(before.role());
        assertThat(updated.permissions()).isEqualTo(before.permissions());
        assertThat(waitsInTheVault()).isTrue();

        ApiKey cleared = keys.update(
                id,
                KeyUpdate.builder()
                        .description(null)
                        .owner(null)
                        .expiresAt(null)
                        .metadata(Map.of())
                        .build());
        assertThat(cleared.description()).isNull();
        assertThat(cleared.owner()).isNull();
        assertThat(cleared.expiresAt()).isNull();
        assertThat(cleared.metadata()).isEmpty();
        assertThat(cleared.name()).isEqualTo("renamed");
    }

    @Test
    void anUpdateOfRoleAndPermissionsKeepsTheOneWithinTheOther() {
        assertThat(keys.update(id, KeyUpdate.builder().role("admin").build()).granted())
                .containsExactly("read", "upload");
        assertThat(keys.update(
                                id,
                                KeyUpdate.builder()
                                        .role("read_only")
                                        .permissions(Set.of("read"))
                                        .build())
                        .granted())
                .containsExactly("read");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.update(
                        id, KeyUpdate.builder().permissions(Set.of("upload")).build()));
        assertThat(keys.update(
                                id,
                                KeyUpdate.builder()
                                        .role(null)
                                        .permissions(Set.of("anything"))
                                        .build())
                        .granted())
                .containsExactly("anything");
        assertThat(keys.update(id, KeyUpdate.builder().permissions(Set.of()).build())
                        .granted())
                .isEmpty();
    }

    @Test
    void aStaleVersionConflictsAndChangesNothing() {
        KeyUpdate first = KeyUpdate.builder().name("first").build();
        ApiKeyManager expecting = keys.provided(Precondition.version(1));
        expecting.update(id, first);
        KeyRow before = service.store.row(id.value());

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() ->
                        expecting.update(id, KeyUpdate.builder().name("second").build()))
                .withMessageContaining(id.value())
                .withMessageContaining("version 2, not 1")
                .withMessageContaining("nothing was changed")
                .satisfies(e -> assertThat(e.keyId()).isEqualTo(id));
        assertThat(service.store.row(id.value())).isEqualTo(before);
    }

    @Test
    void anExpectedVersionAlsoHoldsWhenARaceIsLost() {
        service.store.hooks.before(
                "write",
                Hooks.once(
                        () -> keys.update(id, KeyUpdate.builder().name("faster").build())));

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.provided(Precondition.version(1))
                        .update(id, KeyUpdate.builder().name("slower").build()))
                .withMessageContaining("version 2");
        assertThat(keys.find(id).orElseThrow().name()).isEqualTo("faster");
    }

    @Test
    void aLostRaceIsTriedAgainOnWhatTheWinnerWrote() {
        service.store.hooks.before(
                "write",
                Hooks.once(() ->
                        keys.update(id, KeyUpdate.builder().owner("winner").build())));

        ApiKey updated = keys.update(id, KeyUpdate.builder().name("loser").build());

        assertThat(updated.owner()).isEqualTo("winner");
        assertThat(updated.name()).isEqualTo("loser");
        assertThat(updated.version()).isEqualTo(3);
        assertThat(updated).isEqualTo(keys.find(id).orElseThrow());
    }

    @Test
    void racesAreNotLostForEver() {
        service.store.lostWrites.set(1_000_000);
        service.store.hooks.forgetCalls();

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.revoke(id, "leaked"))
                .withMessageContaining("being changed by others");
        assertThat(service.store.hooks.calls("write")).isBetween(2L, 100L);
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.rotate(id, Rotation.immediate().handOff(Duration.ofMinutes(1))));
        assertThat(service.temp.waiting()).as("only the first hand-off waits").hasSize(1);
    }

    @Test
    void aWriteThatDoesNotChangePermissionsWritesTheTextItRead() {
        String damaged = "[\" read\\,\\download\\]";
        service.edit(id, "permissions", damaged);

        keys.update(id, KeyUpdate.builder().name("renamed").build());
        keys.disable(id);
        keys.enable(id);
        keys.revoke(id, "x");

        assertThat(service.store.row(id.value()).permissions()).isEqualTo(damaged);
        service.edit(id, "permissions", "{{{");
        service.edit(id, "metadata", "???");
        service.edit(id, "revokedAt", null);
        keys.update(id, KeyUpdate.builder().name("again").build());
        assertThat(service.store.row(id.value()).permissions()).isEqualTo("{{{");
        assertThat(service.store.row(id.value()).metadata()).isEqualTo("???");
    }

    @Test
    void aDamagedKeyCanBeRepairedFieldByField() {
        service.edit(id, "metadata", "???");
        service.edit(id, "permissions", "{{{");
        service.edit(id, "expiresAt", KeyRow.UNREADABLE);
        service.edit(id, "disabledAt", KeyRow.UNREADABLE);
        assertThat(keys.find(id).orElseThrow().damaged())
                .containsExactly("disabledAt", "expiresAt", "metadata", "permissions");

        keys.update(
                id,
                KeyUpdate.builder()
                        .metadata(Map.of())
                        .expiresAt(null)
                        .permissions(Set.of("read"))
                        .build());
        keys.enable(id);

        assertThat(keys.find(id).orElseThrow().damaged()).isEmpty();
        assertCode(verify(), Code.VALID);
    }

    @Test
    void aKeyWhoseVersionCannotBeReadIsLeftAsItIs() {
        service.edit(id, "version", KeyRow.UNREADABLE);

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.revoke(id, "x"))
                .withMessageContaining("correct it in the store");
    }

    @Test
    void revokeHoldsForEveryVerificationThatBeginsAfterwards() {
        assertCode(verify(), Code.VALID);
        service.time.pass(Duration.ofSeconds(1));

        ApiKey revoked = keys.revoke(id, "leaked");

        assertThat(revoked.status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(revoked.revokedAt()).isEqualTo(service.time.instant());
        assertThat(revoked.revokedReason()).isEqualTo("leaked");
        assertCode(verify(), Code.REVOKED);
        assertThat(waitsInTheVault()).isFalse();
    }

    @Test
    void aKeyIsRevokedOnce() {
        ApiKey revoked = keys.revoke(id, "first");
        KeyRow row = service.store.row(id.value());
        service.time.pass(Duration.ofSeconds(1));

        assertThat(keys.revoke(id, "second")).isEqualTo(revoked);
        assertThat(service.store.row(id.value())).isEqualTo(row);
    }

    @Test
    void revokeEndsTheGraceOfARotation() {
        keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)));
        assertCode(verify(), Code.VALID);

        assertThat(keys.revoke(id, "leaked").revokedReason()).isEqualTo("leaked");
        assertCode(verify(), Code.REVOKED);
    }

    @Test
    void disableAndEnableSwitchAKeyAndTwiceIsHarmless() {
        ApiKey disabled = keys.disable(id);
        assertThat(disabled.status()).isEqualTo(KeyStatus.DISABLED);
        assertThat(disabled.disabledAt()).isEqualTo(service.time.instant());
        assertCode(verify(), Code.DISABLED);
        assertThat(waitsInTheVault()).isFalse();

        service.time.pass(Duration.ofSeconds(1));
        assertThat(keys.disable(id)).isEqualTo(disabled);
        ApiKey enabled = keys.enable(id);
        assertThat(enabled.status()).isEqualTo(KeyStatus.ACTIVE);
        assertThat(enabled.disabledAt()).isNull();
        assertThat(keys.enable(id)).isEqualTo(enabled);
        assertCode(verify(), Code.VALID);
        assertThat(service.store.row(id.value()).version()).isEqualTo(3);
    }

    @Test
    void aRevokedKeyIsNeitherDisabledNorEnabled() {
        keys.revoke(id, "x");

        for (Runnable change : List.<Runnable>of(() -> keys.disable(id), () -> keys.enable(id))) {
            assertThatExceptionOfType(ConflictException.class)
                    .isThrownBy(change::run)
                    .withMessageContaining("REVOKED");
        }
    }

    @Test
    void aRevocationHoldsOnANodeWhoseClockIsBehindAndIsNotTakenBackThere() {
        MovableTime behind = new MovableTime();
        ApiKeyManager other = service.start(service.builder().clock(behind));
        service.time.pass(Duration.ofMinutes(1));
        keys.revoke(id, "leaked");

        assertCode(other.verify(created.secret().reveal()), Code.DISABLED);
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> other.enable(id))
                .withMessageContaining("clock is ahead");
        behind.pass(Duration.ofMinutes(1));
        assertCode(other.verify(created.secret().reveal()), Code.REVOKED);
    }

    @Test
    void aRevocationHoldsWhenTheClockIsSetBack() {
        service.time.pass(Duration.ofMinutes(1));
        keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)));
        keys.revoke(id, "leaked");

        service.time.pass(Duration.ofSeconds(-30));

        assertCode(verify(), Code.DISABLED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRevocationByAClockThatIsPastTheGraceHoldsWhenItIsSetBack(boolean all) {
        keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)));
        Instant grace = keys.find(id).orElseThrow().revokedAt();
        service.time.pass(Duration.ofHours(2));
        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);

        for (int time = 0; time < 2; time++) {
            if (all) {
                keys.revokeAll(KeyQuery.all(), "leaked");
            } else {
                keys.revoke(id, "leaked");
            }
        }
        service.time.pass(Duration.ofHours(-2));

        assertCode(verify(), Code.DISABLED);
        assertThat(keys.find(id).orElseThrow().revokedAt()).isEqualTo(grace);
        assertThat(keys.find(id).orElseThrow().version()).isEqualTo(3);
        assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> keys.enable(id));
    }

    @Test
    void deleteRemovesTheKeyAndWhatWaitsForIt() {
        assertCode(verify(), Code.VALID);

        assertThat(keys.delete(id)).isTrue();
        assertThat(keys.delete(id)).isFalse();

        assertThat(keys.find(id)).isEmpty();
        assertCode(verify(), Code.UNKNOWN);
        assertThat(service.temp.rows()).isEmpty();
    }

    @Test
    void aChangeIsDoneEvenIfWhatWaitsCannotBeDiscarded() {
        service.temp.hooks.before("discard", Hooks.throwing(() -> new StorageException("down", null)));

        try (CapturedLog log = new CapturedLog()) {
            assertThat(keys.disable(id).status()).isEqualTo(KeyStatus.DISABLED);
            keys.enable(id);
            assertThat(keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)))).isNotNull();
            assertThat(keys.revoke(id, "x").status()).isEqualTo(KeyStatus.REVOKED);
            assertThat(keys.delete(id)).isTrue();
            assertThat(log.lines("could not be discarded")).hasSize(4);
        }
    }

    @Test
    void anOutageReachesTheCallerAndChangesNothing() {
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        service.store.hooks.before("delete", Hooks.throwing(() -> new StorageException("down", null)));
        KeyRow before = service.store.row(id.value());

        for (Runnable change : List.<Runnable>of(
                () -> keys.update(id, KeyUpdate.builder().name("x").build()),
                () -> keys.revoke(id, "x"),
                () -> keys.revokeAll(KeyQuery.all(), "x"),
                () -> keys.disable(id),
                () -> keys.rotate(id, Rotation.immediate()),
                () -> keys.delete(id))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(change::run)
                    .withMessageContaining("down")
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        }
        assertThat(service.store.row(id.value())).isEqualTo(before);
        assertThat(waitsInTheVault()).isTrue();
        assertThat(service.told.events()).extracting(KeyEvent::type).isSubsetOf(KeyEvent.Type.CREATED);
    }

    @Test
    void revokeAllRevokesAllThatMatchesWithAnyLimit() {
        for (int i = 0; i < 25; i++) {
            keys.create(KeySpec.builder("x")
                    .role("admin")
                    .owner(i % 2 == 0 ? "even" : "odd")
                    .build());
        }
        KeyQuery even = KeyQuery.all().owner("even").limit(3);

        assertThat(keys.revokeAll(even, "leaver")).isEqualTo(13);
        assertThat(keys.revokeAll(even, "again")).isZero();
        assertThat(keys.list(KeyQuery.all().status(KeyStatus.REVOKED)).items())
                .hasSize(13)
                .allMatch(
                        key -> key.owner().equals("even") && key.revokedReason().equals("leaver"));
        assertCode(verify(), Code.VALID);
        assertThat(keys.revokeAll(KeyQuery.all().status(KeyStatus.ACTIVE), "all"))
                .isEqualTo(13);
        assertCode(verify(), Code.REVOKED);
    }

    @Test
    void revokeAllGoesOnWhereAStoreStopsEarly() {
        keys.createAll(Collections.nCopies(9, spec()));
        service.store.maxSlice = 2;

        assertThat(keys.revokeAll(KeyQuery.all(), "x")).isEqualTo(10);
    }

    @Test
    void revokeAllPassesOverKeysThatAreDeletedMeanwhile() {
        CreatedKey other = keys.create(spec());
        service.store.hooks.after("list", Hooks.once(() -> keys.delete(id)));

        assertThat(keys.revokeAll(KeyQuery.all(), "x")).isOne();
        assertCode(keys.verify(other.secret().reveal()), Code.REVOKED);
    }

    @Test
    void revokeAllPassesOverAKeyThatCannotBeChangedAndNamesItAtTheEnd() {
        CreatedKey damaged = keys.create(spec());
        CreatedKey alsoDamaged = keys.create(spec());
        CreatedKey other = keys.create(spec());
        service.edit(damaged.id(), "version", 0L);
        service.edit(alsoDamaged.id(), "version", Long.MAX_VALUE);

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.revokeAll(KeyQuery.all(), "leaver"))
                .satisfies(e -> assertThat(e.keyId()).isIn(damaged.id(), alsoDamaged.id()))
                .withMessageContaining("correct it in the store");
        assertCode(verify(), Code.REVOKED);
        assertCode(keys.verify(other.secret().reveal()), Code.REVOKED);
    }

    @ParameterizedTest
    @CsvSource({"false, " + Long.MIN_VALUE, "true, " + Long.MIN_VALUE, "false, -100000000000000000"})
    void aRevocationAtATimeThatCannotBeReadIsMadeAnew(boolean all, long at) {
        service.edit(id, "revokedAt", at);

        int revoked = all ? keys.revokeAll(KeyQuery.all(), "leaked") : 1;
        ApiKey key = all ? keys.find(id).orElseThrow() : keys.revoke(id, "leaked");

        assertThat(revoked).isOne();
        assertThat(key.revokedAt()).isEqualTo(service.time.instant());
        assertThat(key.revokedReason()).isEqualTo("leaked");
        assertThat(key.damaged()).isEmpty();
    }

    @Test
    void revokeAllCountsOnlyWhatItRevokedItself() {
        service.store.hooks.after("list", Hooks.once(() -> keys.revoke(id, "somebody else")));

        assertThat(keys.revokeAll(KeyQuery.all(), "x")).isZero();
        assertThat(keys.find(id).orElseThrow().revokedReason()).isEqualTo("somebody else");
    }

    @Test
    void revokeAllCanBeRepeatedAfterAFailure() {
        keys.createAll(List.of(spec(), spec(), spec()));
        Runnable[] failing = {() -> {}, Hooks.throwing(() -> new StorageException("down", null)), () -> {}};
        int[] writes = {0};
        service.store.hooks.before("write", () -> failing[Math.min(writes[0]++, 2)].run());

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> keys.revokeAll(KeyQuery.all(), "x"));
        assertThat(keys.revokeAll(KeyQuery.all(), "x")).isEqualTo(3);
        assertThat(keys.list(KeyQuery.all()).items()).allMatch(key -> key.status() == KeyStatus.REVOKED);
    }

    private KeyQuery unusedForADay() {
        return KeyQuery.all().unusedSince(service.time.instant().minus(Duration.ofDays(1)));
    }

    @Test
    void revokeAllOfWhatIsUnusedSparesWhatWasUsedHereAndIsNotWritten() {
        CreatedKey unused = keys.create(spec());
        service.time.pass(Duration.ofDays(2));
        assertCode(verify(), Code.VALID);
        for (boolean flushFails : new boolean[] {true, false}) {
            if (flushFails) {
                service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));
            }
            service.store.hooks.forgetCalls();

            assertThat(keys.revokeAll(unusedForADay(), "unused")).isEqualTo(flushFails ? 1 : 0);
            assertThat(service.store.hooks.calls().get(0)).isEqualTo("addUsage");
            assertCode(verify(), Code.VALID);
            service.store.hooks.clear();
        }
        assertCode(keys.verify(unused.secret().reveal()), Code.REVOKED);
    }

    @Test
    void whatChoosesUnusedKeysWritesTheUsesOfThisNodeFirstAndDoesNothingElseOfMaintenance() {
        ApiKeyManager purging = service.start(service.builder().retention(Duration.ofDays(1)));
        service.time.pass(Duration.ofDays(2));
        for (Runnable choosing : List.<Runnable>of(
                () -> assertThat(purging.count(unusedForADay(), 10)).isZero(),
                () -> assertThat(purging.revokeAll(unusedForADay(), "unused")).isZero())) {
            assertCode(purging.verify(created.secret().reveal()), Code.VALID);
            service.store.hooks.forgetCalls();
            service.temp.hooks.forgetCalls();

            choosing.run();

            assertThat(service.store.hooks.calls()).containsExactly("addUsage", "list");
            assertThat(service.temp.hooks.calls()).isEmpty();
        }
        assertCode(purging.verify(created.secret().reveal()), Code.VALID);
        service.store.hooks.forgetCalls();
        purging.count(KeyQuery.all(), 10);
        assertThat(service.store.hooks.calls()).as("of any keys").containsExactly("list");
    }

    @Test
    void aCountOfUnusedKeysIsGivenAlsoIfTheirUsesCannotBeWritten() {
        service.time.pass(Duration.ofDays(2));
        assertCode(verify(), Code.VALID);
        service.store.hooks.before("addUsage", Hooks.throwing(() -> new StorageException("down", null)));

        assertThat(keys.count(unusedForADay(), 10)).isOne();

        service.store.hooks.clear();
        assertThat(keys.count(unusedForADay(), 10)).isZero();
    }

    @Test
    void revokeAllOfWhatIsUnusedSparesWhatAnotherNodeUsedMeanwhile() {
        CreatedKey unused = keys.create(spec());
        service.time.pass(Duration.ofDays(2));
        service.store.hooks.before("write", Hooks.once(() -> service.edit(id, "lastUsedAt", service.time.millis())));
        service.edit(
                unused.id(),
                "lastUsedAt",
                service.time.millis() - Duration.ofDays(2).toMillis());

        assertThat(keys.revokeAll(unusedForADay(), "unused")).isOne();

        assertCode(verify(), Code.VALID);
        assertCode(keys.verify(unused.secret().reveal()), Code.REVOKED);
    }

    @Test
    void revokeAllLooksAgainAtAKeyThatAnotherOneChanged() {
        CreatedKey other =
                keys.create(KeySpec.builder("x").role("admin").owner("leaver").build());
        service.store.hooks.after(
                "list",
                Hooks.once(() -> keys.update(
                        other.id(), KeyUpdate.builder().owner("heir").build())));

        assertThat(keys.revokeAll(KeyQuery.all().owner("leaver"), "left")).isZero();
        assertCode(keys.verify(other.secret().reveal()), Code.VALID);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, 0, -1})
    void aVersionFromWhichNothingCanBeCountedIsRefusedAndShownAsDamaged(long version) {
        service.edit(id, "version", version);

        assertCode(verify(), Code.CORRUPT_RECORD);
        assertThat(keys.find(id).orElseThrow().damaged()).contains("version");
        assertThat(keys.list(KeyQuery.all()).items())
                .singleElement()
                .satisfies(key -> assertThat(key.damaged()).contains("version"));
        for (Runnable change : List.<Runnable>of(
                () -> keys.disable(id), () -> keys.revoke(id, "x"), () -> keys.rotate(id, Rotation.immediate()))) {
            assertThatExceptionOfType(ConflictException.class)
                    .isThrownBy(change::run)
                    .withMessageMatching(".*correct (it|them) in the store.*");
        }
    }

    /** Else a key could be prolonged for ever, a little at a time. */
    @Test
    void theMaximumLifetimeCountsFromTheCreationAndNotFromTheChange() {
        ApiKeyManager strict = service.start(service.builder().maxLifetime(Duration.ofDays(10)));
        KeyId id = strict.create(Service.spec()).id();
        Instant latest = service.time.instant().plus(Duration.ofDays(10));
        service.time.pass(Duration.ofDays(4));

        assertThat(strict.update(id, KeyUpdate.builder().expiresAt(latest).build())
                        .expiresAt())
                .isEqualTo(latest);
        assertThatThrownBy(() -> strict.update(
                        id, KeyUpdate.builder().expiresAt(latest.plusMillis(1)).build()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("after creation");
    }

    /** Both are kept in the attributes, of which the later change must not restore what the earlier one removed. */
    @Test
    void anEndAndAGraceAreSetInOneUpdate() {
        KeyId id = keys.create(KeySpec.builder("x")
                        .role("admin")
                        .expiresIn(Duration.ofDays(30))
                        .build())
                .id();
        KeyRow row = service.store.row(id.value());
        Instant end = service.time.instant().plus(Duration.ofDays(3));
        service.store.put(row.toBuilder()
                .rotatedTo(KeyId.random().value())
                .revokedAt(end.toEpochMilli())
                .build());

        keys.update(
                id,
                KeyUpdate.builder()
                        .expiresAt(end.plus(Duration.ofDays(1)))
                        .revokedFrom(end.minusMillis(1))
                        .build());

        assertThat(service.store.row(id.value()).attributes())
                .isEqualTo("{\"may\":{\"graceUntil\":" + end.toEpochMilli() + "}}");
    }
}
