package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Making keys, and what is left if that fails: nothing that can be used. */
class CreateTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void aKeyIsStoredAsSpecified() {
        CreatedKey created = keys.create(KeySpec.builder("ci deploy \uD83D\uDE80")
                .description("deploys; \"nightly\"")
                .owner("team-a")
                .role("admin")
                .permissions(Set.of("upload", "read"))
                .expiresIn(Duration.ofDays(90))
                .metadata(Map.of("b", "2", "a", "1"))
                .build());

        ApiKey key = keys.find(created.id()).orElseThrow();
        assertThat(key).isEqualTo(created.key());
        assertThat(key.name()).isEqualTo("ci deploy \uD83D\uDE80");
        assertThat(key.description()).isEqualTo("deploys; \"nightly\"");
        assertThat(key.owner()).isEqualTo("team-a");
        assertThat(key.role()).isEqualTo("admin");
        assertThat(key.permissions()).containsExactly("read", "upload");
        assertThat(key.status()).isEqualTo(KeyStatus.ACTIVE);
        assertThat(key.createdAt()).isEqualTo(service.time.instant()).isEqualTo(key.updatedAt());
        assertThat(key.expiresAt()).isEqualTo(service.time.instant().plus(Duration.ofDays(90)));
        assertThat(key.metadata()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(key.metadata().keySet()).containsExactly("a", "b");
        assertThat(key.version()).isOne();
        assertThat(key.usageCount()).isZero();
        assertThat(key.damaged()).isEmpty();
        assertThat(service.store.row(key.id().value()).permissions()).isEqualTo("[\"read\",\"upload\"]");
        assertThat(created.handOff()).isEmpty();
        assertThat(service.temp.hooks.calls()).isEmpty();
    }

    @Test
    void aCreateCostsOneWriteAndWithAHandOffOneInsertMore() {
        keys.create(spec());
        keys.create(specWithHandOff());

        assertThat(service.store.hooks.calls()).containsExactly("write", "write");
        assertThat(service.temp.hooks.calls()).containsExactly("insert");
    }

    @Test
    void lifetimesAreTheSpecsElseTheDefaultElseTheMaximumElseNone() {
        KeySpec unsaid = spec();
        KeySpec said =
                KeySpec.builder("x").role("admin").expiresIn(Duration.ofDays(2)).build();
        ApiKeyManager defaulting = service.start(service.builder().defaultLifetime(Duration.ofDays(3)));
        ApiKeyManager bounded = service.start(service.builder().maxLifetime(Duration.ofDays(4)));
        ApiKeyManager both = service.start(
                service.builder().defaultLifetime(Duration.ofDays(3)).maxLifetime(Duration.ofDays(3)));

        assertThat(keys.create(unsaid).key().expiresAt()).isNull();
        assertThat(lifetime(keys.create(said))).isEqualTo(Duration.ofDays(2));
        assertThat(lifetime(defaulting.create(unsaid))).isEqualTo(Duration.ofDays(3));
        assertThat(lifetime(defaulting.create(said))).isEqualTo(Duration.ofDays(2));
        assertThat(lifetime(bounded.create(unsaid))).isEqualTo(Duration.ofDays(4));
        assertThat(lifetime(both.create(unsaid))).isEqualTo(Duration.ofDays(3));
    }

