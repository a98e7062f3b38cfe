package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.casbin.jcasbin.util.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnModelTest {

    /** The first matching policy by number decides. */
    private static final String PRIORITY = """
            [request_definition]
            r = sub, obj, act

            [policy_definition]
            p = priority, sub, obj, eft

            [policy_effect]
            e = priority(p.eft) || deny

            [matchers]
            m = include(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act != "TRACE"
            """;

    private static final String SHIPPED = CasbinAuthorizer.shippedModel();

    @Test
    void theHostsModelDecides() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(
                PRIORITY, "p, 20, read, /a*, allow\np, 10, read, /ab*, deny\n# first\np, 1, admin, /*, allow");

        assertThat(authorizer.allows(Set.of("read"), "/ax", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("read"), "/abc", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("read", "admin"), "/abc", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("read", "admin"), "/abc", "TRACE")).isFalse();
        assertThat(authorizer.allows(Set.of("read"), "/b", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of(), "/ax", "GET")).isFalse();
    }

    @Test
    void aReloadKeepsTheModel() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(PRIORITY, "p, 1, read, /a, allow");

        authorizer.reload("p, 1, read, /b, allow");

        assertThat(authorizer.allows(Set.of("read"), "/a", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of("read"), "/b", "GET")).isTrue();
    }

    @Test
    void modelAndPolicyMayBeFiles(@TempDir Path dir) throws IOException {
        Path model = Files.writeString(dir.resolve("model.conf"), PRIORITY);
        Path policy = Files.writeString(dir.resolve("policy.csv"), "p, 1, read, /a, allow");

        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(model, policy);

        assertThat(authorizer.allows(Set.of("read"), "/a", "GET")).isTrue();
    }

    @Test
    void anEmptyPolicyDeniesEverything() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(SHIPPED, "");

        assertThat(authorizer.allows(Set.of("read"), "/a", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of(""), "/a", "GET")).isFalse();
    }

    /** Without policies jCasbin evaluates the matcher once, with an empty text for each field, and asks the effect. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "p = sub, obj, act, eft|some(where (p.eft == allow))|regexMatch(r.obj, p.obj)",
                "p = sub, obj|some(where (p.eft == allow))|keyMatch(r.obj, r.obj)",
                "p = sub, eft|!some(where (p.eft == deny))|include(r.sub, p.sub)",
                "p = sub, eft|!some(where (p.eft == deny))|true"
            })
    void anEmptyPolicyDeniesEverythingWhateverTheModel(String model) {
        String[] parts = model.split("\\|", 3);
        String text = "[request_definition]\nr = sub, obj, act\n[policy_definition]\n" + parts[0]
                + "\n[policy_effect]\ne = " + parts[1] + "\n[matchers]\nm = " + parts[2];
        String line = parts[0].replace("p = ", "p, ").replace(" obj", " /obj").replace("eft", "allow");
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(text, "# nothing yet\n\n");

        assertThat(authorizer.allows(Set.of("read"), "/a", "GET")).isFalse();
        assertThat(authorizer.allows(Set.of(""), "", "")).isFalse();
        authorizer.reload(line);
        assertThat(authorizer.allows(Set.of("sub"), "/obj", "GET")).isTrue();
        authorizer.reload("");
        assertThat(authorizer.allows(Set.of("sub"), "/obj", "GET")).isFalse();
    }

    @Test
    void aModelThatCannotDecideIsRefusedAlsoWithAnEmptyPolicy() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromModel(SHIPPED.replace("include(", "noSuchFunction("), ""))
                .withMessageContaining("cannot decide");
    }

    @Test
    void aLineTerminatorIsDeniedBeforeTheModelIsAsked() {
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromModel(SHIPPED, "p, read, /:any, *, allow");

        assertThat(authorizer.allows(Set.of("read"), "/a", "GET")).isTrue();
        assertThat(authorizer.allows(Set.of("read"), "/a\n", "GET")).isFalse();
    }

    @Test
    void aRoleDefinitionIsRefusedAndTheMessageSaysWhy() {
        String model = SHIPPED.replace("[policy_effect]", "[role_definition]\ng = _, _\n\n[policy_effect]")
                .replace("include(r.sub, p.sub)", "g(r.sub, p.sub)");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromModel(model, ""))
                .withMessageContainingAll("[role_definition]", "static map", "permissions");
    }

    static Stream<Arguments> badModels() {
        return Stream.of(
                arguments("", "does not define 'r = "),
                arguments("nonsense", "not a jCasbin model"),
                arguments(SHIPPED.replace("[matchers]", "[somethings]"), "does not define 'm = "),
                arguments(SHIPPED.replace("r = sub, obj, act", "r = sub, obj"), "three"),
                arguments(SHIPPED.replace("r = sub, obj, act", "r = sub, dom, obj, act"), "three"),
                arguments(SHIPPED.replace("m = include", "m = &&& include"), "cannot decide"),
                arguments(SHIPPED.replace("include(", "noSuchFunction("), "cannot decide"),
                arguments(SHIPPED.replace("e = some", "e = many"), "cannot decide"),
                arguments("#".repeat(PolicyText.MAX_LENGTH + 1), "model text has 1048577 characters"));
    }

    @ParameterizedTest
    @MethodSource("badModels")
    void aModelThatCannotDecideIsRefusedWhenItIsLoaded(String model, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromModel(model, "p, read, /x, GET, allow"))
                .withMessageContaining(why);
    }

    static Stream<Arguments> badLines() {
        return Stream.of(
                arguments("p, 1, read, /x", "has 4 fields and not 5"),
                arguments("p, 1, read, /x, allow, y", "has 6 fields and not 5"),
                arguments("p, 1, read, /x, allowed", "effect 'allowed'"),
                arguments("p, first, read, /x, allow", "first"),
                arguments("p, 1, \"read\", /x, allow", "double quote"),
                arguments("g, alice, admin, x, y", "begins with 'g'"));
    }

    @ParameterizedTest
    @MethodSource("badLines")
    void aPolicyLineThatDoesNotFitTheModelIsRefusedWithItsNumber(String line, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CasbinAuthorizer.fromModel(PRIORITY, "# 1\np, 1, read, /x, allow\n" + line))
                .withMessageStartingWith("policy line 3: ")
                .withMessageContaining(why);
    }

    @Test
    void nothingOfARequestIsPrinted() {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
        try {
            Util.enableLog = true; // as jCasbin starts
            CasbinAuthorizer.fromPolicy("p, a, /:x, GET, allow").allows(Set.of("a"), "/unheard-of", "GET");
            CasbinAuthorizer.fromModel(SHIPPED, "p, a, /:x, GET, allow").allows(Set.of("a"), "/unheard-of", "GET");
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void theShippedModelLeavesTheSwitchOfTheLogAlone() {
        Util.enableLog = true;

        assertThat(CasbinAuthorizer.fromPolicy("p, a, /:x, GET, allow").allows(Set.of("a"), "/y", "GET"))
                .isTrue();

        assertThat(Util.enableLog).as("the host's switch is left alone").isTrue();
    }

    @Test
    void whatOnlyJsonRequestsNeedIsLeftOut() {
        assertThat(getClass().getResource("/com/google/gson/Gson.class")).isNull();
    }
}
