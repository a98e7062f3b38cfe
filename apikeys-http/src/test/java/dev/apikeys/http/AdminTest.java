package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static dev.apikeys.http.Keys.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of the admin API, asked with an administrator's key. */
class AdminTest {
    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final CreatedKey root = keys.create("admin");

    @AfterEach
    void close() {
        keys.close();
    }

    // Create

    @Test
    void createsAKeyInTheWordsOfTheSourceSystem() {
        Response answer = post("/api-keys", "{\"name\":\"ci\",\"role\":\"read_upload\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(body(answer)).containsEntry("success", true);
        assertThat(body(answer)).containsEntry("message", "API key created successfully");
        Map<?, ?> data = (Map<?, ?>) body(answer).get("data");
        Map<?, ?> key = (Map<?, ?>) data.get("api_key");
        String id = (String) key.get("id");
        assertThat(data.get("download_url")).isEqualTo("api-keys/" + id + "/download");
        assertThat(data.containsKey("claimUrl")).isFalse();
        assertThat(key.get("name")).isEqualTo("ci");
        assertThat(key.get("permissions")).isEqualTo(List.of("read", "upload"));
        assertThat(key.get("status")).isEqualTo("active");
        assertThat(key.get("createdAt")).isEqualTo("2026-11-23T12:00:00.000Z");
        assertThat(key.get("createdBy")).isEqualTo(root.id().value());
        assertThat(keys.manager.verify((String) key.get("key")).code()).isEqualTo(Verification.Code.VALID);
    }

    @Test
    void createsAKeyOfAllFields() {
        KeyId id = KeyId.random();
        Response answer = post(
                "/api-keys",
                "{\"name\":\"ci\",\"description\":\"d\",\"owner\":\"team-a\",\"role\":\"admin\",\"permissions\":[\"upload\",\"read\"],"
                        + "\"expiresIn\":\"P90D\",\"metadata\":{\"k\":\"v\"},\"id\":\"" + id.value()
                        + "\",\"delivery\":\"show\"}");
        ApiKey key = keys.manager.find(id).orElseThrow();
        assertThat(answer.status()).isEqualTo(201);
        assertThat(key.description()).isEqualTo("d");
        assertThat(key.owner()).isEqualTo("team-a");
        assertThat(key.role()).isEqualTo("admin");
        assertThat(key.permissions()).containsExactly("read", "upload");
        assertThat(key.metadata()).isEqualTo(Map.of("k", "v"));
        assertThat(key.expiresAt()).isEqualTo(keys.now.plus(Duration.ofDays(90)));
        assertRefused(
                post("/api-keys", "{\"name\":\"ci\",\"role\":\"admin\",\"id\":\"" + id.value() + "\"}"), 409, "EXISTS");
    }

    @Test
    void createsAKeyThatEndsAtAMoment() {
        Response answer =
                post("/api-keys", "{\"name\":\"a\",\"role\":\"read_only\",\"expiresAt\":\"2027-01-01T00:00:00Z\"}");
        assertThat(at(answer, "data.api_key.expiresAt")).isEqualTo("2027-01-01T00:00:00.000Z");
        keys.pass(Duration.ofDays(1));
        Response rotated = post("/api-keys/" + at(answer, "data.api_key.id") + "/rotate", "{}");
        assertThat(at(rotated, "data.api_key.expiresAt")).isEqualTo("2027-01-01T00:00:00.000Z");
    }

    /** Null is said, and is not the same as nothing said. */
    @Test
    void createsAKeyWithoutEndDespiteAnyDefault() {
        try (ApiKeyManager defaulting = ApiKeys.builder(keys.store)
                .defaultLifetime(Duration.ofDays(90))
                .clock(() -> keys.now)
                .maintainedByHost()
                .build()) {
            Admin admin = Admin.builder(defaulting)
                    .administrators(Administrators.byApiKey(keys.manager))
                    .clock(() -> keys.now)
                    .build();
            String unsaid = "{\"name\":\"a\",\"role\":\"read_only\"}";
            String never = "{\"name\":\"a\",\"role\":\"read_only\",\"expiresAt\":null}";
            assertThat(at(create(admin, unsaid), "data.api_key.expiresAt")).isEqualTo("2027-02-21T12:00:00.000Z");
            assertThat(at(create(admin, never), "data.api_key.expiresAt")).isNull();
        }
    }

    @Test
    void aKeyWithoutEndIsRefusedByTheFieldThatWasSent() {
        try (ApiKeyManager limited = ApiKeys.builder(keys.store)
                .maxLifetime(Duration.ofDays(90))
                .clock(() -> keys.now)
                .maintainedByHost()
                .build()) {
            Admin admin = Admin.builder(limited)
                    .administrators(Administrators.byApiKey(keys.manager))
                    .clock(() -> keys.now)
                    .build();
            String unsaid = "{\"name\":\"a\",\"role\":\"read_only\"";
            assertThat(at(create(admin, unsaid + "}"), "data.api_key.expiresAt"))
                    .isEqualTo("2027-02-21T12:00:00.000Z");
            for (String end : new String[] {"\"expiresAt\":null", "\"expiresIn\":\"P91D\""}) {
                Response refused = create(admin, unsaid + "," + end + "}");
                assertThat(refused.status()).isEqualTo(422);
                assertThat(at(refused, "error.field")).isEqualTo(end.substring(1, 10));
                assertThat(at(refused, "error.allowed")).asString().contains("at most the maximum lifetime");
            }
        }
    }

    private Response create(Admin admin, String json) {
        return Keys.answer(
                admin,
                TestRequest.post(BASE + "/api-keys", json).bearer(root.secret().reveal()));
    }

    @Test
    void handsAKeyOverByALink() {
        Response answer = post(
                "/api-keys",
                "{\"name\":\"a\",\"role\":\"read_only\",\"delivery\":\"link\",\"linkExpiresIn\":\"PT168H\"}");
        String url = (String) at(answer, "data.claimUrl");
        assertThat(url).startsWith("claim/#ho_");
        assertThat(at(answer, "data.claimUntil")).isEqualTo("2026-11-30T12:00:00.000Z");
        assertThat(answer.body()).doesNotContain("sk_", "download_url");
        assertThat(answer.headers()).doesNotContainKey("Set-Cookie");
        String ticket = url.substring(url.indexOf('#') + 1);
        Response claim = ask(TestRequest.post(BASE + "/claim/", "{\"ticket\":\"" + ticket + "\"}"));
        assertThat(keys.manager.verify((String) at(claim, "data.key")).code()).isEqualTo(Verification.Code.VALID);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name | {}",
                "name | {\"name\":1}",
                "name | {\"name\":\" a\",\"role\":\"admin\"}",
                "permissions | {\"name\":\"a\"}",
                "permissions | {\"name\":\"a\",\"role\":\"admin\",\"permissions\":[\"read\",\"read\"]}",
                "role | {\"name\":\"a\",\"role\":\"nobody\"}",
                "owner | {\"name\":\"a\",\"role\":\"admin\",\"owner\":\"\"}",
                "id | {\"name\":\"a\",\"role\":\"admin\",\"id\":\"7\"}",
                "expiresIn | {\"name\":\"a\",\"role\":\"admin\",\"expiresIn\":\"90 days\"}",
                "expiresIn | {\"name\":\"a\",\"role\":\"admin\",\"expiresIn\":\"-P1D\"}",
                "expiresIn | {\"name\":\"a\",\"role\":\"admin\",\"expiresIn\":\"P1D\",\"expiresAt\":\"2027-01-01T00:00:00Z\"}",
                "expiresIn | {\"name\":\"a\",\"role\":\"admin\",\"expiresIn\":\"P1D\",\"expiresAt\":null}",
                "expiresAt | {\"name\":\"a\",\"role\":\"admin\",\"expiresAt\":\"2026-11-23T12:00:00Z\"}",
                "expiresAt | {\"name\":\"a\",\"role\":\"admin\",\"expiresAt\":\"tomorrow\"}",
                "delivery | {\"name\":\"a\",\"role\":\"admin\",\"delivery\":\"mail\"}",
                "linkExpiresIn | {\"name\":\"a\",\"role\":\"admin\",\"linkExpiresIn\":\"PT1H\"}",
                "linkExpiresIn | {\"name\":\"a\",\"role\":\"admin\",\"delivery\":\"link\",\"linkExpiresIn\":\"P8D\"}",
                "linkExpiresIn | {\"name\":\"a\",\"role\":\"admin\",\"delivery\":\"link\",\"linkExpiresIn\":\"PT1S\"}",
                "metadata.k | {\"name\":\"a\",\"role\":\"admin\",\"metadata\":{\"k\":1}}",
                "key | {\"name\":\"a\",\"role\":\"admin\",\"key\":\"sk_1\"}",
            })
    void refusesWhatCannotBeCreatedAndSaysWhichField(String field, String json) {
        Response answer = post("/api-keys", json);
        assertRefused(answer, 422, "INVALID_ARGUMENT");
        assertThat(at(answer, "error.field")).isEqualTo(field);
        assertThat((String) at(answer, "error.allowed")).isNotBlank();
        assertThat(keys.manager.count(KeyQuery.all(), 10)).isEqualTo(1);
    }

