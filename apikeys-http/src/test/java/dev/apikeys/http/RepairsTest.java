package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.DecodedPermissions;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeySpec;
import dev.apikeys.PermissionCodec;
import dev.apikeys.http.Administrator.Right;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RepairsTest {
    private static final String INCIDENT = "[\" read\\,\\download\\,\\upload\\,\\admin\\]";

    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final CreatedKey root = damaged(keys.create("admin"), "[\"admin\",\"download\",\"read\",\"upload\"]");
    private final CreatedKey repairable = damaged(keys.create("admin"), INCIDENT);
    private final CreatedKey quarantined = damaged(keys.create("read_upload"), "[\"read\",\"uplo");

    @AfterEach
    void close() {
        keys.close();
    }

    private CreatedKey damaged(CreatedKey key, String stored) {
        KeyRow row = keys.store.find(key.id().value());
        KeyRow damaged =
                row.toBuilder().permissions(stored).version(row.version() + 1).build();
        keys.pass(Duration.ofMillis(1)); // ids of one millisecond come in any order
        keys.store.write(WriteSet.builder()
                .replace(new WriteSet.Replace(damaged, row.hash(), null))
                .build());
        return key;
    }

    @Test
    void looksFirst() {
        Response found = ask(TestRequest.get(BASE + "/permission-repairs"));
        assertThat(at(found, "data.repairs.0.id")).isEqualTo(repairable.id().value());
        assertThat(at(found, "data.repairs.0.stored")).isEqualTo(INCIDENT);
        assertThat(at(found, "data.repairs.0.grade")).isEqualTo("repaired");
        assertThat(at(found, "data.repairs.0.permissions")).isEqualTo(List.of("admin", "download", "read", "upload"));
        assertThat(at(found, "data.repairs.0.outcome")).isEqualTo("found");
        assertThat(at(found, "data.repairs.1.grade")).isEqualTo("quarantined");
        assertThat(at(found, "data.repairs.1.permissions")).isEqualTo(List.of());
        assertThat(at(found, "data.next")).isNull();
        assertThat(keys.store.find(repairable.id().value()).permissions()).isEqualTo(INCIDENT);
        Response listed =
                ask(TestRequest.get(BASE + "/api-keys/" + quarantined.id().value()));
        assertThat(at(listed, "data.api_key.permissions")).isEqualTo(List.of()); // never null
    }

    @Test
    void appliesWhatHasOneReading() {
        Response applied = ask(TestRequest.post(BASE + "/permission-repairs/apply", "{}"));
        assertThat(at(applied, "data.repairs.0.outcome")).isEqualTo("rewritten");
        assertThat(at(applied, "data.repairs.1.outcome")).isEqualTo("left");
        assertThat(keys.manager.find(repairable.id()).orElseThrow().grade()).isEqualTo(Grade.INTACT);
        assertThat(keys.manager.find(quarantined.id()).orElseThrow().grade()).isEqualTo(Grade.QUARANTINED);
    }

    /** Such a list has one reading, and grants no more than before once it is written in the canonical form. */
    @Test
    void rewritesAListBeyondItsRoleAndGoesOn() {
        CreatedKey beyond = damaged(keys.create("read_only"), "READ,ADMIN");
        CreatedKey next = damaged(keys.create("read_only"), "READ");

        Response applied = ask(TestRequest.post(BASE + "/permission-repairs/apply", "{}"));

        assertThat(outcomes(applied))
                .isEqualTo(Map.of(
                        repairable.id().value(), "rewritten",
                        quarantined.id().value(), "left",
                        beyond.id().value(), "rewritten",
                        next.id().value(), "rewritten"));
        ApiKey key = keys.manager.find(beyond.id()).orElseThrow();
        assertThat(key.grade()).isEqualTo(Grade.INTACT);
        assertThat(key.granted()).containsExactly("read");
    }

    private static Map<Object, Object> outcomes(Response applied) {
        return ((List<?>) at(applied, "data.repairs"))
                .stream()
                        .map(repair -> (Map<?, ?>) repair)
                        .collect(Collectors.toMap(repair -> repair.get("id"), repair -> repair.get("outcome")));
    }

    @Test
    void rewritesOneListBeyondItsRole() {
        CreatedKey beyond = damaged(keys.create("read_only"), "READ,ADMIN");
        String id = beyond.id().value();
        String path = BASE + "/permission-repairs/apply";

        Response other = ask(TestRequest.post(path, "{\"id\":\"" + id + "\",\"permissions\":[\"admin\"]}"));
        assertRefused(other, 422, "INVALID_ARGUMENT");
        Response one = ask(TestRequest.post(path, "{\"id\":\"" + id + "\"}"));

        assertThat(at(one, "data.api_key.grade")).isEqualTo("intact");
        assertThat(at(one, "data.api_key.granted")).isEqualTo(List.of("read"));
    }

    @Test
    void goesOnPastNamesThatOnlyTheHostsCodecKnows() {
        PermissionCodec json = PermissionCodec.json();
        PermissionCodec hosts = new PermissionCodec() {
            @Override
            public String encode(Set<String> permissions) {
                return json.encode(permissions);
            }

            @Override
            public DecodedPermissions decode(@Nullable String stored) {
                return "R".equals(stored)
                        ? new DecodedPermissions(Grade.REPAIRED, Set.of("READ!"), List.of("SHORT"))
                        : json.decode(stored);
            }
        };
        damaged(repairable, "R");
        CreatedKey next = damaged(keys.create("read_only"), "READ");
        try (ApiKeyManager other = ApiKeys.builder(keys.store)
                .permissionCodec(hosts)
                .maintainedByHost()
                .build()) {
            Admin able = Admin.builder(other)
                    .administrators(request ->
                            new Administrator(Actor.of("ops"), Set.of(Right.REPAIR), Set.of("read", "READ!")))
                    .build();

            Response applied = answer(able, TestRequest.post(BASE + "/permission-repairs/apply", "{}"));

            assertThat(outcomes(applied))
                    .containsEntry(repairable.id().value(), "left")
                    .containsEntry(next.id().value(), "rewritten");
        }
    }

    @Test
    void setsWhatAQuarantinedListIsToHold() {
        String path = BASE + "/permission-repairs/apply";
        String id = quarantined.id().value();
        Response refused = ask(TestRequest.post(path, "{\"id\":\"" + id + "\"}"));
        assertRefused(refused, 422, "INVALID_ARGUMENT");
        assertThat(at(refused, "error.field")).isEqualTo("permissions");
        Response beyond = ask(TestRequest.post(path, "{\"id\":\"" + id + "\",\"permissions\":[\"admin\"]}"));
        assertRefused(beyond, 422, "INVALID_ARGUMENT"); // beyond the key's role
        Response set = ask(TestRequest.post(path, "{\"id\":\"" + id + "\",\"permissions\":[\"read\"]}"));
        assertThat(at(set, "data.api_key.permissions")).isEqualTo(List.of("read"));
        assertThat(at(set, "data.api_key.grade")).isEqualTo("intact");
        Response one = ask(TestRequest.post(path, "{\"id\":\"" + repairable.id().value() + "\"}"));
        assertThat(at(one, "data.api_key.grade")).isEqualTo("intact");
        assertRefused(ask(TestRequest.post(path, "{\"permissions\":[\"read\"]}")), 422, "INVALID_ARGUMENT");
        assertRefused(ask(TestRequest.post(path, "{\"id\":\"ak_7\",\"permissions\":[]}")), 404, "NOT_FOUND");
        assertRefused(ask(TestRequest.post(path, "{\"id\":\"7\",\"permissions\":[]}")), 422, "INVALID_ARGUMENT");
    }

    @Test
    void leavesWhatGrantsMoreThanTheAdministratorCanGive() {
        Admin limited = limited();
        Response applied = answer(limited, TestRequest.post(BASE + "/permission-repairs/apply", "{}"));
        assertThat(at(applied, "data.repairs.0.outcome")).isEqualTo("left");
        assertThat(keys.store.find(repairable.id().value()).permissions()).isEqualTo(INCIDENT);
        String one = "{\"id\":\"" + repairable.id().value() + "\"}";
        assertRefused(answer(limited, TestRequest.post(BASE + "/permission-repairs/apply", one)), 403, "FORBIDDEN");
    }

    /** The right to repair is none to change: else it would take the permissions of every administrator's key. */
    @Test
    void changesNoListThatIsSound() {
        CreatedKey reader = keys.create("read_only");
        for (CreatedKey sound : List.of(root, reader)) {
            long version = keys.manager.find(sound.id()).orElseThrow().version();
            Response refused = answer(limited(), emptying(sound));
            assertRefused(refused, 422, "INVALID_ARGUMENT");
            assertThat(at(refused, "error.field")).isEqualTo("id");
            assertRefused(answer(admin, emptying(sound).bearer(root.secret().reveal())), 422, "INVALID_ARGUMENT");
            assertThat(keys.manager.find(sound.id()).orElseThrow().version()).isEqualTo(version);
        }
    }

    @Test
    void takesNoPermissionAwayThatTheAdministratorCannotGive() {
        assertRefused(answer(limited(), emptying(repairable)), 403, "FORBIDDEN");
        assertThat(keys.store.find(repairable.id().value()).permissions()).isEqualTo(INCIDENT);
        assertRefused(answer(limited(), emptying(quarantined)), 403, "FORBIDDEN"); // it may hold all of its role
        CreatedKey reader = damaged(keys.create("read_only"), "[\"rea");
        assertThat(answer(limited(), emptying(reader)).status()).isEqualTo(200);
    }

    /** Its list reads as empty, and may hold all of its role, or anything without one. */
    @Test
    void changesNoQuarantinedKeyOfMoreThanTheAdministratorCanGive() {
        Admin lesser = Admin.builder(keys.manager)
                .administrators(
                        request -> new Administrator(Actor.of("ops"), Set.of(Right.READ, Right.CHANGE), Set.of("read")))
                .build();
        CreatedKey free = damaged(
                keys.manager.create(
                        KeySpec.builder("x").permissions(Set.of("read")).build()),
                "[\"rea");
        for (CreatedKey key : List.of(quarantined, free)) {
            String path = BASE + "/api-keys/" + key.id().value();
            assertRefused(answer(lesser, patch(path)), 403, "FORBIDDEN");
            assertRefused(answer(lesser, TestRequest.of("DELETE", path)), 403, "FORBIDDEN");
        }
        CreatedKey reader = damaged(keys.create("read_only"), "[\"rea");
        String path = BASE + "/api-keys/" + reader.id().value();
        assertThat(answer(lesser, patch(path)).status()).isEqualTo(200);
    }

    private static TestRequest patch(String path) {
        return TestRequest.of("PATCH", path).json("{\"version\":2,\"owner\":\"team-b\"}");
    }

    private static TestRequest emptying(CreatedKey key) {
        return TestRequest.post(
                BASE + "/permission-repairs/apply", "{\"id\":\"" + key.id().value() + "\",\"permissions\":[]}");
    }

    private Admin limited() {
        return Admin.builder(keys.manager)
                .administrators(request -> new Administrator(Actor.of("ops"), Set.of(Right.REPAIR), Set.of("read")))
                .build();
    }

    @Test
    void repairsNothingThatWasChangedMeanwhile() {
        ask(TestRequest.get(BASE + "/permission-repairs")); // the administrator's key is cached from now on
        keys.afterFind = () -> keys.manager.permissionRepair().set(repairable.id(), Set.of("read"));
        Response applied = ask(TestRequest.post(BASE + "/permission-repairs/apply", "{}"));
        assertThat(at(applied, "data.repairs.0.outcome")).isEqualTo("changed_meanwhile");
        assertThat(keys.manager.find(repairable.id()).orElseThrow().permissions())
                .containsExactly("read");
    }

    @Test
    void goesOnPageByPage() {
        Response first = ask(TestRequest.get(BASE + "/permission-repairs?limit=2"));
        assertThat((List<?>) at(first, "data.repairs")).hasSize(1); // of two keys one is sound
        Response second = ask(TestRequest.get(BASE + "/permission-repairs?limit=2&cursor=" + at(first, "data.next")));
        assertThat(at(second, "data.repairs.0.id")).isEqualTo(quarantined.id().value());
        assertRefused(ask(TestRequest.get(BASE + "/permission-repairs?cursor=x")), 422, "INVALID_ARGUMENT");
    }

    private Response ask(TestRequest request) {
        return answer(admin, request.bearer(root.secret().reveal()));
    }
}
