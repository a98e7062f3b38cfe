package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Pepper;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A 500 or 503 has one line in the log under its request id, with classes and place and without what a driver said. */
class FailureLogTest {
    private static final String DRIVER = "values ('ak_1', 'sha256$$00ff') of jdbc:h2";

    private final Keys keys = new Keys((granted, resource, action) -> {
        throw new UnsupportedOperationException(DRIVER);
    });
    private final CreatedKey root = keys.create("admin");
    private final String secret = root.secret().reveal();

    @AfterEach
    void close() {
        keys.failure = null;
        keys.close();
    }

    private static StorageException down() {
        return new StorageException(DRIVER, new IOException(DRIVER));
    }

    /** The only line with the request id of an answer. */
    private static String line(Supplier<Response> asked, int status, String code) {
        try (CapturedLog log = new CapturedLog()) {
            Response answer = asked.get();
            assertRefused(answer, status, code);
            String id = (String) at(answer, "error.requestId");
            List<String> lines =
                    log.text().lines().filter(line -> line.contains(id)).toList();
            assertThat(lines).as("%s", log.text()).hasSize(1);
            assertThat(log.text()).doesNotContain("sha256", "jdbc:", "values (");
            return lines.get(0);
        }
    }

    private static Response check(ApiKeyGuard guard, String secret) {
        return ((ApiKeyGuard.Refused) guard.check(TestRequest.get("/x").bearer(secret))).response();
    }

    private Response list(Admin admin) {
        return Keys.answer(admin, TestRequest.get(BASE + "/api-keys").bearer(secret));
    }

    private static ApiKeyGuard guard(ApiKeyManager keys) {
        return ApiKeyGuard.builder(keys)
                .route("*", "/**", Access.permission("read"))
                .build();
    }

    @Test
    void ofTheGuardWhileTheStoreIsDown() {
        ApiKeyGuard guard = guard(keys.manager);
        keys.failure = down();
        assertThat(line(() -> check(guard, secret), 503, "UNAVAILABLE"))
                .contains("STORE_UNAVAILABLE", root.id().value(), "caused by java.io.IOException at dev.apikeys.http.")
                .doesNotContain(secret);
    }

    @Test
    void ofTheGuardWhileTheAuthorizerFails() {
        ApiKeyGuard guard = ApiKeyGuard.builder(keys.manager).byAuthorizer().build();
        assertThat(line(() -> check(guard, secret), 503, "UNAVAILABLE"))
                .contains("AUTHORIZER_FAILED", "UnsupportedOperationException at dev.apikeys.http.");
    }

    @Test
    void ofTheGuardWithoutThePepperOfAHash() {
        try (ApiKeyManager peppered = ApiKeys.builder(keys.store)
                .pepper(Pepper.of("2026-11", new byte[32]))
                .maintainedByHost()
                .build()) {
            String other = peppered.create(KeySpec.builder("a").role("admin").build())
                    .secret()
                    .reveal();
            assertThat(line(() -> check(guard(keys.manager), other), 503, "UNAVAILABLE"))
                    .contains("STORE_UNAVAILABLE", "the pepper of its hash is not configured");
        }
    }

    @Test
    void ofTheGuardAndTheAdminApiAfterClose() {
        Admin admin = keys.admin().build();
        keys.manager.close();
        assertThat(line(() -> check(guard(keys.manager), secret), 503, "UNAVAILABLE"))
                .contains("the manager is closed");
        assertThat(line(() -> list(admin), 503, "UNAVAILABLE")).contains("the manager is closed");
    }