    @Test
    void mayBeRepeatedWhereTheHandOffFailedBeforeAKeyWasMade() {
        KeyId id = KeyId.random();
        keys.manager.verify(root.secret().reveal()); // from the cache from now on
        keys.failure = new StorageException("no answer from jdbc:h2 hash sha256$$00", null, true, id.value());
        Response answer = post("/api-keys", "{\"name\":\"a\",\"role\":\"admin\",\"id\":\"" + id.value() + "\"}");
        keys.failure = null;
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(answer.body()).doesNotContain("jdbc", "sha256");
        assertThat(at(answer, "error.retryable")).isEqualTo("yes");
        assertThat(keys.manager.find(id)).isEmpty();
    }

    /** Nothing else of a lost answer leads to what happened. */
    @Test
    void theRequestIdOfALostAnswerFindsItsRowInTheJournal() {
        CreatedKey key = keys.create("read_only");
        keys.afterWrite = new StorageException("no answer", null, true);
        Response answer = post(path(key) + "/disable", "{}");
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(at(answer, "error.retryable")).isEqualTo("ask");
        JournalEntry entry = keys.manager
                .journal(JournalQuery.all().key(key.id()).limit(1))
                .items()
                .get(0);
        assertThat(entry.type()).hasToString("DISABLED");
        assertThat(entry.actor().requestId()).isEqualTo(at(answer, "error.requestId"));
    }

    @Test
    void saysThatTooManySecretsWaitAndMakesNothing() {
        try (ApiKeyManager full = ApiKeys.builder(keys.store)
                .handOff(new InMemoryTempKeyStore(1, () -> keys.now))
                .clock(() -> keys.now)
                .maintainedByHost()
                .build()) {
            Admin admin = Admin.builder(full)
                    .administrators(Administrators.byApiKey(keys.manager))
                    .build();
            String json = "{\"name\":\"a\",\"role\":\"read_only\",\"delivery\":\"link\"}";
            assertThat(create(admin, json).status()).isEqualTo(201);
            Response refused = create(admin, json);
            assertRefused(refused, 503, "VAULT_FULL");
            assertThat(at(refused, "error.retryable")).isEqualTo("yes");
            assertThat(refused.headers().get("Retry-After")).containsExactly("60");
            assertThat(keys.manager.count(KeyQuery.all(), 10)).isEqualTo(2);
        }
    }

