package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyRefusalTest {

    private static final Map<String, Set<String>> ROLES = Map.of("reader", Set.of("read"), "none", Set.of());

    static Stream<Arguments> badLines() {
        return Stream.of(
                arguments("p, read, /x, GET", "4 fields"),
                arguments("p, read, /x, GET, allow, more", "6 fields"),
                arguments("p, read, /x, GET, allow,", "field 6 is empty"),
                arguments("p", "1 fields"),
                arguments("p, , /x, GET, allow", "field 2 is empty"),
                arguments("p read /x GET allow", "begins with"),
                arguments("g, alice, admin, /x, allow", "begins with 'g'"),
                arguments("g, alice, admin", "begins with 'g'"),
                arguments("p2, read, /x, GET, allow", "begins with 'p2'"),
                arguments("[policy_definition]", "begins with"),
                arguments("p, read, /x, GET, Allow", "effect 'Allow'"),
                arguments("p, read, /x, GET, maybe", "effect 'maybe'"),
                arguments("p, Read, /x, GET, allow", "subject 'Read'"),
                arguments("p, 1read, /x, GET, allow", "subject"),
                arguments("p, re ad, /x, GET, allow", "subject 're ad'"),
                arguments("p, *, /x, GET, allow", "subject '*'"),
                arguments("p, read'x, /x, GET, allow", "subject"),
                arguments("p, \"read\", /x, GET, allow", "double quote"),
                arguments("p, \"a,b\", /x, GET, allow", "double quote"),
                arguments("p, r\u00e9ad, /x, GET, allow", "'r\\u00e9ad'"),
                arguments("\ufeffp, read, /x, GET, allow", "'\\ufeffp'"),
                arguments("p, re\tad, /x, GET, allow", "control character"),
                arguments("p, re\u2028ad, /x, GET, allow", "control character"),
                arguments("p, re\0ad, /x, GET, allow", "control character"),
                arguments("p, " + "a".repeat(65) + ", /x, GET, allow", "subject"),
                arguments(
                        "p, role:unknown, /x, GET, allow", "role:unknown is not among the roles given: [none, reader]"),
                arguments("p, role:, /x, GET, allow", "role: is not among"),
                arguments("p, role:none, /x, GET, allow", "role:none has no permissions"),
                arguments("p, role:none, /x, GET, deny", "role:none has no permissions"),
                arguments("p, read, x, GET, allow", "path 'x'"),
                arguments("p, read, *, GET, allow", "path '*'"),
                arguments("p, read, //x, GET, allow", "path"),
                arguments("p, read, /a/../x, GET, allow", "path"),
                arguments("p, read, /a/./x, GET, allow", "path"),
                arguments("p, read, /.*, GET, allow", "path"),
                arguments("p, read, /a*, GET, allow", "path"),
                arguments("p, read, /*/x, GET, allow", "path"),
                arguments("p, read, /**, GET, allow", "path"),
                arguments("p, read, /{id}, GET, allow", "path"),
                arguments("p, read, /a|/b, GET, allow", "path"),
                arguments("p, read, /(a), GET, allow", "path"),
                arguments("p, read, /[ab], GET, allow", "path"),
                arguments("p, read, /a+, GET, allow", "path"),
                arguments("p, read, /a?, GET, allow", "path"),
                arguments("p, read, /a$, GET, allow", "path"),
                arguments("p, read, /^a, GET, allow", "path"),
                arguments("p, read, /a\\d, GET, allow", "path"),
                arguments("p, read, /a%2e, GET, allow", "path"),
                arguments("p, read, /a b, GET, allow", "path"),
                arguments("p, read, /a:b, GET, allow", "path"),
                arguments("p, read, /:, GET, allow", "path"),
                arguments("p, read, /:id.txt, GET, allow", "path"),
                arguments("p, read, /" + "a".repeat(512) + ", GET, allow", "512"),
                arguments("p, read, /x, GET||HEAD, allow", "action"),
                arguments("p, read, /x, |, allow", "action"),
                arguments("p, read, /x, GET|*, allow", "action"),
                arguments("p, read, /x, G.T, allow", "action 'G.T'"),
                arguments("p, read, /x, .*, allow", "action"),
                arguments("p, read, /x, (GET), allow", "action"),
                arguments("p, read, /x, GET HEAD, allow", "action"),
                arguments("p, read, /x, " + "A".repeat(33) + ", allow", "action"),
                arguments("p, read, /x, GET, allow # why", "effect"),
                arguments("p, read, /x, GET, allow" + ", x".repeat(1000), "at most 2000"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badLines")
    void aLineThatIsNotUnderstoodIsRefusedWithItsNumber(String line, String why) {
        String policy = "# line 1\r\n\np, read, /x, GET, allow\r\n" + line + "\np, also bad";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromPolicy(policy, ROLES))
                .withMessageStartingWith("policy line 4: ")
                .withMessageContaining(why)
                .satisfies(e -> org.assertj.core.api.Assertions.assertThat(e.getMessage())
                        .hasSizeLessThan(600));
    }

    @Test
    void nullIsRefusedByTheNameOfTheArgument() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy("");
        Path file = Path.of("policy.csv");
        assertNamed("policyText", () -> CasbinAuthorizer.fromPolicy((String) null));
        assertNamed("policyFile", () -> CasbinAuthorizer.fromPolicy((Path) null));
        assertNamed("policyFile", () -> CasbinAuthorizer.fromPolicy((Path) null, Map.of()));
        assertNamed("roles", () -> CasbinAuthorizer.fromPolicy("", null));
        assertNamed("roles", () -> CasbinAuthorizer.fromPolicy(file, null));
        assertNamed("modelText", () -> CasbinAuthorizer.fromModel((String) null, ""));
        assertNamed("policyText", () -> CasbinAuthorizer.fromModel(CasbinAuthorizer.shippedModel(), null));
        assertNamed("modelFile", () -> CasbinAuthorizer.fromModel((Path) null, file));
        assertNamed("policyFile", () -> CasbinAuthorizer.fromModel(file, null));
        assertNamed("policyText", () -> authorizer.reload((String) null));
        assertNamed("policyFile", () -> authorizer.reload((Path) null));
        assertNamed("granted", () -> authorizer.allows(null, "/", "GET"));
        assertNamed("resource", () -> authorizer.allows(Set.of(), null, "GET"));
        assertNamed("action", () -> authorizer.allows(Set.of(), "/", null));
    }

    private static void assertNamed(String argument, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(argument);
    }
}
