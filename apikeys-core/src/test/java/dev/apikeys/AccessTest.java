package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Rejected;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    private void assertAllowed(boolean allowed, Access access, String... granted) {
        ApiKeyManager keys =
                service.start(service.builder().authorizer((names, resource, action) -> resource.equals("/" + action)));
        String secret = keys.create(
                        KeySpec.builder("x").permissions(Set.of(granted)).build())
                .secret()
                .reveal();
        assertCode(keys.verify(secret, access), allowed ? Code.VALID : Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void allOfNeedsEach() {
        assertAllowed(true, Access.allOf("a", "b"), "a", "b", "c");
        assertAllowed(false, Access.allOf("a", "b"), "a", "c");
        assertAllowed(true, Access.allOf("a", "a"), "a");
    }

    @Test
    void anyOfNeedsOne() {
        assertAllowed(true, Access.anyOf("a", "b"), "b");
        assertAllowed(false, Access.anyOf("a", "b"), "c");
    }

    @Test
    void andNeedsBothSidesAndKeepsChoicesApart() {
        Access choices = Access.anyOf("a", "b").and(Access.anyOf("c", "d"));

        assertAllowed(true, choices, "a", "d");
        assertAllowed(false, choices, "a", "b");
        assertAllowed(false, choices.and(Access.permission("e")), "a", "d");
        assertAllowed(true, choices.and(Access.permission("e")), "a", "d", "e");
        assertAllowed(true, Access.resource("/GET", "GET").and(Access.permission("a")), "a");
        assertAllowed(false, Access.resource("/GET", "GET").and(Access.resource("/GET", "PUT")), "a");
        assertAllowed(false, Access.permission("a").and(Access.resource("/x", "GET")), "a");
    }

    @Test
    void permissionsAreComparedWholeAndNoCharacterIsAWildcard() {
        assertAllowed(false, Access.permission("rea"), "read");
        assertAllowed(false, Access.permission("read:all"), "read");
        assertThatIllegalArgumentException().isThrownBy(() -> Access.permission("*"));
    }

    @Test
    void whatIsMissingOfAChoiceIsAllOfIt() {
        ApiKeyManager keys = service.start();
        String secret = keys.create(Service.spec("z")).secret().reveal();

        Verification verification = keys.verify(secret, Access.anyOf("c", "b").and(Access.allOf("a", "z")));

        assertThat(((Rejected) verification).missing()).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "files",
                "/a/../b",
                "/..",
                "//a",
                "/a//b",
                "/a%2e",
                "/a\0",
                "/a\\b",
                "/a\nb",
                "/a\u0085b",
                "/a;b",
                "/a/;v=1/b",
                "/a?b",
                "/a#b",
                "/a ",
                "/ a/b",
                "/a /b",
                "/a/\u00a0",
                "http://x/"
            })
    void aResourceThatCanMeanAnotherIsMisuse(String path) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.resource(path, "GET"))
                .withMessageStartingWith("path is ")
                .withMessageContaining("; allowed: an absolute path");
    }

    @Test
    void aResourceHasABound() {
        assertThat(Access.resource("/" + "a".repeat(2_047), "GET")).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.resource("/" + "a".repeat(2_048), "GET"))
                .withMessageContaining("2048");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", " GET", "GET\n"})
    void anActionIsText(String action) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.resource("/", action))
                .withMessageStartingWith("action is ")
                .withMessageContaining("allowed: 1 to 64");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "Read", "*", "read ", "1a", "a\u0000"})
    void aPermissionIsAName(String name) {
        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable misuse :
                new org.assertj.core.api.ThrowableAssert.ThrowingCallable[] {
                    () -> Access.permission(name), () -> Access.allOf("a", name), () -> Access.anyOf(name, "a")
                }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(misuse)
                    .withMessageContaining("permission")
                    .withMessageContaining("allowed: [a-z][a-z0-9_.:-]{0,63}");
        }
    }

    @Test
    void thereAre1To128Permissions() {
        String[] names = IntStream.range(0, 129).mapToObj(i -> "p" + i).toArray(String[]::new);

        assertThatIllegalArgumentException().isThrownBy(Access::allOf).withMessageContaining("1 to 128");
        assertThatIllegalArgumentException().isThrownBy(Access::anyOf).withMessageContaining("1 to 128");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.allOf(names))
                .withMessageContaining("129")
                .withMessageContaining("128");
        assertThatIllegalArgumentException().isThrownBy(() -> Access.allOf((String[]) null));
    }
}
