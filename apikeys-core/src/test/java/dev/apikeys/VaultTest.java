package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.ClaimResult.AlreadyClaimed;
import dev.apikeys.ClaimResult.Claimed;
import dev.apikeys.ClaimResult.Expired;
import dev.apikeys.ClaimResult.Unknown;
import dev.apikeys.TempKeyVault.Status;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handing a secret over: once, in time, sealed until then. */
class VaultTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final TempKeyVault vault = keys.vault();

    @AfterEach
    void close() {
        service.close();
    }

    private static String ticket(CreatedKey created) {
        return created.handOff().orElseThrow().ticket().reveal();
    }

    private TempRow onlyRow() {
        assertThat(service.temp.rows()).hasSize(1);
        return service.temp.rows().get(0);
    }

    @Test
    void theTicketOpensTheSecretOnce() {
        CreatedKey created = keys.create(specWithHandOff());
        service.time.pass(Duration.ofSeconds(30));

        ClaimResult first = vault.claim(ticket(created));
        service.time.pass(Duration.ofSeconds(30));
        ClaimResult second = vault.claim(ticket(created));

        assertThat(first).isInstanceOf(Claimed.class);
        assertThat(((Claimed) first).keyId()).isEqualTo(created.id());
        assertCode(keys.verify(first.claimedSecret().orElseThrow().reveal()), Code.VALID);
        assertThat(second)
                .isEqualTo(
                        new AlreadyClaimed(created.id(), service.time.instant().minusSeconds(30)));
        assertThat(second.claimedSecret()).isEmpty();
        assertThat(onlyRow().sealed()).isNull();
    }

    @Test
    void aTicketHas256RandomBitsAndOnlyItsHashIsStored() throws Exception {
        CreatedKey created = keys.create(specWithHandOff());
        CreatedKey other = keys.create(specWithHandOff());

        assertThat(ticket(created)).matches("ho_[0-9A-Za-z]{43}").isNotEqualTo(ticket(other));
        byte[] hash =
                MessageDigest.getInstance("SHA-256").digest(ticket(created).getBytes(StandardCharsets.US_ASCII));
        assertThat(service.temp.rows())
                .extracting(TempRow::ticketHash)
                .contains(HexFormat.of().formatHex(hash));
    }

    @Test
    void whatIsStoredNeitherHoldsNorShowsSecretOrTicket() {
        CreatedKey created = keys.create(specWithHandOff());

        String sealed = onlyRow().sealed();
        String bytes = new String(Base64.getDecoder().decode(sealed), StandardCharsets.ISO_8859_1);
        for (String text : List.of(created.secret().reveal(), ticket(created))) {
            assertThat(sealed).doesNotContain(text);
            assertThat(bytes).doesNotContain(text.substring(0, 8)).doesNotContain(text.substring(30, 40));
        }
        assertThat(sealed).hasSizeLessThanOrEqualTo(512);
    }

    @Test
    void theSameSecretIsSealedDifferentlyEachTime() {
        KeyId id = KeyId.random();
        Secret secret = Secret.of("the same");
        vault.put(id, secret, Duration.ofMinutes(1));
        vault.put(id, secret, Duration.ofMinutes(1));

        assertThat(service.temp.rows()).extracting(TempRow::sealed).doesNotHaveDuplicates();
    }

    @Test
    void howAHandOffEndedStaysKnownForSevenDaysAlsoAfterMaintenance() {
        CreatedKey claimed = keys.create(specWithHandOff());
        CreatedKey unclaimed = keys.create(specWithHandOff());
        Instant claimedAt = service.time.instant();
        vault.claim(ticket(claimed));

        service.time.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(vault.handOffStatus(unclaimed.id())).isInstanceOf(Status.Waiting.class);
        assertThat(vault.handOffStatus(claimed.id())).isEqualTo(new Status.Claimed(claimedAt));
        assertThat(vault.claim(ticket(claimed))).isInstanceOf(AlreadyClaimed.class);
        service.time.pass(Duration.ofMillis(1));
        Instant deadline = service.time.instant();
        for (int i = 0; i < 3; i++) {
            assertThat(vault.claim(ticket(claimed))).isEqualTo(new AlreadyClaimed(claimed.id(), claimedAt));
            assertThat(vault.claim(ticket(unclaimed))).isEqualTo(new Expired(deadline));
            assertThat(vault.handOffStatus(claimed.id())).isEqualTo(new Status.Claimed(claimedAt));
            assertThat(vault.handOffStatus(unclaimed.id())).isEqualTo(new Status.Expired(deadline));
            keys.maintain();
            service.time.pass(Duration.ofDays(3));
        }

        keys.maintain();
        assertThat(service.temp.rows()).isEmpty();
        assertThat(vault.handOffStatus(claimed.id())).isEqualTo(new Status.None());
        assertThat(vault.claim(ticket(claimed))).isEqualTo(new Unknown());
        assertThat(vault.claim(ticket(unclaimed))).isEqualTo(new Unknown());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ho_",
                "ho_00000000000000000000000000000000000000000000",
                "hx_0000000000000000000000000000000000000000000",
                "ho_000000000000000000000000000000000000000000-",
                "ho_00000000000000000000000000000000000000000\u00e9",
                "ho_000000000000000000000000000000000000000000 "
            })
    void whatIsNoTicketIsUnknownWithoutAskingTheStore(String ticket) {
        assertThat(vault.claim(ticket)).isEqualTo(new Unknown());
        assertThat(service.temp.hooks.calls()).isEmpty();
    }

    @Test
    void aTicketThatWasNeverGivenIsUnknown() {
        keys.create(specWithHandOff());

        assertThat(vault.claim("ho_" + "0".repeat(43))).isEqualTo(new Unknown());
    }

    @Test
    void discardEndsWhatWaitsAndSaysWhetherSomethingDid() {
        CreatedKey created = keys.create(specWithHandOff());

        assertThat(vault.handOffStatus(created.id()))
                .isEqualTo(new Status.Waiting(created.handOff().orElseThrow().deadline()));
        assertThat(vault.discard(created.id())).isTrue();
        assertThat(vault.discard(created.id())).isFalse();
        assertThat(vault.handOffStatus(created.id())).isEqualTo(new Status.None());
        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
    }

    @Test
    void aKeyMayHaveSeveralHandOffsAndTheStatusIsOfTheLongest() {
        CreatedKey created = keys.create(specWithHandOff());
        HandOff longer = vault.put(created.id(), created.secret(), Duration.ofHours(1));

        assertThat(vault.handOffStatus(created.id())).isEqualTo(new Status.Waiting(longer.deadline()));
        assertThat(vault.claim(ticket(created))).isInstanceOf(Claimed.class);
        assertThat(vault.claim(longer.ticket().reveal())
                        .claimedSecret()
                        .orElseThrow()
                        .reveal())
                .isEqualTo(created.secret().reveal());
    }

    @Test
    void putLeavesTheSecretToTheCaller() {
        Secret secret = Secret.of("own");
        HandOff handOff = vault.put(KeyId.random(), secret, Duration.ofMinutes(1));

        Secret claimed = vault.claim(handOff.ticket().reveal()).claimedSecret().orElseThrow();
        claimed.destroy();

        assertThat(secret.reveal()).isEqualTo("own");
    }

    private void tamper(String keyId, String sealed, long deadline) {
        TempRow row = onlyRow();
        service.temp.put(new TempRow(row.ticketHash(), keyId, sealed, row.createdAt(), deadline, null));
    }

    @Test
    void whoPresentsATicketAgainAndAgainDoesNotFillTheLog() {
        CreatedKey created = keys.create(specWithHandOff());
        TempRow row = onlyRow();
        tamper(KeyId.random().value(), row.sealed(), row.deadline());
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 25; i++) {
                assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
            }
            assertThat(log.lines("does not open with its own ticket")).hasSize(1);
            service.time.pass(Duration.ofSeconds(1));
            vault.claim(ticket(created));
            assertThat(log.lines("does not open with its own ticket")).hasSize(2);
        }
    }

    @Test
    void aTamperedRowOpensNothingAndIsLogged() {
        CreatedKey created = keys.create(specWithHandOff());
        TempRow row = onlyRow();
        String flipped =
                (row.sealed().charAt(20) == 'A' ? 'B' : 'A') + row.sealed().substring(21);
        List<Runnable> attacks = List.of(
                () -> tamper(row.keyId(), row.sealed().substring(0, 20) + flipped, row.deadline()),
                () -> tamper(row.keyId(), "", row.deadline()),
                () -> tamper(row.keyId(), "not Base64!", row.deadline()),
                () -> tamper(row.keyId(), row.sealed().substring(0, 8), row.deadline()),
                () -> tamper(row.keyId(), row.sealed().substring(0, 40), row.deadline()),
                () -> tamper("ak_1", row.sealed(), row.deadline()),
                () -> tamper(row.keyId(), row.sealed(), row.deadline() + 1));

        for (Runnable attack : attacks) {
            attack.run();
            service.time.pass(Duration.ofSeconds(1));
            try (CapturedLog log = new CapturedLog()) {
                assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
                assertThat(log.lines("its row was changed from outside"))
                        .singleElement()
                        .asString()
                        .contains("ERROR");
            }
        }
        assertThat(service.temp.hooks.calls("settle")).isZero();
        service.temp.put(row);
        assertThat(vault.claim(ticket(created))).isInstanceOf(Claimed.class);
    }

    @Test
    void swappedRowsOpenNothing() {
        CreatedKey mine = keys.create(specWithHandOff());
        TempRow myRow = onlyRow();
        CreatedKey theirs = keys.create(specWithHandOff());
        TempRow theirRow = service.temp.rows().stream()
                .filter(row -> !row.equals(myRow))
                .findFirst()
                .orElseThrow();
        service.temp.put(new TempRow(
                myRow.ticketHash(),
                theirRow.keyId(),
                theirRow.sealed(),
                theirRow.createdAt(),
                theirRow.deadline(),
                null));

        assertThat(vault.claim(ticket(mine))).isEqualTo(new Unknown());
        assertThat(vault.claim(ticket(theirs))).isInstanceOf(Claimed.class);
    }

    @Test
    void aRowWhoseKeyIdIsDamagedIsUnknown() {
        CreatedKey created = keys.create(specWithHandOff());
        TempRow row = onlyRow();
        tamper("?", row.sealed(), row.deadline());

        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
        service.temp.put(onlyRow().settled(service.time.millis()));
        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
    }

    @Test
    void aFullVaultRefusesAndDropsNothingUnclaimed() {
        service.temp.maxLive = 2;
        CreatedKey first = keys.create(specWithHandOff());
        CreatedKey second = keys.create(specWithHandOff());

        assertThatExceptionOfType(VaultFullException.class)
                .isThrownBy(() -> keys.create(specWithHandOff()))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertThatExceptionOfType(VaultFullException.class)
                .isThrownBy(() -> vault.put(first.id(), first.secret(), Duration.ofMinutes(1)));
        assertThat(service.store.rows()).hasSize(2);
        keys.create(spec());
        assertThat(vault.claim(ticket(first))).isInstanceOf(Claimed.class);
        assertThat(vault.claim(ticket(second))).isInstanceOf(Claimed.class);
        assertThat(keys.create(specWithHandOff()).handOff()).isPresent();
    }

    @Test
    void aCallerWhoseClockIsAheadEndsNothingThatOthersCanClaim() {
        MovableTime right = new MovableTime();
        service.temp.clock = right;
        service.temp.maxLive = 1;
        CreatedKey waiting = keys.create(specWithHandOff());
        ApiKeys.Builder builder = service.builder();
        builder.clock = right;
        ApiKeyManager other = service.start(builder);
        service.time.pass(Duration.ofDays(1));

        assertThatExceptionOfType(VaultFullException.class).isThrownBy(() -> keys.create(specWithHandOff()));

        assertThat(other.vault().claim(ticket(waiting))).isInstanceOf(Claimed.class);
    }

    @Test
    void of64ClaimsAtOnceOneWins() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(64);
        ApiKeyManager otherNode = service.start();
        try {
            for (int round = 0; round < 5; round++) {
                CreatedKey created = keys.create(specWithHandOff());
                CyclicBarrier start = new CyclicBarrier(64);
                List<Callable<ClaimResult>> claims = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    TempKeyVault node = i % 2 == 0 ? vault : otherNode.vault();
                    claims.add(() -> {
                        start.await(20, TimeUnit.SECONDS);
                        return node.claim(ticket(created));
                    });
                }
                List<ClaimResult> results = new ArrayList<>();
                for (Future<ClaimResult> claim : threads.invokeAll(claims)) {
                    results.add(claim.get());
                }
                assertThat(results.stream().filter(Claimed.class::isInstance)).hasSize(1);
                assertThat(results.stream().filter(AlreadyClaimed.class::isInstance))
                        .hasSize(63);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aClaimThatLosesTheRaceAtTheLastMomentSaysWhatBecameOfIt() {
        CreatedKey claimed = keys.create(specWithHandOff());
        service.temp.hooks.before("settle", Hooks.once(() -> vault.claim(ticket(claimed))));
        assertThat(vault.claim(ticket(claimed))).isInstanceOf(AlreadyClaimed.class);

        CreatedKey discarded = keys.create(specWithHandOff());
        service.temp.hooks.before("settle", Hooks.once(() -> vault.discard(discarded.id())));
        assertThat(vault.claim(ticket(discarded))).isEqualTo(new Unknown());
    }

    @Test
    void aClaimWhoseOutcomeIsUnknownRevealsNothing() {
        CreatedKey created = keys.create(specWithHandOff());
        service.temp.hooks.after("settle", Hooks.throwing(() -> new StorageException("lost", null, true, null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> vault.claim(ticket(created)))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        service.temp.hooks.clear();
        assertThat(vault.claim(ticket(created))).isInstanceOf(AlreadyClaimed.class);
    }

    @Test
    void anOutageReachesTheCallerAndConsumesNothing() {
        CreatedKey created = keys.create(specWithHandOff());
        for (String step : List.of("find", "settle", "findByKey", "discard", "insert")) {
            service.temp.hooks.before(step, Hooks.throwing(() -> new StorageException("down", null)));
        }

        for (Runnable call : List.<Runnable>of(
                () -> vault.claim(ticket(created)),
                () -> vault.handOffStatus(created.id()),
                () -> vault.discard(created.id()),
                () -> vault.put(created.id(), created.secret(), Duration.ofMinutes(1)))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(call::run)
                    .withMessageContaining("down");
        }
        service.temp.hooks.clear();
        assertThat(vault.claim(ticket(created))).isInstanceOf(Claimed.class);
    }

    @Test
    void aTempKeyWithoutAKeyOpensToASecretThatVerifiesNothing() {
        CreatedKey created = keys.create(specWithHandOff());
        service.store.remove(created.id().value());

        Secret secret = vault.claim(ticket(created)).claimedSecret().orElseThrow();

        assertCode(keys.verify(secret.reveal()), Code.UNKNOWN);
    }

    @Test
    void aTicketThatAStrangerUsedIsATheftAlsoAfterItsDeadlineAndMaintenance() {
        CreatedKey stolen = keys.create(specWithHandOff());
        assertThat(vault.claim(ticket(stolen))).isInstanceOf(Claimed.class);
        service.time.pass(Duration.ofDays(2));
        keys.maintain();

        assertThat(vault.claim(ticket(stolen))).isInstanceOf(AlreadyClaimed.class);

        assertThat(service.told.awaitFirst(KeyEvent.Type.CLAIMED_AGAIN).keyId()).isEqualTo(stolen.id());
    }
}
