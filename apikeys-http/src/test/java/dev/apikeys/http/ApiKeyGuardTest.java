package dev.apikeys.http;

import static dev.apikeys.http.Keys.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.Access;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyGuardTest {
    private static final String CHALLENGE = "Bearer realm=\"api\"";

    private final Keys keys = new Keys();
    private final ApiKeyGuard guard = ApiKeyGuard.builder(keys.manager)
            .route("GET", "/files/**", Access.permission("read"))
            .route("POST", "/files", Access.permission("upload"))
            .route("OPTIONS", "/files", Access.permission("read"))
            .route("*", "/files/admin/**", Access.permission("admin"))
            .failureLimit(keys.limit(5))
            .build();

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void letsARequestThroughThatMayDoThis() {
        CreatedKey key = keys.create("read_only");
        ApiKeyGuard.Outcome outcome =
                guard.check(TestRequest.get("/files/7").bearer(key.secret().reveal()));
        assertThat(outcome).isInstanceOfSatisfying(ApiKeyGuard.Passed.class, passed -> {
            assertThat(passed.key().orElseThrow().id()).isEqualTo(key.id());
            assertThat(passed.verified().orElseThrow().proof().id()).isEqualTo(key.id());
        });
    }

    @Test
    void asksForAKeyWithoutSayingThatOneWasWrong() {
        Response refusal = refusal(TestRequest.get("/files/7"));
        assertRefused(refusal, 401, "UNAUTHENTICATED");
        assertChallenged(refusal, CHALLENGE);
        assertChallenged(refusal(TestRequest.get("/files/7").header("Authorization", "Basic eDp5")), CHALLENGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sk_x", "x", "Bearer"})
    void saysThatWhatWasPresentedIsWrong(String presented) {
        Response refusal = refusal(TestRequest.get("/files/7").bearer(presented));
        assertRefused(refusal, 401, "UNAUTHENTICATED");
        assertChallenged(refusal, CHALLENGE + ", error=\"invalid_token\"");
    }

    @Test
    void neverLooksForAKeyInTheQuery() {
        String secret = keys.secret("read_only");
        for (String name : new String[] {"key", "api_key", "access_token", "Authorization", "X-API-Key"}) {
            Response refusal = refusal(TestRequest.get("/files/7?" + name + "=" + secret));
            assertRefused(refusal, 401, "UNAUTHENTICATED");
            assertChallenged(refusal, CHALLENGE);
        }
    }

    @Test
    void saysWhatIsLacking() {
        Response refusal = refusal(TestRequest.of("POST", "/files").bearer(keys.secret("read_only")));
        assertRefused(refusal, 403, "INSUFFICIENT_PERMISSIONS");
        assertChallenged(refusal, CHALLENGE + ", error=\"insufficient_scope\"");
    }

    @Test
    void saysWhyAGoodKeyIsRefused() {
        CreatedKey key = keys.create("read_only");
        keys.manager.disable(key.id());
        assertRefused(refusal(with(key)), 403, "DISABLED");
        assertChallenged(refusal(with(key)), CHALLENGE + ", error=\"insufficient_scope\"");
        keys.manager.enable(key.id());
        keys.manager.revoke(key.id(), "lost");
        assertRefused(refusal(with(key)), 401, "REVOKED");
        assertChallenged(refusal(with(key)), CHALLENGE + ", error=\"invalid_token\"");
        CreatedKey brief = keys.manager.create(KeySpec.builder("brief")
                .role("read_only")
                .expiresIn(Duration.ofHours(1))
                .build());
        keys.pass(Duration.ofHours(1));
        assertRefused(refusal(with(brief)), 401, "EXPIRED");
        assertChallenged(refusal(with(brief)), CHALLENGE + ", error=\"invalid_token\"");
    }

    private static TestRequest with(CreatedKey key) {
        return TestRequest.get("/files/7").bearer(key.secret().reveal());
    }

    @Test
    void refusesWhatNoRouteFits() {
        String admin = keys.secret("admin");
        assertRefused(refusal(TestRequest.get("/other").bearer(admin)), 403, "INSUFFICIENT_PERMISSIONS");
        assertRefused(refusal(TestRequest.of("DELETE", "/files").bearer(admin)), 403, "INSUFFICIENT_PERMISSIONS");
        assertRefused(refusal(TestRequest.of("post", "/files").bearer(admin)), 403, "INSUFFICIENT_PERMISSIONS");
        assertRefused(refusal(TestRequest.get("/FILES").bearer(admin)), 403, "INSUFFICIENT_PERMISSIONS");
        // but to nobody without a good key, who would learn the routes
        assertRefused(refusal(TestRequest.get("/other")), 401, "UNAUTHENTICATED");
        assertRefused(refusal(TestRequest.get("/other").bearer("sk_x")), 401, "UNAUTHENTICATED");
    }

    @Test
    void takesTheFirstRouteThatFits() {
        // GET /files/admin/x fits the first route, which comes before the stricter one
        assertPasses(TestRequest.get("/files/admin/x").bearer(keys.secret("read_only")));
        assertRefused(
                refusal(TestRequest.of("PUT", "/files/admin/x").bearer(keys.secret("read_only"))),
                403,
                "INSUFFICIENT_PERMISSIONS");
    }

    /** Jersey, servlet mappings and contexts of the JDK's server serve both. */
    @Test
    void aSlashAtTheEndLeadsAroundNoRoute() {
        ApiKeyGuard payroll = ApiKeyGuard.builder(keys.manager)
                .route("*", "/reports/payroll", Access.permission("admin"))
                .route("*", "/reports/taxes/", Access.permission("admin"))
                .route("GET", "/reports/**", Access.permission("read"))
                .build();
        String reader = keys.secret("read_only");
        for (String path : List.of("/reports/payroll", "/reports/payroll/", "/reports/taxes", "/reports/taxes/")) {
            assertThat(payroll.check(TestRequest.get(path).bearer(reader)))
                    .as(path)
                    .isInstanceOf(ApiKeyGuard.Refused.class);
            assertThat(payroll.check(TestRequest.get(path).bearer(keys.secret("admin"))))
                    .as(path)
                    .isInstanceOf(ApiKeyGuard.Passed.class);
        }
        assertThat(payroll.check(TestRequest.get("/reports/").bearer(reader))).isInstanceOf(ApiKeyGuard.Passed.class);
    }

    @Test
    void asksForHeadAsForGet() {
        assertPasses(TestRequest.of("HEAD", "/files/7").bearer(keys.secret("read_only")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT"})
    void refusesMethodsThatEchoOrTunnel(String method) {
        Response refusal = refusal(TestRequest.of(method, "/files").bearer(keys.secret("admin")));
        assertRefused(refusal, 405, "METHOD_NOT_ALLOWED");
        assertThat(refusal.headers()).containsKey("Allow");
    }

    @Test
    void takesOptionsForARequestLikeOthers() {
        assertRefused(refusal(TestRequest.of("OPTIONS", "/files")), 401, "UNAUTHENTICATED");
        assertPasses(TestRequest.of("OPTIONS", "/files").bearer(keys.secret("read_only")));
        assertThat(ApiKeyGuard.isPreflight(TestRequest.of("OPTIONS", "/files"))).isFalse();
        TestRequest preflight = TestRequest.of("OPTIONS", "/files")
                .header("Origin", "https://a.b")
                .header("Access-Control-Request-Method", "POST");
        assertThat(ApiKeyGuard.isPreflight(preflight)).isTrue();
        assertRefused(refusal(preflight), 401, "UNAUTHENTICATED");
    }

    @Test
    void refusesTwoKeysAndAmbiguousPathsBeforeItAsksTheManager() {
        String admin = keys.secret("admin");
        long calls = keys.calls;
        assertRefused(refusal(TestRequest.get("/files/7").bearer(admin).bearer(admin)), 400, "BAD_REQUEST");
        assertRefused(refusal(TestRequest.get("/files/../files/7").bearer(admin)), 400, "BAD_REQUEST");
        assertRefused(refusal(TestRequest.get("/files/7;x").bearer(admin)), 400, "BAD_REQUEST");
        assertRefused(refusal(TestRequest.get("/files/..")), 400, "BAD_REQUEST");
        assertThat(keys.calls).isEqualTo(calls);
    }

    @Test
    void readsTheOtherHeaderOnlyIfConfigured() {
        TestRequest request = TestRequest.get("/files/7").header("X-API-Key", keys.secret("read_only"));
        assertRefused(refusal(request), 401, "UNAUTHENTICATED");
        ApiKeyGuard accepting = ApiKeyGuard.builder(keys.manager)
                .rule((method, path, any) -> Access.permission("read"))
                .acceptApiKeyHeader()
                .build();
        assertThat(accepting.check(request)).isInstanceOf(ApiKeyGuard.Passed.class);
    }

    @Test
    void canBeOptionalForThoseWhoPresentNothing() {
        ApiKeyGuard optional = ApiKeyGuard.builder(keys.manager)
                .route("GET", "/files/**", Access.permission("read"))
                .optional()
                .realm("files of example.com")
                .build();
        assertThat(optional.check(TestRequest.get("/files/7")))
                .isInstanceOfSatisfying(
                        ApiKeyGuard.Passed.class,
                        passed -> assertThat(passed.key()).isEmpty());
        Response refusal = ((ApiKeyGuard.Refused)
                        optional.check(TestRequest.get("/files/7").bearer("sk_x")))
                .response();
        assertRefused(refusal, 401, "UNAUTHENTICATED");
        assertChallenged(refusal, "Bearer realm=\"files of example.com\", error=\"invalid_token\"");
    }

    @Test
    void canAskTheAuthorizer() {
        ApiKeyGuard byAuthorizer =
                ApiKeyGuard.builder(keys.manager).byAuthorizer().build();
        String reader = keys.secret("read_only");
        assertThat(byAuthorizer.check(TestRequest.of("HEAD", "/any/thing").bearer(reader)))
                .isInstanceOf(ApiKeyGuard.Passed.class);
        assertThat(byAuthorizer.check(TestRequest.of("PUT", "/any/thing").bearer(reader)))
                .isInstanceOf(ApiKeyGuard.Refused.class);
    }

    @Test
    void answers503WhileTheStoreIsDown() {
        String reader = keys.secret("read_only");
        keys.failure = new StorageException("hash sha256$$0123 at SELECT", null);
        Response refusal = refusal(TestRequest.get("/files/7").bearer(reader));
        assertRefused(refusal, 503, "UNAVAILABLE");
        assertThat(refusal.headers().get("Retry-After")).containsExactly("1");
        assertThat(refusal.headers()).doesNotContainKey("WWW-Authenticate");
        keys.failure = null;
    }

    @Test
    void answers503AfterClose() {
        String reader = keys.secret("read_only");
        keys.manager.close();
        assertRefused(refusal(TestRequest.get("/files/7").bearer(reader)), 503, "UNAVAILABLE");
    }

    @Test
    void refusesIfTheRuleThrowsAndLogsOnlyClassesAndPlace() {
        ApiKeyGuard failing = ApiKeyGuard.builder(keys.manager)
                .rule((method, path, any) -> {
                    throw new UnsupportedOperationException("secret detail", new IOException("hash of a row"));
                })
                .build();
        TestRequest request = TestRequest.get("/x").bearer(keys.secret("admin"));
        try (CapturedLog log = new CapturedLog()) {
            Response refusal = ((ApiKeyGuard.Refused) failing.check(request)).response();
            assertRefused(refusal, 500, "INTERNAL");
            assertThat(refusal.body()).doesNotContain("secret detail");
            assertThat(log.text())
                    .contains((String) Keys.at(refusal, "error.requestId"))
                    .contains("UnsupportedOperationException, caused by java.io.IOException at dev.apikeys.http.")
                    .doesNotContain("secret detail", "hash of a row");
        }
    }

    @Test
    void aFloodOfWrongKeysStopsNoGoodOneInUse() {
        CreatedKey good = keys.create("read_only");
        assertPasses(with(good));
        for (int i = 0; i < 5; i++) {
            assertRefused(refusal(TestRequest.get("/files/7").bearer(forged())), 401, "UNAUTHENTICATED");
        }
        long calls = keys.calls;
        for (int i = 0; i < 1_000; i++) {
            Response refusal = refusal(TestRequest.get("/files/7").bearer(forged()));
            assertRefused(refusal, 429, "RATE_LIMITED");
            assertThat(refusal.headers()).containsKey("Retry-After");
            assertPasses(with(good));
        }
        assertThat(keys.calls).isEqualTo(calls); // nobody asked the store
        assertPasses(with(keys.create("read_only")).from("192.0.2.99")); // another address goes on as ever
        keys.pass(Duration.ofMinutes(1));
        assertRefused(refusal(TestRequest.get("/files/7").bearer(forged())), 401, "UNAUTHENTICATED");
    }

    /** Else a stranger over the limit would learn which ids exist and are in use, without any limit. */
    @Test
    void overTheLimitAWrongSecretOfAKeyInUseLooksLikeAnUnknownKey() {
        CreatedKey inUse = keys.create("read_only");
        assertPasses(with(inUse));
        KeyId absent = KeyId.random();
        for (int i = 0; i < 5; i++) {
            assertRefused(refusal(TestRequest.get("/files/7").bearer(forged(absent))), 401, "UNAUTHENTICATED");
        }
        for (KeyId id : List.of(inUse.id(), absent, KeyId.random())) {
            Response refusal = refusal(TestRequest.get("/files/7").bearer(forged(id)));
            assertRefused(refusal, 429, "RATE_LIMITED");
            assertThat(refusal.headers()).doesNotContainKey("WWW-Authenticate");
        }
        assertPasses(with(inUse));
    }

    @Test
    void overTheLimitADamagedRecordIsShownToTheHolderOfItsSecretAlone() {
        CreatedKey damaged = keys.create("read_only");
        assertPasses(with(damaged));
        keys.damage(damaged);
        keys.pass(Duration.ofSeconds(6)); // beyond what is cached
        assertRefused(refusal(with(damaged)), 403, "FORBIDDEN");
        for (int i = 0; i < 5; i++) {
            refusal(TestRequest.get("/files/7").bearer(forged()));
        }
        assertRefused(refusal(TestRequest.get("/files/7").bearer(forged(damaged.id()))), 429, "RATE_LIMITED");
        assertRefused(refusal(with(damaged)), 403, "FORBIDDEN");
    }

    /** Whoever asks has proven nothing, also with the right secret: it looks like an unknown key. */
    @Test
    void overTheLimitARecordWithoutAReadableHashLooksLikeAnUnknownKey() {
        CreatedKey damaged = keys.create("read_only");
        keys.damage(damaged, row -> row.hash("sha256$$damaged"));
        assertRefused(refusal(with(damaged)), 401, "UNAUTHENTICATED"); // and is cached now
        for (int i = 0; i < 5; i++) {
            refusal(TestRequest.get("/files/7").bearer(forged()));
        }
        assertRefused(refusal(with(damaged)), 429, "RATE_LIMITED");
    }

    @Test
    void countsAWrongSecretAndNothingThatFailedWithoutIoOrAfterTheSecretWasProven() {
        CreatedKey disabled = keys.create("read_only");
        keys.manager.disable(disabled.id());
        for (int i = 0; i < 20; i++) {
            refusal(TestRequest.get("/files/7").bearer("sk_x"));
            refusal(TestRequest.get("/files/7"));
            refusal(with(disabled));
            refusal(TestRequest.of("POST", "/files").bearer(keys.secret("read_only")));
        }
        assertRefused(refusal(TestRequest.get("/files/7").bearer(forged())), 401, "UNAUTHENTICATED");
        for (int i = 0; i < 4; i++) {
            refusal(TestRequest.get("/files/7").bearer(forged(disabled.id()))); // the id is right, the secret is not
        }
        assertRefused(refusal(TestRequest.get("/files/7").bearer(forged())), 429, "RATE_LIMITED");
    }

    /** The best there is without knowing a secret: the checksum is right. */
    private static String forged() {
        return forged(KeyId.random());
    }

    private static String forged(KeyId id) {
        try (var stranger = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            return stranger.create(
                            KeySpec.builder("forged").role("admin").id(id).build())
                    .secret()
                    .reveal();
        }
    }

    @Test
    void isEitherRoutesOrOneRule() {
        assertThatThrownBy(() -> ApiKeyGuard.builder(keys.manager).build()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(
                        () -> ApiKeyGuard.builder(keys.manager).byAuthorizer().byAuthorizer())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ApiKeyGuard.builder(keys.manager)
                        .byAuthorizer()
                        .route("GET", "/", Access.permission("read"))
                        .build())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ApiKeyGuard.builder(keys.manager).realm("a\"b"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void assertPasses(TestRequest request) {
        assertThat(guard.check(request)).isInstanceOf(ApiKeyGuard.Passed.class);
    }

    private Response refusal(TestRequest request) {
        return ((ApiKeyGuard.Refused) guard.check(request)).response();
    }

    private static void assertChallenged(Response refusal, String challenge) {
        assertThat(refusal.headers().getOrDefault("WWW-Authenticate", List.of()))
                .containsExactly(challenge);
    }
}
