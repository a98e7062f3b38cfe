package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsAndWritesTheSame() {
        String json = "{\"a\":\"ü🔑\\n\",\"b\":[1,true,null,{}],\"c\":{\"d\":-9223372036854775808}}";
        assertThat(Json.write(read(json))).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "null",
                "\"a\"",
                "{",
                "{}{}",
                "{} x",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "{\"a\":01}",
                "{\"a\":NaN}",
                "{\"a\":\"\t\"}",
                "\ufeff{}",
                "/* */{}",
            })
    void refusesWhatIsNotOneObject(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(Failure.class);
    }

    @Test
    void namesADoubledField() {
        assertThatThrownBy(() -> read("{\"name\":\"a\",\"role\":\"x\",\"name\":\"b\"}"))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.response("r").body())
                                .contains("\"code\":\"BAD_REQUEST\"", "\"requestId\":\"r\"", "\"field\":\"name\""));
    }

    @Test
    void refusesDeepNestingAndOtherEncodings() {
        String deep = "{\"a\":".repeat(15) + "{}" + "}".repeat(15);
        assertThat(read(deep)).hasSize(1);
        assertThatThrownBy(() -> read("{\"a\":" + deep + "}")).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(20_000))).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> Json.read("{}".getBytes(StandardCharsets.UTF_16BE)))
                .isInstanceOf(Failure.class);
        assertThatThrownBy(() -> Json.read(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}))
                .isInstanceOf(Failure.class);
    }

    /** U+0435 ends in the byte of the digit 5: some parsers take it for one. */
    @ParameterizedTest
    @ValueSource(
            strings = {"{\"n\":\"r\\u00\u043565ad\"}", "{\"r\\u00\u043565ad\":1}", "{\"l\":[\"\\\\\\u\u0435561\"]}"})
    void refusesEscapesWhoseDigitsAreLettersOfOtherScripts(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(Failure.class);
    }

    @Test
    void takesWhatOnlyLooksLikeAnEscape() {
        assertThat(read("{\"n\":\"\\\\u00\u0435\\u0065\"}")).containsEntry("n", "\\u00\u0435e");
    }

    @Test
    void refusesFieldsOfAnotherType() throws Exception {
        String json =
                "{\"t\":1,\"n\":\"x\",\"f\":1.0,\"l\":[\"a\",\"a\"],\"m\":{\"k\":1},\"o\":[],\"b\":\"true\",\"d\":\"1 day\",\"i\":\"now\"}";
        Fields fields = Fields.ofBody(TestRequest.post("/", json));
        assertRefused("t", () -> fields.text("t"));
        assertRefused("n", () -> fields.whole("n"));
        assertRefused("f", () -> fields.whole("f"));
        assertRefused("l", () -> fields.texts("l"));
        assertRefused("m.k", () -> fields.textMap("m"));
        assertRefused("o", () -> fields.object("o"));
        assertRefused("b", () -> fields.isTrue("b"));
        assertRefused("d", () -> fields.duration("d"));
        assertRefused("i", () -> fields.instant("i"));
        assertRefused("missing", () -> fields.requiredText("missing"));
        assertRefused("t", () -> fields.only(Set.of()));
    }

    private static void assertRefused(String field, Runnable read) {
        assertThatThrownBy(read::run).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.response("r").status()).isEqualTo(422);
            assertThat(failure.response("r").body()).contains("\"field\":\"" + field + "\"", "\"allowed\":");
        });
    }

    @Test
    void writesWhatIsNoText() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("n", null);
        map.put("s", Arrays.asList("a", null));
        map.put("d", java.time.Duration.ofSeconds(5));
        assertThat(Json.write(map)).isEqualTo("{\"n\":null,\"s\":[\"a\",null],\"d\":\"PT5S\"}");
    }

    private static Map<String, Object> read(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8));
    }
}
