package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.WriteSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A whole life, and all that anybody gets to see of it: no secret, ticket, pepper, hash or sealed text is there. */
class LeakTest {
    private static final byte[] PEPPER = "pepper-that-nobody-ever-sees-0123456789".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OLD_PEPPER =
            "an-older-pepper-that-nobody-ever-sees-0123".getBytes(StandardCharsets.US_ASCII);
    private static final String IMPORTED = "sk_" + "fedcba9876543210".repeat(4);

    private final Service service = new Service();

    /** What must not be seen, by what it is. */
    private final Map<String, String> hidden = new LinkedHashMap<>();

    /** What is seen, by where. */
    private final Map<String, String> seen = new LinkedHashMap<>();

    @AfterEach
    void close() {
        service.close();
    }

    private void hide(String what, String text) {
        hidden.put(what, text);
    }

    private <T> T see(T object) {
        seen.put(object.getClass().getSimpleName() + " " + seen.size(), object.toString());
        return object;
    }

    private CreatedKey hideAndSee(CreatedKey created) {
        String secret = created.secret().reveal();
        hide("secret of " + created.id(), secret);
        String random = secret.substring(secret.lastIndexOf('_') + 1);
        hide("beginning of the random part of " + created.id(), random.substring(0, 16));
        hide("end of the random part of " + created.id(), random.substring(random.length() - 16));
        created.handOff().ifPresent(handOff -> {
            hide("ticket of " + created.id(), handOff.ticket().reveal());
            hide(
                    "beginning of the ticket of " + created.id(),
                    handOff.ticket().reveal().substring(0, 16));
            see(handOff);
            see(handOff.ticket());
        });
        see(created.secret());
        see(created.key());
        return see(created);
    }