    @Test
    void aKeyThatNeverExpiresHasNoEndDespiteAnyDefault() {
        KeySpec endless = KeySpec.builder("x").role("admin").neverExpires().build();
        ApiKeyManager defaulting = service.start(service.builder().defaultLifetime(Duration.ofDays(3)));
        ApiKeyManager bounded = service.start(service.builder().maxLifetime(Duration.ofDays(4)));

        CreatedKey created = defaulting.create(endless);

        assertThat(created.key().expiresAt()).isNull();
        assertThat(defaulting.rotate(created.id(), Rotation.immediate()).key().expiresAt())
                .as("nor has its successor")
                .isNull();
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> bounded.create(endless))
                .withMessage("neverExpires is set; allowed: at most the maximum lifetime, PT96H");
        assertThat(bounded.list(KeyQuery.all()).items()).hasSize(2);
    }

    @Test
    void aKeyMayEndAtAMomentDespiteAnyDefault() {
        Instant end = service.time.instant().plus(Duration.ofDays(4));
        KeySpec ending = KeySpec.builder("x").role("admin").expiresAt(end).build();
        ApiKeyManager defaulting = service.start(service.builder().defaultLifetime(Duration.ofDays(3)));
        ApiKeyManager bounded = service.start(service.builder().maxLifetime(Duration.ofDays(4)));

        assertThat(defaulting.create(ending).key().expiresAt()).isEqualTo(end);
        assertThat(bounded.create(ending).key().expiresAt()).isEqualTo(end);
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> bounded.create(
                        ending.toBuilder().expiresAt(end.plusMillis(1)).build()))
                .withMessage("expiresAt is " + end.plusMillis(1)
                        + "; allowed: a moment ahead, at most the maximum lifetime, PT96H, from now");
        service.time.pass(Duration.ofDays(4));
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> defaulting.create(ending))
                .withMessage("expiresAt is " + end + "; allowed: a moment ahead");
        assertThat(keys.list(KeyQuery.all()).items()).hasSize(2);
    }

    @Test
    void aKeyHasOneEndOrNone() {
        Map<String, UnaryOperator<KeySpec.Builder>> ends = Map.of(
                "expiresIn", builder -> builder.expiresIn(Duration.ofDays(1)),
                "expiresAt", builder -> builder.expiresAt(service.time.instant()),
                "neverExpires", KeySpec.Builder::neverExpires);
        ends.forEach((first, begin) -> ends.forEach((second, end) -> {
            if (!first.equals(second)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> end.apply(begin.apply(KeySpec.builder("x"))))
                        .withMessage(first + " and " + second + " were both called; call one of them");
            }
        }));
    }

    private static KeySpec repeatable() {
        return KeySpec.builder("x")
                .role("admin")
                .id(KeyId.random())
                .handOff(Duration.ofMinutes(1))
                .build();
    }

    private static Duration lifetime(CreatedKey created) {
        return Duration.between(created.key().createdAt(), created.key().expiresAt());
    }

    @Test
    void aChosenIdMakesACreateRepeatable() {
        KeySpec spec = KeySpec.builder("x").role("admin").id(KeyId.random()).build();
        CreatedKey first = keys.create(spec);

        assertThatExceptionOfType(KeyExistsException.class)
                .isThrownBy(() -> keys.create(spec))
                .withMessageContaining(first.id().value())
                .satisfies(e -> assertThat(e.keyId()).contains(first.id().value()))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertCode(keys.verify(first.secret().reveal()), Code.VALID);
        assertThat(service.store.rows()).hasSize(1);
    }

    @Test
    void aRepeatedCreateLeavesTheHandOffOfTheFirstAlone() {
        KeySpec spec = repeatable();
        CreatedKey first = keys.create(spec);

        service.temp.maxLive = 1;
        assertThatExceptionOfType(KeyExistsException.class)
                .as("not that the vault is full")
                .isThrownBy(() -> keys.create(spec));
        assertThatExceptionOfType(KeyExistsException.class).isThrownBy(() -> keys.createAll(List.of(spec(), spec)));

        assertThat(service.temp.waiting()).hasSize(1);
        assertThat(keys.vault()
                        .claim(first.handOff().orElseThrow().ticket().reveal())
                        .claimedSecret())
                .get()
                .satisfies(secret -> assertCode(keys.verify(secret.reveal()), Code.VALID));
    }

    @Test
    void aCreateThatLosesTheRaceForItsIdLeavesTheWinnersHandOffAlone() {
        KeySpec spec = repeatable();
        List<CreatedKey> winner = new ArrayList<>();
        service.store.hooks.before("write", Hooks.once(() -> winner.add(keys.create(spec))));

        assertThatExceptionOfType(KeyExistsException.class).isThrownBy(() -> keys.create(spec));

        assertThat(keys.vault()
                        .claim(winner.get(0).handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Claimed.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFailingStoreLeavesNoTempKeyAndSaysWhetherTheKeyMayExist(boolean outcomeUnknown) {
        service.store.hooks.before(
                "write", Hooks.throwing(() -> new StorageException("connection lost", null, outcomeUnknown, null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(specWithHandOff()))
                .withMessageContaining("connection lost")
                .satisfies(e -> {
                    assertThat(e.outcomeUnknown()).isEqualTo(outcomeUnknown);
                    assertThat(e.keyId()).get().asString().startsWith("ak_");
                });
        assertThat(service.temp.hooks.calls()).containsExactly("insert", "remove");
        assertThat(service.temp.waiting()).isEmpty();
        assertThat(service.store.rows()).isEmpty();
    }

    @Test
    void whatAStoreThrowsUnexplainedLeavesTheOutcomeUnknownWithItsCause() {
        IllegalStateException broken = new IllegalStateException("broken driver");
        service.store.hooks.before("write", Hooks.throwing(() -> broken));
        KeyId id = KeyId.random();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() ->
                        keys.create(KeySpec.builder("x").role("admin").id(id).build()))
                .withMessageContaining("create")
                .withMessageContaining("store.write")
                .withCause(broken)
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue())
                .satisfies(e -> assertThat(e.keyId()).contains(id.value()));
    }

    @Test
    void aWriteWhoseAnswerIsLostLeavesAnUnusableKey() {
        service.store.hooks.after("write", Hooks.throwing(() -> new StorageException("answer lost", null, true, null)));
        KeyId id = KeyId.random();
        KeySpec spec = KeySpec.builder("x")
                .role("admin")
                .id(id)
                .handOff(Duration.ofMinutes(1))
                .build();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(spec))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        assertThat(service.store.hooks.calls("write")).as("no retry").isOne();
        assertThat(service.temp.waiting()).isEmpty();
        service.store.hooks.clear();
        assertThatExceptionOfType(KeyExistsException.class).isThrownBy(() -> keys.create(spec));
        assertThat(keys.delete(id)).isTrue();
        assertThat(keys.create(spec).id()).isEqualTo(id);
    }

    @Test
    void aFailingVaultMeansThatNoKeyWasCreatedForSure() {
        for (RuntimeException failure : new RuntimeException[] {
            new StorageException("full", null),
            new StorageException("answer lost", null, true, null),
            new KeyExistsException("ak_1", null),
            new IllegalStateException("broken")
        }) {
            service.temp.hooks.before("insert", Hooks.throwing(() -> failure));

            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> keys.create(specWithHandOff()))
                    .satisfies(e -> assertThat(e.outcomeUnknown())
                            .as("the key may exist: %s", failure)
                            .isFalse())
                    .satisfies(e -> assertThat(e).isNotInstanceOf(KeyExistsException.class))
                    .satisfies(e -> assertThat(e.keyId()).isPresent());
        }
        assertThat(service.store.hooks.calls()).isEmpty();
        assertThat(service.temp.hooks.calls("remove"))
                .as("what may have been put")
                .isEqualTo(3);
    }

    @Test
    void anInsertIntoTheVaultWhoseAnswerIsLostIsTakenBack() {
        service.temp.hooks.after("insert", Hooks.throwing(() -> new StorageException("lost", null, true, null)));

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> keys.create(specWithHandOff()));
        assertThat(service.temp.waiting()).isEmpty();
        assertThat(service.store.rows()).isEmpty();
    }

    /** A store that repeats an insert whose answer was lost meets its own row. */
    @Test
    void aTicketThatTheStoreMeetsAgainIsTakenBack() {
        service.temp.hooks.after("insert", Hooks.throwing(() -> new KeyExistsException("ak_1", null)));
        Secret secret = Secret.of("x");

        for (Runnable call : List.<Runnable>of(
                () -> keys.create(specWithHandOff()),
                () -> keys.createAll(List.of(specWithHandOff(), specWithHandOff())),
                () -> keys.vault().put(KeyId.random(), secret, Duration.ofMinutes(1)))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(call::run)
                    .satisfies(e -> assertThat(e).isNotInstanceOf(KeyExistsException.class));
            assertThat(service.temp.rows()).isEmpty();
        }
        assertThat(service.store.rows()).isEmpty();
    }

    /** Of two creates of a chosen id that meet, the one that fails must not take the other one's hand-off along. */
    @Test
    void aCreateThatFailsTakesBackOnlyWhatItPut() {
        KeySpec spec = repeatable();
        List<CreatedKey> winner = new ArrayList<>();
        service.store.hooks.before("write", Hooks.once(() -> {
            winner.add(keys.create(spec));
            throw new StorageException("down", null);
        }));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(spec))
                .withMessageContaining("down");

        String ticket = winner.get(0).handOff().orElseThrow().ticket().reveal();
        assertThat(service.temp.waiting()).hasSize(1);
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Claimed.class);
    }

    @Test
    void theCauseIsReportedEvenIfTheTempKeyCannotBeTakenBack() {
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("the cause", null)));
        service.temp.hooks.before("remove", Hooks.throwing(() -> new StorageException("worse", null)));

        try (CapturedLog log = new CapturedLog()) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> keys.create(specWithHandOff()))
                    .withMessageContaining("the cause");
            assertThat(log.lines("could not be removed")).hasSize(1);
        }
    }

    @Test
    void aStoreThatRefusesAnInsertWithoutAReasonIsAnOutage() {
        service.store.lostWrites.set(1);

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(specWithHandOff()))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertThat(service.temp.waiting()).isEmpty();
    }

    @Test
    void aHandOffWithoutATempKeyStoreSaysHowToSetOne() {
        ApiKeyManager without = service.start(ApiKeys.builder(service.store).maintainedByHost());
        CreatedKey created = without.create(spec());
        service.store.hooks.forgetCalls();

        assertThatIllegalStateException()
                .isThrownBy(() -> without.create(specWithHandOff()))
                .withMessageContaining("ApiKeys.Builder.handOff");
        assertThatIllegalStateException()
                .isThrownBy(() -> without.createAll(List.of(spec(), specWithHandOff())))
                .withMessageContaining("ApiKeys.Builder.handOff");
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> without.rotate(created.id(), Rotation.immediate().handOff(Duration.ofMinutes(1))))
                .withMessageContaining("ApiKeys.Builder.handOff");
        assertThatIllegalStateException().isThrownBy(without::vault).withMessageContaining("ApiKeys.Builder.handOff");
        assertThat(service.store.hooks.calls("write")).isZero();
        assertCode(without.verify(created.secret().reveal()), Code.VALID);
    }

    @Test
    void createAllMakesAllInTheOrderOfTheSpecsWithOneWrite() {
        List<KeySpec> specs = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            specs.add(KeySpec.builder("key " + i).role("read_only").build());
        }

        List<CreatedKey> created = keys.createAll(specs);

        assertThat(created)
                .extracting(key -> key.key().name())
                .startsWith("key 0", "key 1")
                .endsWith("key 999");
        assertThat(service.store.hooks.calls()).containsExactly("write");
        assertThat(service.store.rows()).hasSize(1_000);
        assertThat(new HashSet<>(service.store.rows().stream().map(KeyRow::hash).toList()))
                .hasSize(1_000);
        assertCode(keys.verify(created.get(999).secret().reveal()), Code.VALID);
    }

    @Test
    void createAllIsAllOrNoneAndTakesEveryTempKeyBack() {
        service.temp.maxLive = 2;

        assertThatExceptionOfType(VaultFullException.class)
                .isThrownBy(() -> keys.createAll(List.of(specWithHandOff(), specWithHandOff(), specWithHandOff())))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertThat(service.temp.waiting()).isEmpty();
        assertThat(service.store.rows()).isEmpty();

        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.createAll(List.of(specWithHandOff(), spec(), specWithHandOff())));
        assertThat(service.temp.waiting()).isEmpty();
        assertThat(service.told.events()).isEmpty();
    }

    /** Each call would wait for as long as the store may, a thousand times in a row. */
    @Test
    void aVaultThatCannotTakeBackIsAskedOnceForAllTempKeys() {
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("the cause", null)));
        service.temp.hooks.before("remove", Hooks.throwing(() -> new StorageException("down", null)));

        try (CapturedLog log = new CapturedLog()) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> keys.createAll(Collections.nCopies(1_000, specWithHandOff())))
                    .withMessageContaining("the cause");
            assertThat(log.lines("could not be removed")).hasSize(1);
        }
        assertThat(service.temp.hooks.calls("remove")).isOne();
    }

    @Test
    void aStoreThatIsDownIsAskedOnceWhetherChosenIdsExist() {
        service.temp.hooks.before("insert", Hooks.throwing(() -> new StorageException("the cause", null)));
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.createAll(List.of(repeatable(), repeatable(), repeatable())))
                .withMessageContaining("No key was created");

        assertThat(service.store.hooks.calls()).containsExactly("find");
    }

    @Test
    void createAllTakes1To1000SpecsWithDifferentIds() {
        KeySpec chosen = KeySpec.builder("x").role("admin").id(KeyId.random()).build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.createAll(List.of()))
                .withMessageContaining("number of specs")
                .withMessageContaining("1 to 1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.createAll(Collections.nCopies(1_001, spec())))
                .withMessageContaining("1001");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.createAll(List.of(chosen, spec(), chosen)))
                .withMessageContaining("each id once");
        assertThat(service.store.hooks.calls()).isEmpty();
    }

    @Test
    void oneBadSpecOfManyCreatesNothing() {
        KeySpec bad = KeySpec.builder("x").role("nobody").build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.createAll(List.of(specWithHandOff(), bad)))
                .withMessageContaining("role");
        assertThat(service.temp.hooks.calls()).isEmpty();
        assertThat(service.store.hooks.calls()).isEmpty();
    }
}
