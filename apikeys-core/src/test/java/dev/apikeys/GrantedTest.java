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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
    void aKeyForWhichNoPermissionsAreSaidHasThoseOfItsRole(String role, String permissions) {
        CreatedKey created = keys.create(KeySpec.builder("x").role(role).build());

        assertThat(created.key().permissions()).containsExactly(permissions.split(","));
        assertThat(created.key().granted()).containsExactly(permissions.split(","));
        assertThat(created.key().grade()).isEqualTo(Grade.INTACT);
        assertThat(found(created)).isEqualTo(created.key());
    }

    static Stream<Throwable> failures() {
        return Stream.of(
                new IllegalStateException("planted"),
                new StackOverflowError("planted"),
                new AssertionError("planted"),
                new NoClassDefFoundError("planted"));
    }

    /** What a codec of the host's throws on one row costs that row. */
    @ParameterizedTest
    @MethodSource("failures")
    void aListThatTheCodecFailsOnIsUnreadableAndTheOthersAreShown(Throwable failure) {
        PermissionCodec json = PermissionCodec.json();
        ApiKeyManager hosts = service.start(service.builder().permissionCodec(new PermissionCodec() {
            @Override
            public String encode(Set<String> permissions) {
                return json.encode(permissions);
            }

            @Override
            public DecodedPermissions decode(@Nullable String stored) {
                return "poison".equals(stored) ? GrantedTest.<RuntimeException>sneak(failure) : json.decode(stored);
            }
        }));
        CreatedKey poisoned = hosts.create(spec());
        hosts.create(spec());
        service.edit(poisoned.id(), "permissions", "poison");

        assertThat(hosts.list(KeyQuery.all()).items())
                .hasSize(2)
                .filteredOn(key -> key.grade() == Grade.QUARANTINED)
                .extracting(ApiKey::id)
                .containsExactly(poisoned.id());
        assertThat(hosts.find(poisoned.id()).orElseThrow().granted()).isEmpty();
        assertThat(hosts.permissionRepair().inspect(KeyQuery.all()).items()).hasSize(1);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> DecodedPermissions sneak(Throwable failure) throws E {
        throw (E) failure;
    }

    @Test
    void anEmptySetGrantsNothingAndNeverWhatTheRoleHolds() {
        CreatedKey created = keys.create(
                KeySpec.builder("x").role("admin").permissions(Set.of()).build());

        assertThat(found(created).granted()).isEmpty();
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        assertCode(
                keys.verify(created.secret().reveal(), Access.anyOf("read", "admin")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void aNarrowedKeyOfAWideRoleCannotDoWhatTheRoleCould() {
        CreatedKey created = keys.create(
                KeySpec.builder("x").role("admin").permissions(Set.of("read")).build());

        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
        assertCode(keys.verify(created.secret().reveal(), Access.permission("admin")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void withoutARoleTheStoredListCounts() {
        CreatedKey created = keys.create(spec("anything.at-all:1"));

        assertThat(found(created).granted()).containsExactly("anything.at-all:1");
    }

    @Test
    void aNarrowedRoleNarrowsItsKeysAndAWidenedOneWidensNothing() {
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
    void anUnknownRoleGrantsNothingAndIsReportedOnce() {
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
    void aStoredRoleThatIsNoNameGrantsNothingAndCannotForgeALogLine() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "role", "admin\nERROR forged");

        try (CapturedLog log = new CapturedLog()) {
            assertThat(found(created).granted()).isEmpty();
            assertThat(log.text().lines()).noneMatch(line -> line.startsWith("ERROR forged"));
        }
    }

    @Test
    void aRepairedListIsBoundedByItsRole() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "permissions", "read,admin");

        assertThat(found(created).grade()).isEqualTo(Grade.REPAIRED);
        assertThat(found(created).permissions()).containsExactly("admin", "read");
        assertThat(found(created).granted()).containsExactly("read");
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
    }

    @Test
    void aRepairedListWithoutARoleGrantsNothingUntilItIsRepairedForGood() {
        CreatedKey created = keys.create(spec("read"));
        service.edit(created.id(), "permissions", "read,upload");

        assertThat(found(created).granted()).isEmpty();
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.INSUFFICIENT_PERMISSIONS);

        keys.permissionRepair().apply(KeyQuery.all());
        assertThat(found(created).granted()).containsExactly("read", "upload");
        assertCode(keys.verify(created.secret().reveal(), Access.permission("read")), Code.VALID);
    }

    @Test
    void theAuthorizerSeesWhatIsGrantedNowAndNothingElse() {
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
    void withoutAnAuthorizerEveryResourceIsDenied() {
        CreatedKey created = keys.create(KeySpec.builder("x").role("admin").build());

        assertCode(keys.verify(created.secret().reveal(), Access.resource("/", "GET")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void theAuthorizerIsAskedOnlyOnceThePermissionsSuffice() {
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
