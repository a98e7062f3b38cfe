package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShippedModelTest {

    private static final Map<String, Set<String>> ROLES =
            Map.of("admin", Set.of("admin", "read", "upload"), "read_only", Set.of("read"), "none", Set.of());

    @Test
    void anEmptyPolicyDeniesEverything() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("\n# nothing yet\n");

        assertThat(authorizer.allows(Set.of("read"), "/x", "GET")).isFalse();
    }

    @Test
    void aDenyForOnePermissionBeatsTheAllowForAnother() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, a, /x, GET, allow\np, b, /*, *, deny");

        assertThat(authorizer.allows(Set.of("a"), "/x", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a", "b"), "/x", "GET")).isFalse();
    }

    @Test
    void anAllowForARoleNeedsAllPermissionsOfTheRole() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, role:admin, /admin/*, *, allow", ROLES);

        assertThat(authorizer.allows(Set.of("admin", "read", "upload", "more"), "/admin/x", "GET"))
                .isTrue();
        assertThat(authorizer.allows(Set.of("read"), "/admin/x", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("admin"), "/admin/x", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("admin", "upload"), "/admin/x", "GET"))
                .isFalse();
    }

    @Test
    void aDenyForARoleNeedsOneOfItsPermissions() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(
                "p, upload, /x, *, allow\np, other, /x, *, allow\np, role:admin, /x, *, deny", ROLES);

        assertThat(authorizer.allows(Set.of("upload"), "/x", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("other"), "/x", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("other", "read"), "/x", "GET")).isFalse();
    }

    @Test
    void theRoleIsNoInput() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, role:read_only, /x, *, allow", ROLES);

        assertThat(authorizer.allows(Set.of("role:read_only", "read_only"), "/x", "GET"))
                .isFalse();
        assertThat(authorizer.allows(Set.of("read"), "/x", "GET")).isTrue();
    }

    @Test
    void rolesAreCopied() {
        Set<String> permissions = new HashSet<>(Set.of("read"));
        Map<String, Set<String>> roles = new HashMap<>(Map.of("r", permissions));
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, role:r, /x, *, allow", roles);
        permissions.add("more");
        roles.clear();

        authorizer.reload("p, role:r, /x, *, allow");

        assertThat(authorizer.allows(Set.of("read"), "/x", "GET")).isTrue();
    }

    @Test
    void aDotInAPathIsADot() {
        CasbinAuthorizer authorizer =
                CasbinAuthorizer.fromPolicy("p, a, /v1.2/a.txt, *, allow\np, a, /files/:id/a.txt, *, allow");

        assertThat(authorizer.allows(Set.of("a"), "/v1.2/a.txt", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a"), "/v1x2/a.txt", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("a"), "/v1.2/a-txt", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("a"), "/files/7/a.txt", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a"), "/files/7/a-txt", "GET")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret\n", "/secret\r", "/secret\u0085", "/secret\u2028", "/secret\u2029", "/secret\0"})
    void aLineTerminatorDoesNotSlipPastADeny(String resource) {
        CasbinAuthorizer authorizer =
                CasbinAuthorizer.fromPolicy("p, a, /:any, *, allow\np, a, /secret, *, deny\np, a, /x/*, *, deny");

        assertThat(authorizer.allows(Set.of("a"), "/public", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a"), resource, "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("a"), "/public", resource)).isFalse();
    }

    @Test
    void nullsAreRefusedAndNotAnswered() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, a, /*, *, allow");

        assertThatThrownBy(() -> authorizer.allows(null, "/x", "GET")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> authorizer.allows(Set.of("a"), null, "GET")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> authorizer.allows(Set.of("a"), "/x", null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aRefusedReloadChangesNothing() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("p, a, /x, *, allow");

        assertThatIllegalArgumentException().isThrownBy(() -> authorizer.reload("p, a, /y, *, allow\np, a, /x"));

        assertThat(authorizer.allows(Set.of("a"), "/x", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("a"), "/y", "GET")).isFalse();
    }

    @Test
    void readsAndReloadsFiles(@TempDir Path dir) throws IOException {
        Path first = Files.writeString(dir.resolve("first.csv"), "p, a, /größe, *, allow\r\n");
        Path second = Files.writeString(dir.resolve("second.csv"), "p, role:read_only, /y, *, allow");
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(first, ROLES);
        assertThat(authorizer.allows(Set.of("a"), "/größe", "GET")).isTrue();

        authorizer.reload(second);

        assertThat(authorizer.allows(Set.of("a"), "/größe", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("read"), "/y", "GET")).isTrue();
        assertThat(CasbinAuthorizer.fromPolicy(first).allows(Set.of("a"), "/größe", "GET"))
                .isTrue();
    }

    @Test
    void aFileThatIsMissingTooLongOrNotUtf8IsRefused(@TempDir Path dir) throws IOException {
        Path missing = dir.resolve("missing.csv");
        Path latin = Files.write(dir.resolve("latin.csv"), new byte[] {'#', (byte) 0xe9, '\n'});
        Path big = Files.writeString(dir.resolve("big.csv"), "#".repeat(PolicyText.MAX_LENGTH + 1));

        assertThatThrownBy(() -> CasbinAuthorizer.fromPolicy(missing))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("missing.csv")
                .hasCauseInstanceOf(NoSuchFileException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy(latin))
                .withMessageContainingAll("latin.csv", "UTF-8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy(big))
                .withMessageContainingAll("big.csv", "1048576");
    }

    @Test
    void theLongestPolicyIsTakenAndOneLineMoreIsNot() {
        String longest = IntStream.range(0, PolicyText.MAX_LINES)
                .mapToObj(i -> "p, a" + i + ", /x/" + i + ", *, allow")
                .collect(Collectors.joining("\n"));

        assertThat(CasbinAuthorizer.fromPolicy(longest).allows(Set.of("a9999"), "/x/9999", "GET"))
                .isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy(longest + "\n#"))
                .withMessageContaining("10000 lines");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy("#".repeat(PolicyText.MAX_LENGTH + 1)))
                .withMessageContaining("1048576");
    }

    @Test
    void namesOfRolesAndTheirPermissionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy("", Map.of("Admin", Set.of("read"))))
                .withMessageContaining("'Admin'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy("", Map.of("admin", Set.of("*"))))
                .withMessageContainingAll("admin", "'*'");
    }
}