    // Read

    @Test
    void listsNewestFirstInPages() {
        for (int i = 0; i < 5; i++) {
            keys.pass(Duration.ofMillis(1));
            keys.manager.create(KeySpec.builder("key " + i)
                    .owner("team-a")
                    .role("read_only")
                    .build());
        }
        Response first = get("/api-keys?owner=team-a&limit=3");
        assertThat(names(first)).containsExactly("key 4", "key 3", "key 2");
        Response second = get("/api-keys?owner=team-a&limit=3&cursor=" + at(first, "data.next"));
        assertThat(names(second)).containsExactly("key 1", "key 0");
        assertThat(at(second, "data.next")).isNull();
        assertThat(names(get("/api-keys?order=oldest&limit=200&owner=team-a"))).startsWith("key 0", "key 1");
    }

    /** Its address is in logs by then; a script that does so is told at once. */
    @Test
    void searchesForNoSecret() {
        CreatedKey waiting = keys.manager.create(KeySpec.builder("a")
                .role("read_only")
                .handOff(Duration.ofMinutes(1))
                .build());
        String secret = root.secret().reveal();
        String ticket = waiting.handOff().orElseThrow().ticket().reveal();
        String legacy = "sk_" + "0".repeat(64);
        for (String text :
                List.of(secret, ticket, legacy, secret + ",", "%22" + secret + "%22", "key=" + ticket + ".")) {
            Response refused = get("/api-keys?q=" + text);
            assertRefused(refused, 422, "INVALID_ARGUMENT");
            assertThat(refused.body()).doesNotContain(secret, ticket, legacy);
        }
        assertThat(get("/api-keys?q=" + root.id().value()).status()).isEqualTo(200);
    }