    /** Strangers cause them: with any key, as often as they like. */
    @Test
    void upToTenASecond() {
        Failures failures = new Failures(keys.manager, outage -> {}, keys.nanos::get);
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 25; i++) {
                failures.of(Failure.unavailable().because("why"), "id-" + i);
            }
            assertThat(log.text().lines()).hasSize(10);
            keys.pass(Duration.ofSeconds(1));
            failures.of(Failure.unavailable().because("why"), "id-later");
            assertThat(log.text().lines()).hasSize(11);
            assertThat(log.text()).contains("id-later");
        }
    }

    /** Of claims with any ticket; and no such flood hides why a key could not be decided upon. */
    @Test
    void ofOutagesUpToTenASecond() {
        List<StorageException> outages = new ArrayList<>();
        Failures failures = new Failures(keys.manager, outages::add, keys.nanos::get);
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 25; i++) {
                assertThat(failures.of(down(), "id-" + i).status()).isEqualTo(503);
            }
            assertThat(log.text().lines()).hasSize(10);
            assertThat(outages).hasSize(25);
            failures.of(Failure.unavailable().because("why"), "id-undecided");
            keys.pass(Duration.ofSeconds(1));
            failures.of(down(), "id-later");
            assertThat(log.text()).contains("id-undecided", "id-later");
        }
    }

    @Test
    void ofTheAdminApiWhileTheStoreIsDown() {
        Admin admin = keys.admin().build();
        keys.manager.verify(secret);
        keys.failure = down();
        assertThat(line(() -> list(admin), 503, "UNAVAILABLE")).contains("java.io.IOException at dev.apikeys.http.");
        keys.pass(Duration.ofSeconds(5)); // nor can the administrator be decided upon
        assertThat(line(() -> list(admin), 503, "UNAVAILABLE"))
                .contains("STORE_UNAVAILABLE", root.id().value(), "java.io.IOException at dev.apikeys.http.");
        assertThat(line(
                        () -> Keys.answer(
                                admin,
                                TestRequest.post(BASE + "/session", "{\"key\":\"" + secret + "\"}")
                                        .onLoopback()),
                        503,
                        "UNAVAILABLE"))
                .contains("STORE_UNAVAILABLE");
    }

    @Test
    void ofTheAdminApiIfTheHostCannotDecide() {
        Admin admin = Admin.builder(keys.manager)
                .administrators(request -> Administrators.Refusal.UNAVAILABLE)
                .build();
        assertThat(line(() -> list(admin), 503, "UNAVAILABLE")).contains("the administrators cannot decide");
    }

    @Test
    void ofTheAdminApiIfSomethingElseFails() {
        Admin admin = Admin.builder(keys.manager)
                .administrators(request -> {
                    throw new UnsupportedOperationException(DRIVER);
                })
                .build();
        assertThat(line(() -> list(admin), 500, "INTERNAL"))
                .contains("UnsupportedOperationException at dev.apikeys.http.");
        assertThat(list(admin).body())
                .as("a change may have been made before it failed")
                .contains("\"retryable\":\"ask\"");
    }

    @Test
    void ofClaimsWhileTheStoreIsDown() {
        Claims claims = Claims.at("/claim", keys.manager, keys.limit(5));
        keys.failure = down();
        String ticket = "ho_" + "0".repeat(43);
        assertThat(line(
                        () -> Keys.answer(claims, TestRequest.post("/claim", "{\"ticket\":\"" + ticket + "\"}")),
                        503,
                        "UNAVAILABLE"))
                .contains("java.io.IOException at dev.apikeys.http.")
                .doesNotContain(ticket);
    }

    @Test
    void ofAFullVaultWhichRefusesALinkAndNoKeyThatIsShown() {
        try (ApiKeyManager small = ApiKeys.builder(keys.store)
                .handOff(new InMemoryTempKeyStore(1))
                .maintainedByHost()
                .build()) {
            Admin admin = Admin.builder(small)
                    .administrators(Administrators.byApiKey(small))
                    .build();
            assertThat(at(create(admin, "show"), "data.download_url")).isNotNull();
            assertThat(line(() -> create(admin, "link"), 503, "VAULT_FULL")).contains("VaultFullException at ");
            Response shown = create(admin, "show");
            assertThat(shown.status()).isEqualTo(201);
            assertThat(shown.body()).doesNotContain("download_url");
            assertThat(shown.headers()).doesNotContainKey("Set-Cookie");
            assertThat(small.verify((String) at(shown, "data.api_key.key")).httpStatus())
                    .isEqualTo(200);
        }
    }

    private Response create(Admin admin, String delivery) {
        String json = "{\"name\":\"a\",\"role\":\"read_only\",\"delivery\":\"" + delivery + "\"}";
        return Keys.answer(admin, TestRequest.post(BASE + "/api-keys", json).bearer(secret));
    }
}
