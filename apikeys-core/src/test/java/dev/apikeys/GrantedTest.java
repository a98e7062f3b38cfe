package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.Verification.Code;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key grants: what its list holds and its role holds now. */
class GrantedTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start(service.builder().cacheMaxAge(Duration.ZERO));

    @AfterEach
    void close() {
        service.close();
    }

    private ApiKey found(CreatedKey created) {
        return keys.find(created.id()).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "admin, 'admin,download,read,upload'",
        "read_only, read",
        "download_only, download",
        "upload_only, upload",
        "read_upload, 'read,upload'"
    })
    void a_key_for_which_no_permissions_are_said_has_those_of_its_role(String role, String permissions) {
        CreatedKey created = keys.create(KeySpec.builder("x").role(role).build());

        assertThat(created.key().permissions()).containsExactly(permissions.split(","));
        assertThat(created.key().granted()).containsExactly(permissions.split(","));
        assertThat(created.key().grade()).isEqualTo(Grade.INTACT);
        assertThat(found(created)).isEqualTo(created.key());
    }

    @Test
    void an_empty_set_grants_nothing_and_never_what_the_role_holds() {
        CreatedKey created = keys.create(
                KeySpec.builder("x").role("admin").permissions(Set.of()).build());

        assertThat(found(created).granted()).isEmpty();
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        assertCode(
                keys.verify(created.secret().reveal(), Access.anyOf("read", "admin")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void a_narrowed_key_of_a_wide_role_cannot_do_what_the_role_could() {
        CreatedKey created = keys.create(
                KeySpec.builder("x").role("admin").permissions(Set.of("read")).build());

        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
        assertCode(keys.verify(created.secret().reveal(), Access.permission("admin")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void without_a_role_the_list_counts_as_it_stands() {
        CreatedKey created = keys.create(spec("anything.at-all:1"));

        assertThat(found(created).granted()).containsExactly("anything.at-all:1");
    }

    @Test
    void a_narrowed_role_narrows_its_keys_and_a_widened_one_widens_nothing() {
        CreatedKey created =
                keys.create(KeySpec.builder("x").role("read_upload").build());
        ApiKeyManager narrowed =
                service.start(service.builder().roles(Roles.standard().with("read_upload", "upload", "new")));

        Verification verification = narrowed.verify(created.secret().reveal());

        assertThat(verification.orElseThrow().granted()).containsExactly("upload");
        assertThat(verification.orElseThrow().permissions()).containsExactly("read", "upload");
        assertCode(narrowed.verify(created.secret().reveal(), Access.permission("new")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void an_unknown_role_grants_nothing_and_is_told_once() {
        CreatedKey created = keys.create(spec());
        ApiKeyManager without = service.start(service.builder().roles(Roles.none()));

        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 3; i++) {
                assertThat(without.find(created.id()).orElseThrow().granted()).isEmpty();
                assertCode(
                        without.verify(created.secret().reveal(), Access.permission("read")),
                        Code.INSUFFICIENT_PERMISSIONS);
            }
            assertThat(log.lines("role \"read_upload\""))
                    .singleElement()
                    .asString()
                    .contains("WARN");
        }
        assertCode(without.verify(created.secret().reveal()), Code.VALID);
    }

    @Test
    void a_stored_role_that_is_no_name_grants_nothing_and_cannot_forge_a_log_line() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "role", "admin\nERROR forged");

        try (CapturedLog log = new CapturedLog()) {
            assertThat(found(created).granted()).isEmpty();
            assertThat(log.text().lines()).noneMatch(line -> line.startsWith("ERROR forged"));
        }
    }

    @Test
    void a_repaired_list_is_bounded_by_its_role() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "permissions", "read,admin");

        assertThat(found(created).grade()).isEqualTo(Grade.REPAIRED);
        assertThat(found(created).permissions()).containsExactly("admin", "read");
        assertThat(found(created).granted()).containsExactly("read");
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
    }

    @Test
    void a_repaired_list_without_a_role_grants_nothing_until_it_is_repaired_for_good() {
        CreatedKey created = keys.create(spec("read"));
        service.edit(created.id(), "permissions", "read,upload");

        assertThat(found(created).granted()).isEmpty();
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.INSUFFICIENT_PERMISSIONS);

        keys.permissionRepair().apply(KeyQuery.all());
        assertThat(found(created).granted()).containsExactly("read", "upload");
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
    }

    @Test
    void the_authorizer_sees_what_is_granted_now_and_nothing_else() {
        AtomicReference<Set<String>> seen = new AtomicReference<>(Set.of());
        ApiKeyManager guarded = service.start(service.builder()
                .roles(Roles.none().with("read_upload", "upload"))
                .authorizer((granted, resource, action) -> {
                    seen.set(granted);
                    return resource.equals("/files/a.txt") && action.equals("PUT");
                }));
        CreatedKey created = keys.create(spec());

        assertCode(guarded.verify(created.secret().reveal(), Access.resource("/files/a.txt", "PUT")), Code.VALID);
        assertCode(
                guarded.verify(created.secret().reveal(), Access.resource("/files/a.txt", "GET")),
                Code.INSUFFICIENT_PERMISSIONS);
        assertThat(seen.get()).containsExactly("upload");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> seen.get().add("read"));
    }

    @Test
    void without_an_authorizer_every_resource_is_denied() {
        CreatedKey created = keys.create(KeySpec.builder("x").role("admin").build());

        assertCode(keys.verify(created.secret().reveal(), Access.resource("/", "GET")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void the_authorizer_is_asked_only_once_the_permissions_suffice() {
        int[] asked = {0};
        ApiKeyManager guarded = service.start(service.builder().authorizer((granted, resource, action) -> {
            asked[0]++;
            return true;
        }));
        CreatedKey created = guarded.create(spec());
        Access access = Access.permission("admin").and(Access.resource("/a", "GET"));

        assertCode(guarded.verify(created.secret().reveal(), access), Code.INSUFFICIENT_PERMISSIONS);
        assertThat(asked[0]).isZero();
        assertCode(
                guarded.verify(
                        created.secret().reveal(), Access.permission("read").and(Access.resource("/a", "GET"))),
                Code.VALID);
        assertThat(asked[0]).isOne();
    }
}