    @Test
    void filters() {
        keys.manager.create(KeySpec.builder("50% off_sale")
                .owner("team b")
                .role("read_only")
                .expiresIn(Duration.ofDays(1))
                .build());
        CreatedKey disabled = keys.create("upload_only");
        keys.manager.disable(disabled.id());
        assertThat(names(get("/api-keys?q=50%25+OFF_"))).containsExactly("50% off_sale");
        assertThat(names(get("/api-keys?owner=team%20b"))).containsExactly("50% off_sale");
        assertThat(names(get("/api-keys?status=disabled"))).containsExactly("upload_only key");
        assertThat(names(get("/api-keys?role=upload_only&status=active"))).isEmpty();
        assertThat(names(get("/api-keys?endingBefore=2026-11-25T00:00:00Z"))).containsExactly("50% off_sale");
        keys.pass(Duration.ofHours(2));
        assertThat(names(get("/api-keys?unusedSince=2026-11-23T12:30:00Z"))).contains("50% off_sale");
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit",
        "limit=201, limit",
        "limit=x, limit",
        "limit=99999999999999999999, limit",
        "cursor=elsewhere, cursor",
        "cursor=, cursor",
        "order=up, order",
        "status=ACTIVE, status",
        "status=gone, status",
        "role=No, role",
        "q=, q",
        "owner=, owner",
        "endingBefore=soon, endingBefore",
        "unusedSince=2026-11-23T11:59:00Z, unusedSince",
        "page=2, page",
    })
    void refusesQueriesThatMeanNothing(String query, String field) {
        Response answer = get("/api-keys?" + query);
        assertRefused(answer, 422, "INVALID_ARGUMENT");
        assertThat(at(answer, "error.field")).isEqualTo(field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=1&limit=1", "owner=%ff", "owner=%zz", "owner=%"})
    void refusesQueriesThatCannotBeRead(String query) {
        assertRefused(get("/api-keys?" + query), 400, "BAD_REQUEST");
    }

    @Test
    void showsAKeyWithHandOffAndJournal() {
        String id = (String) at(post("/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"), "data.api_key.id");
        patch("/api-keys/" + id, "{\"version\":1,\"name\":\"b\"}");
        Response answer = get("/api-keys/" + id);
        assertThat(at(answer, "data.api_key.name")).isEqualTo("b");
        assertThat(at(answer, "data.handOff.state")).isEqualTo("waiting");
        assertThat(at(answer, "data.handOff.at")).isEqualTo("2026-11-23T12:10:00.000Z");
        assertThat(at(answer, "data.journal.entries.0.type")).isEqualTo("UPDATED");
        assertThat(at(answer, "data.journal.entries.1.type")).isEqualTo("CREATED");
        assertThat(answer.body()).doesNotContain("sk_", "ho_", "sha256");
    }

    @Test
    void showsAKeyWithoutItsHandOffWhileOnlyTheTempKeyStoreIsDown() {
        CreatedKey key = keys.create("read_only");
        keys.failing = "findByKey";
        Response answer = get(path(key));
        keys.failing = null;
        assertThat(at(answer, "data.api_key.name")).isEqualTo("read_only key");
        assertThat(at(answer, "data.handOff.state")).isEqualTo("unknown");
        assertThat(at(answer, "data.handOff.at")).isNull();
        assertThat(at(answer, "data.journal.entries.0.type")).isEqualTo("CREATED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ak_7", "ak_0000000000000000000000000z", "7", "AK_7", "ak_", "sk_1"})
    void findsNoOtherKey(String id) {
        assertRefused(get("/api-keys/" + id), 404, "NOT_FOUND");
        assertRefused(patch("/api-keys/" + id, "{\"version\":1}"), 404, "NOT_FOUND");
        assertRefused(delete("/api-keys/" + id), 404, "NOT_FOUND");
        for (String change : List.of("disable", "enable", "rotate")) {
            assertRefused(post("/api-keys/" + id + "/" + change, "{}"), 404, "NOT_FOUND");
        }
        assertRefused(post("/api-keys/" + id + "/revoke", "{\"reason\":\"r\"}"), 404, "NOT_FOUND");
    }

    // Change

    @Test
    void changesAKey() {
        CreatedKey key = keys.create("read_upload");
        Response answer = patch(
                path(key),
                "{\"version\":1,\"name\":\"n\",\"description\":\"d\",\"owner\":\"o\",\"permissions\":[\"read\"],"
                        + "\"expiresAt\":\"2027-01-01T00:00:00Z\",\"metadata\":{\"a\":\"b\"}}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(at(answer, "data.api_key.version")).isEqualTo(2L);
        assertThat(at(answer, "data.api_key.owner")).isEqualTo("o");
        Response cleared = patch(path(key), "{\"version\":2,\"owner\":null,\"description\":null,\"expiresAt\":null}");
        assertThat(at(cleared, "data.api_key.owner")).isNull();
        assertThat(at(cleared, "data.api_key.expiresAt")).isNull();
        assertThat(at(cleared, "data.api_key.name")).isEqualTo("n");
    }

    @Test
    void showsTheCurrentKeyIfAnotherChangeWasFaster() {
        CreatedKey key = keys.create("read_only");
        patch(path(key), "{\"version\":1,\"name\":\"theirs\"}");
        for (Response answer : List.of(
                patch(path(key), "{\"version\":1,\"name\":\"mine\"}"),
                post(path(key) + "/disable", "{\"version\":1}"),
                post(path(key) + "/revoke", "{\"version\":1,\"reason\":\"r\"}"),
                delete(path(key) + "?version=1"))) {
            assertRefused(answer, 409, "VERSION");
            assertThat(at(answer, "error.current.name")).isEqualTo("theirs");
            assertThat(at(answer, "error.current.version")).isEqualTo(2L);
        }
        assertThat(keys.manager.find(key.id()).orElseThrow().name()).isEqualTo("theirs");
    }

    @Test
    void revokesThatVersionAloneIfOneIsNamed() {
        CreatedKey key = keys.create("read_only");
        get(path(key)); // the administrator's key is cached from now on
        keys.afterFind = () ->
                keys.manager.update(key.id(), KeyUpdate.builder().name("theirs").build());
        Response refused = post(path(key) + "/revoke", "{\"version\":1,\"reason\":\"r\"}");
        assertRefused(refused, 409, "VERSION");
        assertThat(at(refused, "error.current.name")).isEqualTo("theirs");
        keys.afterFind = () ->
                keys.manager.update(key.id(), KeyUpdate.builder().name("again").build());
        assertThat(post(path(key) + "/revoke", "{\"reason\":\"leaked\"}").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version | {\"name\":\"a\"}",
                "version | {\"version\":\"one\"}",
                "version | {\"version\":1.5}",
                "role | {\"version\":1,\"role\":\"nobody\"}",
                "permissions | {\"version\":1,\"permissions\":[\"upload\"]}",
                "expiresAt | {\"version\":1,\"expiresAt\":\"2020-01-01T00:00:00Z\"}",
                "revokedFrom | {\"version\":1,\"revokedFrom\":\"soon\"}",
                "id | {\"version\":1,\"id\":\"ak_1\"}",
            })
    void refusesChangesThatMeanNothing(String field, String json) {
        CreatedKey key = keys.create("read_only");
        Response answer = patch(path(key), json);
        assertRefused(answer, 422, "INVALID_ARGUMENT");
        assertThat(at(answer, "error.field")).isEqualTo(field);
        assertThat(keys.manager.find(key.id()).orElseThrow().version()).isEqualTo(1);
    }

    @Test
    void disablesEnablesRevokesAndDeletes() {
        CreatedKey key = keys.create("read_only");
        assertThat(at(post(path(key) + "/disable", "{}"), "data.api_key.status"))
                .isEqualTo("disabled");
        assertThat(at(
                        ask(TestRequest.of("POST", BASE + path(key) + "/enable")
                                .bearer(root.secret().reveal())),
                        "data.api_key.status"))
                .isEqualTo("active"); // an empty body is an empty object
        Response revoked = post(path(key) + "/revoke", "{\"reason\":\"found in a log\"}");
        assertThat(at(revoked, "data.api_key.status")).isEqualTo("revoked");
        assertThat(at(revoked, "data.api_key.revokedReason")).isEqualTo("found in a log");
        Response refused = post(path(key) + "/disable", "{}");
        assertRefused(refused, 409, "NOT_ACTIVE");
        assertThat(at(refused, "error.current.status")).isEqualTo("revoked");
        assertRefused(post(path(key) + "/revoke", "{}"), 422, "INVALID_ARGUMENT");
        assertThat(delete(path(key)).status()).isEqualTo(200);
        assertRefused(delete(path(key)), 404, "NOT_FOUND");
    }

    /** Under an id of the caller's a rotation can be repeated, and says that it was done before. */
    @Test
    void rotatesOnceUnderAnId() {
        CreatedKey key = keys.create("read_only");
        String json = "{\"id\":\"" + KeyId.random().value() + "\"}";
        Response first = post(path(key) + "/rotate", json);
        assertThat(first.status()).isEqualTo(201);
        assertThat(json).contains((String) at(first, "data.api_key.id"));
        assertRefused(post(path(key) + "/rotate", json), 409, "EXISTS");
        assertRefused(post(path(key) + "/rotate", "{\"id\":\"" + KeyId.random().value() + "\"}"), 409, "ROTATED");
        assertThat(keys.manager.count(KeyQuery.all(), 10)).isEqualTo(3);
        Response wrong = post(path(key) + "/rotate", "{\"id\":\"7\"}");
        assertRefused(wrong, 422, "INVALID_ARGUMENT");
        assertThat(at(wrong, "error.field")).isEqualTo("id");
    }

    @Test
    void rotates() {
        CreatedKey key = keys.create("read_only");
        Response answer = post(path(key) + "/rotate", "{\"grace\":\"PT24H\",\"expiresIn\":\"P30D\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(at(answer, "data.api_key.rotatedFrom")).isEqualTo(key.id().value());
        assertThat(at(answer, "data.api_key.expiresAt")).isEqualTo("2026-12-23T12:00:00.000Z");
        assertThat(keys.manager.verify((String) at(answer, "data.api_key.key")).code())
                .isEqualTo(Verification.Code.VALID);
        assertThat(keys.manager.verify(key.secret().reveal()).code()).isEqualTo(Verification.Code.VALID);
        assertRefused(post(path(key) + "/rotate", "{}"), 409, "ROTATED");
        // a grace under way is cut by an update
        Response cut = patch(path(key), "{\"version\":2,\"revokedFrom\":\"2026-11-23T13:00:00Z\"}");
        assertThat(at(cut, "data.api_key.revokedAt")).isEqualTo("2026-11-23T13:00:00.000Z");
        String successor = "/api-keys/" + at(answer, "data.api_key.id");
        Response linked = post(successor + "/rotate", "{\"delivery\":\"link\"}");
        assertThat((String) at(linked, "data.claimUrl")).startsWith("claim/#ho_");
        assertThat(at(linked, "data.claimUntil")).isEqualTo("2026-11-24T12:00:00.000Z");
        assertThat(linked.body()).doesNotContain("sk_");
    }

    @Test
    void writesWhoDidItAndUnderWhichRequestIntoTheJournal() {
        CreatedKey key = keys.create("read_only");
        post(path(key) + "/disable", "{}");
        JournalEntry entry = keys.manager
                .journal(JournalQuery.all().key(key.id()).limit(1))
                .items()
                .get(0);
        assertThat(entry.actor().name()).isEqualTo(root.id().value());
        assertThat(entry.actor().via()).isEqualTo("admin key");
        assertThat(entry.actor().requestId()).hasSize(36);
        Response journal =
                get("/journal?keyId=" + key.id().value() + "&actor=" + root.id().value());
        assertThat(at(journal, "data.entries.0.type")).isEqualTo("DISABLED");
        assertThat(at(journal, "data.entries.0.actor.requestId"))
                .isEqualTo(entry.actor().requestId());
        assertRefused(get("/journal?keyId=7"), 422, "INVALID_ARGUMENT");
        assertRefused(get("/journal?cursor=x"), 422, "INVALID_ARGUMENT");
    }

    // Bulk

    @Test
    void revokesInBulkWhatWasCounted() {
        for (int i = 0; i < 3; i++) {
            keys.manager.create(
                    KeySpec.builder("a").owner("team-a").role("read_only").build());
        }
        CreatedKey other = keys.create("read_only");
        String query = "{\"query\":{\"owner\":\"team-a\"},\"reason\":\"r\"";
        Response counted = post("/api-keys/revoke", query + "}");
        assertRefused(counted, 409, "EXPECTED");
        assertThat(at(counted, "error.current")).isEqualTo(Map.of("count", 3L, "kept", 0L));
        assertRefused(post("/api-keys/revoke", query + ",\"expected\":2}"), 409, "EXPECTED");
        Response answer = post("/api-keys/revoke", query + ",\"expected\":3}");
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 3L, "skipped", 0L, "left", 0L));
        assertThat(keys.manager.count(KeyQuery.all().owner("team-a").status(KeyStatus.REVOKED), 10))
                .isEqualTo(3);
        assertThat(keys.manager.find(other.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void revokesInBulkNeitherTheOwnKeyNorAdministratorsUnlessItIsSaid() {
        keys.create("admin");
        keys.create("read_only");
        String query = "{\"query\":{\"q\":\"key\"},\"reason\":\"r\",\"expected\":3";
        Response counted = post("/api-keys/revoke", "{\"query\":{\"q\":\"key\"}}");
        assertThat(at(counted, "error.current")).isEqualTo(Map.of("count", 3L, "kept", 2L));
        Response withAdmins = post("/api-keys/revoke", "{\"query\":{\"q\":\"key\"},\"includeAdmins\":true}");
        assertThat(at(withAdmins, "error.current")).isEqualTo(Map.of("count", 3L, "kept", 1L));
        assertThat(body(post("/api-keys/revoke", query + "}")).get("data"))
                .isEqualTo(Map.of("revoked", 1L, "skipped", 2L, "left", 0L));
        String again = "{\"query\":{\"q\":\"key\"},\"reason\":\"r\",\"expected\":2,\"includeAdmins\":true}";
        assertThat(body(post("/api-keys/revoke", again)).get("data"))
                .isEqualTo(Map.of("revoked", 1L, "skipped", 1L, "left", 0L));
        assertThat(keys.manager.find(root.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void revokesInBulkNoKeyThatMakesAnAdministratorHereUnlessItIsSaid() {
        Admin byUpload =
                keys.adminBy(Administrators.byApiKey(keys.manager, "upload")).build();
        CreatedKey asking = keys.create("read_upload");
        keys.create("read_upload");
        keys.create("read_only");
        TestRequest request = TestRequest.post(
                BASE + "/api-keys/revoke", "{\"query\":{\"q\":\"read_\"},\"reason\":\"r\",\"expected\":3}");
        Response answer = Keys.answer(byUpload, request.bearer(asking.secret().reveal()));
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 1L, "skipped", 2L, "left", 0L));
    }

    /** The number is what the caller has to repeat, and no key that it may not read. */
    @Test
    void tellsTheCountAlsoToOneWhoMayRevokeAndNotRead() {
        Admin revoking = keys.adminBy(
                        request -> new Administrator(Actor.of("olga"), Set.of(Administrator.Right.REVOKE), Set.of()))
                .build();
        CreatedKey key = keys.create("read_only");
        Response counted = Keys.answer(
                revoking, TestRequest.post(BASE + "/api-keys/revoke", "{\"query\":{\"role\":\"read_only\"}}"));
        assertRefused(counted, 409, "EXPECTED");
        assertThat(at(counted, "error.current")).isEqualTo(Map.of("count", 1L, "kept", 0L));
        Response stale = Keys.answer(
                revoking, TestRequest.post(BASE + path(key) + "/revoke", "{\"version\":9,\"reason\":\"r\"}"));
        assertRefused(stale, 409, "VERSION");
        assertThat(stale.body()).doesNotContain("current", "read_only");
    }

    @Test
    void revokesInBulkNoKeyThatTheHostMakesAnAdministrator() {
        Admin byHost = keys.adminBy(new Administrators() {
                    @Override
                    public Admission admit(Request request) {
                        return new Administrator(Actor.of("olga"), Set.of(Administrator.Right.REVOKE), Set.of());
                    }

                    @Override
                    public Set<String> keyPermissions() {
                        return Set.of("upload");
                    }
                })
                .build();
        keys.create("read_upload");
        keys.create("read_only");
        Response answer = Keys.answer(
                byHost,
                TestRequest.post(
                        BASE + "/api-keys/revoke", "{\"query\":{\"q\":\"read_\"},\"reason\":\"r\",\"expected\":2}"));
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 1L, "skipped", 1L, "left", 0L));
    }

    @Test
    void countsAlsoBeyondAPageHowManyWillStay() {
        List<KeySpec> specs = java.util.Collections.nCopies(
                250, KeySpec.builder("x").role("admin").build());
        keys.manager.createAll(specs);
        Response counted = post("/api-keys/revoke", "{\"query\":{\"role\":\"admin\"}}");
        assertThat(at(counted, "error.current")).isEqualTo(Map.of("count", 251L, "kept", 251L));
    }

    @Test
    void saysWhatIsLeftWhereKeysThatStayComeFirst() {
        List<KeySpec> admins = java.util.Collections.nCopies(
                50, KeySpec.builder("a").owner("o").role("admin").build());
        List<KeySpec> readers = java.util.Collections.nCopies(
                210, KeySpec.builder("r").owner("o").role("read_only").build());
        keys.manager.createAll(admins);
        keys.pass(Duration.ofMillis(1));
        keys.manager.createAll(readers);
        String query = "{\"query\":{\"owner\":\"o\"},\"reason\":\"r\",\"expected\":";
        assertThat(body(post("/api-keys/revoke", query + "260}")).get("data"))
                .isEqualTo(Map.of("revoked", 200L, "skipped", 50L, "left", 10L));
        assertThat(body(post("/api-keys/revoke", query + "60}")).get("data"))
                .isEqualTo(Map.of("revoked", 10L, "skipped", 50L, "left", 0L));
    }

    @Test
    void namesNothingOfJava() {
        for (Response refused : List.of(
                post("/api-keys", "{\"name\":\"a\",\"role\":\"read_only\",\"id\":\"ak_1\"}"),
                get("/api-keys?cursor=x"),
                get("/journal?cursor=x"))) {
            assertRefused(refused, 422, "INVALID_ARGUMENT");
            assertThat((String) at(refused, "error.allowed")).doesNotContain("()", "Id.", "Page.");
        }
    }

    @Test
    void revokesDisabledKeysByStatusAlone() {
        keys.manager.disable(keys.create("read_only").id());
        Response answer =
                post("/api-keys/revoke", "{\"query\":{\"status\":\"disabled\"},\"reason\":\"r\",\"expected\":1}");
        assertThat(at(answer, "data.revoked")).isEqualTo(1L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"%s\":1}", "{\"name\":\"a\",\"role\":\"admin\",\"metadata\":{\"%s\":1}}"})
    void repeatsOnlyTheBeginningOfAFieldName(String json) {
        Response answer = post("/api-keys", json.formatted("x".repeat(10_000)));
        assertRefused(answer, 422, "INVALID_ARGUMENT");
        assertThat((String) at(answer, "error.field")).hasSizeLessThan(80);
        assertThat(answer.body()).hasSizeLessThan(1_000);
        Response doubled = get("/api-keys?" + "x".repeat(10_000) + "=1&" + "x".repeat(10_000) + "=2");
        assertRefused(doubled, 400, "BAD_REQUEST");
        assertThat(doubled.body()).hasSizeLessThan(1_000);
    }

    @Test
    void revokesTwoHundredAtATime() {
        List<KeySpec> specs = java.util.Collections.nCopies(
                450, KeySpec.builder("a").owner("team-a").role("read_only").build());
        keys.manager.createAll(specs);
        long expected = 450;
        for (long left : new long[] {250, 50, 0}) {
            Response answer = post(
                    "/api-keys/revoke",
                    "{\"query\":{\"owner\":\"team-a\"},\"reason\":\"r\",\"expected\":" + expected + "}");
            assertThat(at(answer, "data.left")).isEqualTo(left);
            expected = left;
        }
        assertThat(keys.manager.count(KeyQuery.all().owner("team-a").status(KeyStatus.REVOKED), 1_000))
                .isEqualTo(450);
    }

    @Test
    void revokesInBulkNothingWhereMoreMatchThanCanBeCounted() {
        List<KeySpec> specs = java.util.Collections.nCopies(
                1_000, KeySpec.builder("a").owner("o").role("read_only").build());
        for (int i = 0; i < 10; i++) {
            keys.manager.createAll(specs);
        }
        String json = "{\"query\":{\"owner\":\"o\"},\"reason\":\"r\",\"expected\":10000}";
        KeyQuery revoked = KeyQuery.all().owner("o").status(KeyStatus.REVOKED);
        KeyId oneMore = keys.manager.create(specs.get(0)).id();
        assertRefused(post("/api-keys/revoke", json), 409, "EXPECTED");
        assertThat(keys.manager.count(revoked, 1)).isZero();
        keys.manager.delete(oneMore);
        assertThat(at(post("/api-keys/revoke", json), "data.revoked")).isEqualTo(200L);
    }

    @Test
    void revokesInBulkNoKeyThatWasChangedMeanwhile() {
        CreatedKey key = keys.create("read_only");
        get(path(key)); // the administrator's key is cached from now on
        keys.afterFind = () -> keys.manager.update(
                key.id(), KeyUpdate.builder().owner("theirs").build());
        Response answer =
                post("/api-keys/revoke", "{\"query\":{\"role\":\"read_only\"},\"reason\":\"r\",\"expected\":1}");
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 0L, "skipped", 1L, "left", 0L));
        assertThat(keys.manager.find(key.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void revokesInBulkNoKeyThatWasUsedMeanwhile() {
        CreatedKey idle = keys.create("read_only");
        keys.pass(Duration.ofMillis(1)); // the next one comes after it
        CreatedKey used = keys.create("read_only");
        keys.pass(Duration.ofHours(3));
        get(path(used)); // the administrator's key is cached from now on
        keys.afterFind = () -> {
            keys.manager.verify(used.secret().reveal());
            keys.manager.maintain();
        };
        Response answer = post(
                "/api-keys/revoke",
                "{\"query\":{\"unusedSince\":\"2026-11-23T13:00:00Z\",\"role\":\"read_only\"},\"reason\":\"r\",\"expected\":2}");
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 1L, "skipped", 1L, "left", 0L));
        assertThat(keys.manager.find(idle.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(keys.manager.find(used.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    /** Such as a key whose row another transaction has locked: its last use in the store is an old one. */
    @Test
    void revokesInBulkNoKeyWhoseUseCouldNotBeWritten() {
        CreatedKey idle = keys.create("read_only");
        CreatedKey busy = keys.create("read_only");
        keys.pass(Duration.ofHours(3));
        keys.manager.verify(busy.secret().reveal());
        keys.failing = "addUsage";
        Response answer = post(
                "/api-keys/revoke",
                "{\"query\":{\"unusedSince\":\"2026-11-23T13:00:00Z\",\"role\":\"read_only\"},\"reason\":\"r\",\"expected\":2}");
        keys.failing = null;
        assertThat(body(answer).get("data")).isEqualTo(Map.of("revoked", 1L, "skipped", 1L, "left", 0L));
        assertThat(keys.manager.find(idle.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(keys.manager.find(busy.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    /** Maintenance would purge, and wait for all that it waits for. */
    @Test
    void revokesInBulkByLastUseWithoutAnyMaintenanceButTheWritingOfUses() {
        CreatedKey busy = keys.create("read_only");
        keys.pass(Duration.ofHours(3));
        keys.manager.verify(busy.secret().reveal());
        get(path(busy)); // the administrator's key is cached from now on
        keys.called.clear();
        Response answer = post(
                "/api-keys/revoke",
                "{\"query\":{\"unusedSince\":\"2026-11-23T13:00:00Z\",\"role\":\"read_only\"},\"reason\":\"r\",\"expected\":0}");
        assertThat(at(answer, "data.revoked")).isEqualTo(0L);
        assertThat(keys.called).containsExactly("addUsage", "list", "list");
    }

    @Test
    void revokesInBulkByLastUse() {
        CreatedKey idle = keys.create("read_only");
        CreatedKey busy = keys.create("read_only");
        keys.pass(Duration.ofHours(3));
        keys.manager.verify(busy.secret().reveal()); // its use waits to be written
        Response answer = post(
                "/api-keys/revoke",
                "{\"query\":{\"unusedSince\":\"2026-11-23T13:00:00Z\",\"role\":\"read_only\"},\"reason\":\"r\",\"expected\":1}");
        assertThat(at(answer, "data.revoked")).isEqualTo(1L);
        assertThat(keys.manager.find(idle.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(keys.manager.find(busy.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "query | {\"reason\":\"r\"}",
                "query | {\"query\":{},\"reason\":\"r\",\"expected\":1}",
                "query | {\"query\":{\"owner\":null,\"q\":null},\"reason\":\"r\",\"expected\":1}",
                "query | {\"query\":{\"status\":\"active\"},\"reason\":\"r\",\"expected\":1}",
                "query | {\"query\":{\"status\":\"active\",\"q\":null},\"reason\":\"r\",\"expected\":1}",
                "query | {\"query\":{\"status\":\"revoked\"},\"reason\":\"r\",\"expected\":0}",
                "query | {\"query\":[],\"reason\":\"r\"}",
                "query.limit | {\"query\":{\"limit\":1},\"reason\":\"r\"}",
                "query.status | {\"query\":{\"status\":\"x\"},\"reason\":\"r\"}",
                "query.role | {\"query\":{\"role\":\"No\"},\"reason\":\"r\"}",
                "reason | {\"query\":{\"role\":\"admin\"},\"expected\":1}",
                "expected | {\"query\":{\"role\":\"admin\"},\"reason\":\"r\",\"expected\":\"all\"}",
                "includeAdmins | {\"query\":{\"role\":\"admin\"},\"reason\":\"r\",\"expected\":1,\"includeAdmins\":\"yes\"}",
            })
    void refusesBulkRevocationsThatMeanNothing(String field, String json) {
        Response answer = post("/api-keys/revoke", json);
        assertRefused(answer, 422, "INVALID_ARGUMENT");
        assertThat(at(answer, "error.field")).isEqualTo(field);
        assertThat(keys.manager.find(root.id()).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    // Others

    @Test
    void saysHowTheServiceDoes() {
        Response health = get("/health");
        assertThat(at(health, "data.store.answering")).isEqualTo(true);
        assertThat(at(health, "data.store.lastFailure")).isNull();
        keys.manager.verify(root.secret().reveal());
        keys.failure = new StorageException("hash sha256$$00 of jdbc:h2", null);
        Response failing = get("/health");
        assertThat(at(failing, "data.store.answering")).isEqualTo(false);
        assertThat(at(failing, "data.store.lastFailure.kind")).isEqualTo("NOT_ANSWERED");
        assertThat(failing.body()).doesNotContain("jdbc", "sha256");
        keys.failure = null;
        assertThat(at(get("/health"), "data.store.lastFailure.at")).isEqualTo("2026-11-23T12:00:00.000Z");
    }

    /** A 500 would say nothing of the change, which may have been made. */
    @Test
    void aClockThatFailsInAnOutageReplacesNoAnswer() {
        CreatedKey key = keys.create("read_only");
        String secret = root.secret().reveal();
        Admin failing = Admin.builder(keys.manager)
                .administrators(Administrators.byApiKey(keys.manager))
                .clock(() -> {
                    if (keys.called.contains("write")) {
                        throw new IllegalStateException("planted");
                    }
                    return keys.now;
                })
                .build();
        keys.called.clear();
        keys.afterWrite = new StorageException("no answer", null, true);

        Response answer = Keys.answer(
                failing, TestRequest.post(BASE + path(key) + "/disable", "{}").bearer(secret));
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(at(answer, "error.retryable")).isEqualTo("ask");

        keys.failure = new StorageException("no answer", null);
        Response health = Keys.answer(failing, TestRequest.get(BASE + "/health").bearer(secret));
        assertThat(at(health, "data.store.answering")).isEqualTo(false);
        keys.failure = null;
        assertThat(at(health, "data.store.lastFailure")).isEqualTo(Map.of("kind", "NOT_ANSWERED"));
    }

    @Test
    void tellsOfCallsThatHangWithoutThreadAndStack() throws Exception {
        CreatedKey key = keys.create("read_only");
        get("/health"); // the administrator's key is cached from now on
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        keys.afterFind = () -> {
            entered.countDown();
            try {
                released.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        Thread caller = new Thread(() -> keys.manager.find(key.id()), "hanging caller");
        caller.start();
        try {
            assertThat(entered.await(1, TimeUnit.MINUTES)).isTrue();
            keys.pass(Duration.ofSeconds(6));
            Response health = get("/health");
            assertThat(at(health, "data.stalls.0.operation")).isEqualTo("find");
            assertThat(at(health, "data.stalls.0.step")).isEqualTo("store.find");
            assertThat(at(health, "data.stalls.0.keyId")).isEqualTo(key.id().value());
            assertThat(at(health, "data.verifications.VALID")).isEqualTo(2L);
            assertThat(at(health, "data.maxAge")).isEqualTo("PT5S");
            assertThat(health.body()).doesNotContain("hanging caller", "stack", ".java");
        } finally {
            released.countDown();
            caller.join();
        }
    }

    @Test
    void answers503WhileTheStoreIsDownAndAfterClose() {
        keys.manager.verify(root.secret().reveal());
        keys.failure = new StorageException("down", null);
        Response answer = get("/api-keys");
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(at(answer, "error.retryable")).isEqualTo("yes");
        assertThat(answer.headers().get("Retry-After")).containsExactly("1");
        keys.failure = null;
        keys.manager.close();
        assertRefused(get("/api-keys"), 503, "UNAVAILABLE");
    }

    @Test
    void isNotThereForOtherMethodsAndPaths() {
        Response notAllowed = ask(TestRequest.of("PUT", BASE + "/api-keys"));
        assertRefused(notAllowed, 405, "METHOD_NOT_ALLOWED");
        assertThat(notAllowed.headers().get("Allow")).containsExactly("GET, POST");
        assertRefused(
                ask(TestRequest.of("OPTIONS", BASE + "/api-keys").header("Origin", "https://a.b")),
                405,
                "METHOD_NOT_ALLOWED");
        assertRefused(get("/api-keys/"), 404, "NOT_FOUND");
        assertRefused(get("/api-keys/ak_1/other"), 404, "NOT_FOUND");
        assertRefused(get("/other"), 404, "NOT_FOUND");
        assertRefused(ask(TestRequest.get("/elsewhere")), 404, "NOT_FOUND");
        assertRefused(get("/api-keys/../api-keys"), 400, "BAD_REQUEST");
        assertRefused(get("/api-keys%2fak_1"), 400, "BAD_REQUEST");
        assertRefused(get("/api-keys;v=1"), 400, "BAD_REQUEST");
        assertThat(get("/api-keys").headers()).doesNotContainKeys("Access-Control-Allow-Origin", "Set-Cookie");
    }

    // Asking

    private Response ask(TestRequest request) {
        return Keys.answer(admin, request);
    }

    private Response get(String path) {
        return ask(TestRequest.get(BASE + path).bearer(root.secret().reveal()));
    }

    private Response delete(String path) {
        return ask(TestRequest.of("DELETE", BASE + path).bearer(root.secret().reveal()));
    }

    private Response post(String path, String json) {
        return ask(TestRequest.post(BASE + path, json).bearer(root.secret().reveal()));
    }

    private Response patch(String path, String json) {
        return ask(TestRequest.of("PATCH", BASE + path)
                .json(json)
                .bearer(root.secret().reveal()));
    }

    private static String path(CreatedKey key) {
        return "/api-keys/" + key.id().value();
    }

    private static List<Object> names(Response response) {
        return ((List<?>) at(response, "data.api_keys"))
                .stream().map(key -> (Object) ((Map<?, ?>) key).get("name")).toList();
    }
}