    private void seeFailure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        Throwable failure = catchThrowable(call);
        assertThat(failure).isNotNull();
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        seen.put("trace " + seen.size(), trace.toString());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        seen.put("serialized " + seen.size(), bytes.toString(StandardCharsets.ISO_8859_1));
    }

    private void hideRows() {
        for (KeyRow row : service.store.rows()) {
            hide(
                    "hash of " + row.id() + " " + hidden.size(),
                    row.hash().substring(row.hash().lastIndexOf('$') + 1));
            see(row);
            see(WriteSet.builder().insert(Rows.of(row).set("version", 1L).row()).build());
            see(new WriteSet.Replace(Rows.of(row).set("version", 2L).row(), row.hash(), null));
            see(new WriteSet.Delete(row.id(), row.hash(), row.version()));
        }
        for (TempRow row : service.temp.rows()) {
            hide("ticket hash of " + row.keyId() + " " + hidden.size(), row.ticketHash());
            if (row.sealed() != null) {
                hide("sealed text of " + row.keyId() + " " + hidden.size(), row.sealed());
            }
            see(row);
        }
    }

    private String imported(ApiKeyManager keys) {
        CreatedKey template = keys.create(spec());
        String hash = Pepper.hasher(null, List.of()).lookup(IMPORTED.getBytes(StandardCharsets.US_ASCII));
        service.store.put(Rows.of(service.store.row(template.id().value()))
                .set("id", "ak_1699999999")
                .set("lookup", hash)
                .set("hash", "sha256$$" + hash)
                .row());
        keys.delete(template.id());
        hide("imported secret", IMPORTED);
        hide("beginning of the imported secret", IMPORTED.substring(0, 16));
        hide("lookup", hash);
        return IMPORTED;
    }

    @Test
    void nothingThatOpensAnythingIsSeenInAWholeLife() {
        for (byte[] pepper : List.of(PEPPER, OLD_PEPPER)) {
            hide("pepper " + hidden.size(), new String(pepper, StandardCharsets.US_ASCII));
            hide("pepper in hex " + hidden.size(), HexFormat.of().formatHex(pepper));
            hide("pepper in Base64 " + hidden.size(), Base64.getEncoder().encodeToString(pepper));
        }
        try (CapturedLog log = new CapturedLog()) {
            live();
            service.told.events().forEach(this::see);
            service.close();
            seen.put("log", log.text());
        }
        assertThat(seen.get("log")).as("something was logged").contains("WARN").contains("ERROR");
        assertThat(service.told.events()).hasSizeGreaterThan(10);
        assertThat(hidden.values()).allMatch(text -> text.length() >= 16);
        seen.forEach((where, text) -> hidden.forEach(
                (what, secret) -> assertThat(text).as("%s in %s", what, where).doesNotContain(secret)));
    }

    private void live() {
        Pepper old = see(Pepper.of("old", OLD_PEPPER));
        Pepper current = see(Pepper.of("current", PEPPER));
        ApiKeyManager before = service.start(service.builder().pepper(old).tellVerified());
        CreatedKey early = hideAndSee(before.create(Service.specWithHandOff()));
        hideRows();
        ApiKeys.Builder builder = see(service.builder()
                .pepper(current)
                .retiredPepper(old)
                .alsoAccept(see(KeyFormat.sha64Hex().acceptingUnpeppered()))
                .authorizer((granted, resource, action) -> {
                    throw new IllegalStateException("policy is gone");
                })
                .tellVerified());
        ApiKeyManager keys = see(service.start(builder));
        see(keys.verify(early.secret().reveal()));
        keys.maintain();
        see(keys.verify(imported(keys)));
        see(KeyFormat.standard());
        CreatedKey created = hideAndSee(keys.create(see(KeySpec.builder("ci deploy")
                .role("read_upload")
                .id(KeyId.random())
                .handOff(Duration.ofMinutes(1))
                .build())));
        hideRows();
        String secret = created.secret().reveal();
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        see(see(keys.vault()).claim(ticket));
        see(keys.vault().claim(ticket));
        see(keys.vault().claim(ticket.substring(0, 45) + "0"));

        for (String presented : List.of(
                secret,
                secret.substring(1),
                secret.substring(0, secret.length() - 1) + "!",
                secret.substring(0, secret.length() - 1) + (secret.endsWith("0") ? "1" : "0"),
                secret + secret)) {
            hide("presented " + hidden.size(), presented);
            see(keys.verify(presented));
            seeFailure(() -> keys.verify(presented, Access.permission("admin")).orElseThrow());
            seeFailure(() -> keys.verify(presented, Access.resource("/", "GET")).orElseThrow());
            // A secret in the wrong place is refused, and shown in part at the most.
            seeFailure(() -> KeyId.of(presented));
            seeFailure(() -> KeyQuery.all().after(presented));
        }
        for (String misplaced : List.of(ticket, IMPORTED)) {
            seeFailure(() -> KeyId.of(misplaced));
            seeFailure(() -> KeyQuery.all().after(misplaced));
        }
        seeFailure(() -> keys.vault().put(created.id(), Secret.of(secret.repeat(4)), Duration.ofMinutes(1)));
        seeFailure(() ->
                keys.create(KeySpec.builder("x").role("admin").id(created.id()).build()));
        seeFailure(() -> keys.revoke(KeyId.random(), "x"));
        CreatedKey successor = hideAndSee(keys.rotate(
                created.id(), Rotation.withGrace(Duration.ofHours(1)).handOff(Duration.ofMinutes(1))));
        seeFailure(() -> keys.rotate(created.id(), Rotation.immediate()));
        hideRows();
        damage(keys, successor);
        outage(keys, created);
        hang(created);
        see(keys.stats());
        see(keys.list(KeyQuery.all()));
        see(keys.permissionRepair().inspect(KeyQuery.all()));
        seeFailure(() -> service.start(service.builder()).verify(secret).orElseThrow());
        seeFailure(() -> service.start(service.builder().pepper(current))
                .verify(IMPORTED)
                .orElseThrow());
    }

    private void damage(ApiKeyManager keys, CreatedKey key) {
        TempRow waiting = service.temp.rows().stream()
                .filter(row ->
                        row.sealed() != null && row.keyId().equals(key.id().value()))
                .findFirst()
                .orElseThrow();
        service.temp.put(new TempRow(
                waiting.ticketHash(),
                waiting.keyId(),
                waiting.sealed(),
                waiting.createdAt(),
                waiting.deadline() + 1,
                null));
        see(keys.vault().claim(key.handOff().orElseThrow().ticket().reveal()));
        service.edit(key.id(), "permissions", "[\"read");
        service.edit(key.id(), "role", "nobody");
        see(keys.verify(key.secret().reveal()));
        seeFailure(() -> keys.rotate(key.id(), Rotation.immediate()));
        seeFailure(() -> keys.permissionRepair().set(key.id(), Set.of()));
    }

    private void outage(ApiKeyManager keys, CreatedKey key) {
        for (String step : List.of("find", "write", "list", "addUsage", "delete")) {
            service.store.hooks.before(step, Hooks.throwing(() -> new StorageException("down", null, true, null)));
        }
        service.temp.hooks.before("discard", Hooks.throwing(() -> new IllegalStateException("broken")));
        service.time.pass(Duration.ofSeconds(5));
        see(keys.verify(key.secret().reveal()));
        seeFailure(() -> keys.create(Service.specWithHandOff()));
        seeFailure(() -> keys.rotate(key.id(), Rotation.immediate()));
        seeFailure(keys::maintain);
        seeFailure(() -> keys.list(KeyQuery.all()));
        service.store.hooks.clear();
        service.temp.hooks.clear();
    }

    private void hang(CreatedKey key) {
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);
        service.temp.hooks.before("insert", hold);
        ApiKeyManager bounded = service.start(
                service.builder().operationTimeout(Duration.ofMillis(50)).stallThreshold(Duration.ofMillis(4)));
        see(bounded.verify(key.secret().reveal()));
        seeFailure(() -> bounded.create(Service.specWithHandOff()));
        service.time.pass(Duration.ofSeconds(1));
        List<Stall> stalls = new ArrayList<>(bounded.stalls());
        assertThat(stalls).isNotEmpty();
        stalls.forEach(this::see);
        service.told.awaitFirst(KeyEvent.Type.STALLED);
        service.store.hooks.clear();
        service.temp.hooks.clear();
        hold.release();
    }

    /** A driver may quote the row, an authorizer the request: their messages reach the caller as the cause, and no log. */
    @Test
    void noMessageOfOthersIsLogged() {
        String quoted = "sha256$$" + "0123456789abcdef".repeat(4);
        Runnable fails = Hooks.throwing(() -> new IllegalStateException("Failing row contains (" + quoted + ")"));
        AtomicBoolean failing = new AtomicBoolean();
        try (CapturedLog log = new CapturedLog()) {
            ApiKeyManager keys = service.start(service.builder()
                    .authorizer((granted, resource, action) -> {
                        fails.run();
                        return true;
                    })
                    .permissionCodec(new PermissionCodec() {
                        @Override
                        public String encode(Set<String> permissions) {
                            return PermissionCodec.json().encode(permissions);
                        }

                        @Override
                        public DecodedPermissions decode(@Nullable String stored) {
                            if (failing.get()) {
                                fails.run();
                            }
                            return PermissionCodec.json().decode(stored);
                        }
                    })
                    .listener(event -> fails.run())
                    .operationListener((operation, step, outcome, nanos) -> fails.run())
                    .maintenanceInterval(Duration.ofSeconds(1)));
            CreatedKey created = keys.create(Service.specWithHandOff());
            String secret = created.secret().reveal();
            assertThat(keys.verify(secret, Access.resource("/", "GET")).code())
                    .isEqualTo(Verification.Code.AUTHORIZER_FAILED);
            assertThat(keys.verify(secret).code()).isEqualTo(Verification.Code.VALID); // its use waits to be written
            service.temp.hooks.before("discard", fails);
            keys.disable(created.id());
            keys.enable(created.id());
            failing.set(true);
            for (String step : List.of("find", "write", "list", "addUsage")) {
                service.store.hooks.before(step, fails);
            }
            service.time.pass(Duration.ofMinutes(2));
            keys.verify(secret);
            assertThat(catchThrowable(keys::maintain)).isNotNull();
            service.store.hooks.clear();
            keys.find(created.id());
            service.close();

            assertThat(log.text()).doesNotContain(quoted.substring(8, 24));
            for (String place : List.of(
                    "The listener failed",
                    "An operation listener failed",
                    "The authorizer failed",
                    "could not read from the store",
                    "The permission codec failed")) {
                assertThat(log.lines(place)).as(place).isNotEmpty().allMatch(line -> line.contains("IllegalState"));
            }
        }
    }

    /** Of a failure on a thread of ours the log is all that is seen. */
    @Test
    void noMessageOfOthersIsLoggedByThreadsOfOurs() {
        String quoted = "sha256$$" + "0123456789abcdef".repeat(4);
        Runnable fails = Hooks.throwing(() -> new IllegalStateException("Failing row contains (" + quoted + ")"));
        service.temp.hooks.before("purge", fails);
        service.temp.hooks.before("remove", fails);
        service.temp.hooks.after(
                "insert", Hooks.throwing(() -> new StorageException("lost " + quoted, null, true, null)));
        service.store.hooks.before("changes", fails);
        try (CapturedLog log = new CapturedLog()) {
            ApiKeys.Builder builder =
                    service.builder().maintenanceInterval(Duration.ofSeconds(1)).followInterval(Duration.ofMillis(100));
            builder.maintainsItself = true;
            builder.followsItself = true;
            ApiKeyManager keys = service.start(builder);
            assertThat(catchThrowable(() -> keys.create(Service.specWithHandOff())))
                    .isNotNull();

            for (String place : List.of(
                    "Maintenance failed", "The feed of other managers' changes failed", "could not be removed")) {
                Service.eventually().until(() -> !log.lines(place).isEmpty());
            }
            assertThat(log.text()).doesNotContain(quoted.substring(8, 24));
        }
    }

    @Test
    void aSecretIsEqualToItselfAloneAndComparesOnlyByMatches() {
        Secret secret = Secret.of("text");

        assertThat(secret).isNotEqualTo(Secret.of("text")).isEqualTo(secret);
        assertThat(secret.matches("text")).isTrue();
        assertThat(secret.matches("texT")).isFalse();
        assertThat(secret.matches("")).isFalse();
        assertThat(secret.matches(null)).isFalse();
        assertThat(secret).isNotInstanceOf(java.io.Serializable.class);
        secret.destroy();
        secret.destroy();
        for (Runnable use : List.<Runnable>of(secret::reveal, () -> secret.matches("text"))) {
            assertThat(catchThrowable(use::run))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("destroyed");
        }
        assertThat(secret.toString()).doesNotContain("text");
    }
}
