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
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempRow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
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
    void the_ticket_opens_the_secret_once() {
        CreatedKey created = keys.create(specWithHandOff());
        service.time.pass(Duration.ofSeconds(30));

        ClaimResult first = vault.claim(ticket(created));
        service.time.pass(Duration.ofSeconds(30));
        ClaimResult second = vault.claim(ticket(created));

        assertThat(first).isInstanceOf(Claimed.class);
        assertThat(((Claimed) first).keyId()).isEqualTo(created.id());
        assertCode(keys.verify(first.secret().orElseThrow().reveal()), Code.VALID);
        assertThat(second)
                .isEqualTo(
                        new AlreadyClaimed(created.id(), service.time.instant().minusSeconds(30)));
        assertThat(second.secret()).isEmpty();
        assertThat(onlyRow().sealed()).isNull();
    }

    @Test
    void a_ticket_has_256_random_bits_and_only_its_hash_is_stored() throws Exception {
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
    void what_is_stored_neither_holds_nor_shows_secret_or_ticket() {
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
    void the_same_secret_is_sealed_differently_each_time() {
        KeyId id = KeyId.random();
        Secret secret = Secret.of("the same");
        vault.put(id, secret, Duration.ofMinutes(1));
        vault.put(id, secret, Duration.ofMinutes(1));

        assertThat(service.temp.rows()).extracting(TempRow::sealed).doesNotHaveDuplicates();
    }

    @Test
    void the_deadline_ends_a_hand_off_claimed_or_not_and_the_purge_forgets_it() {
        CreatedKey claimed = keys.create(specWithHandOff());
        CreatedKey unclaimed = keys.create(specWithHandOff());
        vault.claim(ticket(claimed));

        service.time.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(vault.peek(unclaimed.id())).isPresent();
        assertThat(vault.claim(ticket(claimed))).isInstanceOf(AlreadyClaimed.class);
        service.time.pass(Duration.ofMillis(1));
        for (CreatedKey created : List.of(claimed, unclaimed)) {
            assertThat(vault.claim(ticket(created))).isEqualTo(new Expired(service.time.instant()));
        }
        assertThat(vault.peek(unclaimed.id())).isEmpty();

        service.time.pass(Duration.ofMillis(1));
        keys.maintain();
        assertThat(service.temp.rows()).isEmpty();
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
    void what_is_no_ticket_is_unknown_without_asking_the_store(String ticket) {
        assertThat(vault.claim(ticket)).isEqualTo(new Unknown());
        assertThat(service.temp.hooks.calls()).isEmpty();
    }

    @Test
    void a_ticket_that_was_never_given_is_unknown() {
        keys.create(specWithHandOff());

        assertThat(vault.claim("ho_" + "0".repeat(43))).isEqualTo(new Unknown());
    }

    @Test
    void discard_ends_what_waits_and_says_whether_something_did() {
        CreatedKey created = keys.create(specWithHandOff());

        assertThat(vault.peek(created.id()))
                .contains(created.handOff().orElseThrow().deadline());
        assertThat(vault.discard(created.id())).isTrue();
        assertThat(vault.discard(created.id())).isFalse();
        assertThat(vault.peek(created.id())).isEmpty();
        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
    }

    @Test
    void a_key_may_have_several_hand_offs_and_peek_shows_the_longest() {
        CreatedKey created = keys.create(specWithHandOff());
        HandOff longer = vault.put(created.id(), created.secret(), Duration.ofHours(1));

        assertThat(vault.peek(created.id())).contains(longer.deadline());
        assertThat(vault.claim(ticket(created))).isInstanceOf(Claimed.class);
        assertThat(vault.claim(longer.ticket().reveal()).secret().orElseThrow().reveal())
                .isEqualTo(created.secret().reveal());
    }

    @Test
    void put_leaves_the_secret_to_the_caller() {
        Secret secret = Secret.of("own");
        HandOff handOff = vault.put(KeyId.random(), secret, Duration.ofMinutes(1));

        Secret claimed = vault.claim(handOff.ticket().reveal()).secret().orElseThrow();
        claimed.destroy();

        assertThat(secret.reveal()).isEqualTo("own");
    }

    private void tamper(String keyId, String sealed, long deadline) {
        TempRow row = onlyRow();
        service.temp.put(new TempRow(row.ticketHash(), keyId, sealed, row.createdAt(), deadline, null));
    }

    @Test
    void who_presents_a_ticket_again_and_again_does_not_fill_the_log() {
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
    void a_tampered_row_opens_nothing_and_is_logged() {
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
                assertThat(log.lines("the row was changed"))
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
    void swapped_rows_open_nothing() {
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
    void a_row_whose_key_id_is_damaged_is_unknown() {
        CreatedKey created = keys.create(specWithHandOff());
        TempRow row = onlyRow();
        tamper("?", row.sealed(), row.deadline());

        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
        service.temp.put(onlyRow().settled(service.time.millis()));
        assertThat(vault.claim(ticket(created))).isEqualTo(new Unknown());
    }

    @Test
    void a_full_vault_refuses_and_drops_nothing_unclaimed() {
        service.temp.maxLive = 2;
        CreatedKey first = keys.create(specWithHandOff());
        CreatedKey second = keys.create(specWithHandOff());

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(specWithHandOff()))
                .withMessageContaining("full")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> vault.put(first.id(), first.secret(), Duration.ofMinutes(1)))
                .withMessageContaining("full");
        assertThat(service.store.rows()).hasSize(2);
        keys.create(spec());
        assertThat(vault.claim(ticket(first))).isInstanceOf(Claimed.class);
        assertThat(vault.claim(ticket(second))).isInstanceOf(Claimed.class);
        assertThat(keys.create(specWithHandOff()).handOff()).isPresent();
    }

    @Test
    void of_64_claims_at_once_one_wins() throws Exception {
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
    void a_claim_that_loses_the_race_at_the_last_moment_says_what_became_of_it() {
        CreatedKey claimed = keys.create(specWithHandOff());
        service.temp.hooks.before("settle", Hooks.once(() -> vault.claim(ticket(claimed))));
        assertThat(vault.claim(ticket(claimed))).isInstanceOf(AlreadyClaimed.class);

        CreatedKey discarded = keys.create(specWithHandOff());
        service.temp.hooks.before("settle", Hooks.once(() -> vault.discard(discarded.id())));
        assertThat(vault.claim(ticket(discarded))).isEqualTo(new Unknown());
    }

    @Test
    void a_claim_whose_outcome_is_unknown_reveals_nothing() {
        CreatedKey created = keys.create(specWithHandOff());
        service.temp.hooks.after("settle", Hooks.throwing(() -> new StorageException("lost", null, true, null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> vault.claim(ticket(created)))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        service.temp.hooks.clear();
        assertThat(vault.claim(ticket(created))).isInstanceOf(AlreadyClaimed.class);
    }

    @Test
    void an_outage_reaches_the_caller_and_consumes_nothing() {
        CreatedKey created = keys.create(specWithHandOff());
        for (String step : List.of("find", "settle", "findByKey", "discard", "insert")) {
            service.temp.hooks.before(step, Hooks.throwing(() -> new StorageException("down", null)));
        }

        for (Runnable call : List.<Runnable>of(
                () -> vault.claim(ticket(created)),
                () -> vault.peek(created.id()),
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
    void a_temp_key_without_a_key_opens_to_a_secret_that_verifies_nothing() {
        CreatedKey created = keys.create(specWithHandOff());
        service.store.delete(created.id().value());

        Secret secret = vault.claim(ticket(created)).secret().orElseThrow();

        assertCode(keys.verify(secret.reveal()), Code.UNKNOWN);
    }
}
