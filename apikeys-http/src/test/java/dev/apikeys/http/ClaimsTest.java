package dev.apikeys.http;

import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsTest {
    private static final String UNKNOWN = "ho_" + "0".repeat(43);

    private final Keys keys = new Keys();
    private final Claims claims = Claims.at("/claim", keys.manager, keys.limit(3), "https://console.example.com");

    @AfterEach
    void close() {
        keys.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/claim", "/claim/"})
    void handsASecretOverOnce(String path) {
        CreatedKey created = created();
        String ticket = ticket(created);
        Response answer = answer(claims, TestRequest.post(path, "{\"ticket\":\"" + ticket + "\"}"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(at(answer, "data.key")).isEqualTo(created.secret().reveal());
        assertThat(at(answer, "data.keyId")).isEqualTo(created.id().value());
        assertThat(answer.headers().get("Cache-Control")).containsExactly("no-store");
        keys.pass(Duration.ofMinutes(1));
        Response again = claim(ticket);
        assertRefused(again, 409, "ALREADY_CLAIMED");
        assertThat(at(again, "error.at")).isEqualTo("2026-11-23T12:00:00.000Z");
    }

    @Test
    void saysWhyNothingIsHandedOver() {
        String late = ticket(created());
        keys.pass(Duration.ofMinutes(10));
        assertRefused(claim(late), 410, "EXPIRED");
        assertRefused(claim(UNKNOWN), 404, "UNKNOWN");
        assertRefused(claim(""), 404, "UNKNOWN");
        assertRefused(claim("x".repeat(10_000)), 404, "UNKNOWN");
    }

    @Test
    void keepsASecretThatTheStoreDidNotHandOver() {
        String ticket = ticket(created());
        keys.failure = new StorageException("down", null);
        assertRefused(claim(ticket), 503, "UNAVAILABLE");
        keys.failure = null;
        assertThat(claim(ticket).status()).isEqualTo(200);
    }

    /** Each of them may wait for as long as the store hangs. */
    @Test
    void limitsClaimsThatTheStoreDoesNotAnswer() {
        keys.failure = new StorageException("down", null);
        for (int i = 0; i < 3; i++) {
            assertRefused(claim(UNKNOWN), 503, "UNAVAILABLE");
        }
        long calls = keys.calls;
        assertRefused(claim(UNKNOWN), 429, "RATE_LIMITED");
        assertThat(keys.calls).isEqualTo(calls);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
    void opensNothingButByPost(String method) {
        String ticket = ticket(created());
        String body = "{\"ticket\":\"" + ticket + "\"}";
        answer(claims, TestRequest.of(method, "/claim/?ticket=" + ticket).json(body));
        answer(
                claims,
                TestRequest.of(method, "/claim?ticket=" + ticket)
                        .header("Sec-Purpose", "prefetch")
                        .json(body));
        assertThat(claim(ticket).status()).isEqualTo(200);
    }

    @Test
    void redirectsALinkThatLostItsSlashAndNothingElse() {
        Response moved = answer(claims, TestRequest.get("/claim"));
        assertThat(moved.status()).isEqualTo(308);
        assertThat(moved.headers().get("Location")).containsExactly("claim/");
        assertRefused(answer(claims, TestRequest.of("DELETE", "/claim")), 405, "METHOD_NOT_ALLOWED");
        assertRefused(answer(claims, TestRequest.get("/claim/nothing.js")), 404, "NOT_FOUND");
        assertRefused(answer(claims, TestRequest.get("/claimX")), 404, "NOT_FOUND");
        assertRefused(answer(claims, TestRequest.get("/claim/../claim/")), 400, "BAD_REQUEST");
    }

    @Test
    void takesClaimsFromNoOtherSite() {
        String ticket = ticket(created());
        String body = "{\"ticket\":\"" + ticket + "\"}";
        assertRefused(
                answer(claims, TestRequest.post("/claim/", body).header("Sec-Fetch-Site", "cross-site")),
                403,
                "CROSS_ORIGIN");
        assertRefused(
                answer(claims, TestRequest.post("/claim/", body).header("Origin", "https://evil.example.com")),
                403,
                "CROSS_ORIGIN");
        assertThat(answer(claims, TestRequest.post("/claim/", body).header("Origin", "https://console.example.com"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void limitsGuessesAndCountsNoTypos() {
        for (int i = 0; i < 10; i++) {
            assertRefused(claim("ho_typo"), 404, "UNKNOWN");
        }
        for (int i = 0; i < 3; i++) {
            assertRefused(claim(UNKNOWN), 404, "UNKNOWN");
        }
        long calls = keys.calls;
        assertRefused(claim(UNKNOWN), 429, "RATE_LIMITED");
        assertThat(keys.calls).isEqualTo(calls);
    }

    @Test
    void readsNoBodyBeyondTheLimit() {
        for (int i = 0; i < 3; i++) {
            assertRefused(claim(UNKNOWN), 404, "UNKNOWN");
        }
        assertRefused(answer(claims, TestRequest.post("/claim/", "no JSON")), 429, "RATE_LIMITED");
    }

    @Test
    void isNotStoppedByWrongKeysOfTheAddress() {
        FailureLimit shared = keys.limit(3);
        Claims sharing = Claims.at("/claim", keys.manager, shared);
        ApiKeyGuard guard = ApiKeyGuard.builder(keys.manager)
                .byAuthorizer()
                .failureLimit(shared)
                .build();
        TestRequest wrong;
        try (Keys others = new Keys()) {
            wrong = TestRequest.get("/x").bearer(others.secret("admin"));
        }
        for (int i = 0; i < 3; i++) {
            guard.check(wrong);
        }
        keys.pass(Duration.ofSeconds(2)); // until the absence of the key is no longer cached
        assertThat(guard.check(wrong).toString()).contains("429");
        String ticket = ticket(created());
        assertThat(answer(sharing, TestRequest.post("/claim", "{\"ticket\":\"" + ticket + "\"}"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void wrongTicketsStopNoKeyOfTheAddress() {
        FailureLimit shared = keys.limit(3);
        Claims sharing = Claims.at("/claim", keys.manager, shared);
        for (int i = 0; i < 4; i++) {
            answer(sharing, TestRequest.post("/claim", "{\"ticket\":\"" + UNKNOWN + "\"}"));
        }
        ApiKeyGuard guard = ApiKeyGuard.builder(keys.manager)
                .byAuthorizer()
                .failureLimit(shared)
                .build();
        assertThat(guard.check(TestRequest.get("/x").bearer(keys.secret("admin"))))
                .isInstanceOf(ApiKeyGuard.Passed.class);
    }

    @Test
    void refusesBodiesThatAreNoClaim() {
        assertRefused(answer(claims, TestRequest.post("/claim/", "{}")), 422, "INVALID_ARGUMENT");
        assertRefused(answer(claims, TestRequest.post("/claim/", "{\"ticket\":1}")), 422, "INVALID_ARGUMENT");
        assertRefused(
                answer(claims, TestRequest.post("/claim/", "{\"ticket\":\"a\",\"x\":1}")), 422, "INVALID_ARGUMENT");
        assertRefused(answer(claims, TestRequest.post("/claim/", "ticket=a")), 400, "BAD_REQUEST");
        assertRefused(
                answer(claims, TestRequest.of("POST", "/claim/").body(UNKNOWN.getBytes())),
                415,
                "UNSUPPORTED_MEDIA_TYPE");
    }

    @Test
    void needsAVaultAndAPlainPath() {
        try (var without = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            assertThatThrownBy(() -> Claims.at("/claim", without, FailureLimit.standard()))
                    .isInstanceOf(IllegalStateException.class);
        }
        for (String path : new String[] {"/claim/", "/claim/**", "/claim/{ticket", "/claim/ticket}"}) {
            assertThatThrownBy(() -> Claims.at(path, keys.manager, FailureLimit.standard()))
                    .as(path)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("without any of * { }");
        }
    }

    private CreatedKey created() {
        return keys.manager.create(KeySpec.builder("robot")
                .role("read_upload")
                .handOff(Duration.ofMinutes(10))
                .build());
    }

    private static String ticket(CreatedKey created) {
        return created.handOff().orElseThrow().ticket().reveal();
    }

    private Response claim(String ticket) {
        return answer(claims, TestRequest.post("/claim/", "{\"ticket\":\"" + ticket + "\"}"));
    }
}
