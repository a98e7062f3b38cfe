package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.apikeys.DecodedPermissions.Grade;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPermissionCodecTest {

    private final PermissionCodec codec = PermissionCodec.json();

    @ParameterizedTest
    @MethodSource("storedRows")
    void everyStoredRowIsGradedAsTheFixtureSays(Row row) {
        DecodedPermissions decoded = codec.decode(row.stored());

        assertThat(decoded.grade()).hasToString(row.grade().toUpperCase(Locale.ROOT));
        assertThat(decoded.permissions()).containsExactlyElementsOf(row.permissions());
        assertThat(decoded.rules().isEmpty()).isEqualTo(decoded.grade() == Grade.INTACT);
    }

    @Test
    void theFixtureIsReadWhole() throws IOException {
        assertThat(storedRows()).hasSize(32);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"read\",\"admin\"]",
                "[ \t\"read\" ,\n\"admin\"\r]",
                "[\"admin\",\"read\",\"admin\"]",
                "[\"\\u0072ead\",\"\\u0061\\u0064min\"]",
            })
    void orderBlanksRepeatsAndEscapesAreNoDamage(String stored) {
        assertThat(codec.decode(stored))
                .isEqualTo(new DecodedPermissions(Grade.INTACT, names("admin read"), List.of()));
    }

    @Test
    void jsonLiteralsInQuotesAreNames() {
        assertThat(codec.decode("[\"null\",\"true\"]").permissions()).containsExactly("null", "true");
    }

    static Stream<Arguments> mended() {
        return Stream.of(
                arguments(null, "", "NULL"),
                arguments("", "", "BLANK"),
                arguments(" \t\r\n", "", "BLANK"),
                arguments("\uFEFF", "", "BLANK"),
                arguments("null", "", "JSON_NULL"),
                arguments(" NULL ", "", "OUTER_BLANKS JSON_NULL UPPER_CASE"),
                arguments(" [\"read\"]\n", "read", "OUTER_BLANKS"),
                arguments("\uFEFF [\"read\"]", "read", "BYTE_ORDER_MARK OUTER_BLANKS"),
                arguments("\uFEFFread", "read", "BYTE_ORDER_MARK BARE_NAME UNTERMINATED"),
                arguments("\"[]\"", "", "DOUBLE_ENCODED"),
                arguments("\"[\\\"\\\\u0072ead\\\"]\"", "read", "DOUBLE_ENCODED"),
                arguments("\"\\u005b\\u0022read\\u0022]\"", "read", "DOUBLE_ENCODED"),
                arguments("\"[\\\"READ\\\"]\"", "read", "DOUBLE_ENCODED UPPER_CASE"),
                arguments("[\"\\u0052ead\"]", "read", "UPPER_CASE"),
                arguments("[\"READ\",\"read\"]", "read", "UPPER_CASE"),
                arguments("['read']", "read", "SINGLE_QUOTES"),
                arguments("['\\u0072ead']", "read", "SINGLE_QUOTES"),
                arguments("['read','Admin' , ]", "admin read", "SINGLE_QUOTES TRAILING_COMMA UPPER_CASE"),
                arguments("[\"read\"\n,\n]", "read", "TRAILING_COMMA"),
                arguments("[\" read\\,\\upload\\]", "read upload", "QUOTES_STRIPPED"),
                arguments("[\"read\\,\\upload\\]", "read upload", "QUOTES_STRIPPED"),
                arguments(
                        "[\\read\\, \\bread\\ , \\nupload\\ ,\\beef\\]", "beef bread nupload read", "QUOTES_STRIPPED"),
                arguments("[read\\]", "read", "QUOTES_STRIPPED"),
                arguments("[READ\\,\\Upload\\]", "read upload", "QUOTES_STRIPPED UPPER_CASE"),
                arguments("{read}", "read", "BRACES"),
                arguments("{ read, upload }", "read upload", "BRACES"),
                arguments("{\"read\",upload,\"null\"}", "null read upload", "BRACES"),
                arguments("{Read}", "read", "BRACES UPPER_CASE"),
                arguments("read , download", "download read", "COMMA_LIST UNTERMINATED"),
                arguments("read,", "read", "COMMA_LIST UNTERMINATED TRAILING_COMMA"),
                arguments("READ", "read", "BARE_NAME UNTERMINATED UPPER_CASE"));
    }

    @ParameterizedTest
    @MethodSource
    void mended(@Nullable String stored, String names, String rules) {
        assertThat(codec.decode(stored))
                .isEqualTo(new DecodedPermissions(Grade.REPAIRED, names(names), List.of(rules.split(" "))));
    }

    static Stream<Arguments> quarantined() {
        return Stream.of(
                arguments("[", "TRUNCATED"),
                arguments("[\"", "TRUNCATED"),
                arguments("[\"read\",", "TRUNCATED"),
                arguments("[\" read\\,\\downl", "TRUNCATED"),
                arguments("{read,upl", "TRUNCATED"),
                arguments("\"", "TRUNCATED"),
                arguments("\"[\\\"read\\\"", "TRUNCATED"),
                arguments("]", "NOT_A_NAME"),
                arguments("read]", "NOT_A_NAME"),
                arguments("read\",\"upload\"]", "NOT_A_NAME"),
                arguments("[]]", "NOT_A_LIST"),
                arguments("[,]", "NOT_A_LIST"),
                arguments("[\"read\",,]", "NOT_A_LIST"),
                arguments("[\"read\"\"admin\"]", "NOT_A_LIST"),
                arguments("[\"read\",true]", "NOT_A_LIST"),
                arguments("[read]", "NOT_A_LIST"),
                arguments("[read,download]", "NOT_A_LIST"),
                arguments("[true]", "NOT_A_LIST"),
                arguments("['read',\"admin\"]", "NOT_A_LIST"),
                arguments("['read\",\"admin']", "NOT_A_LIST"),
                arguments("['read\",'admin\"]", "NOT_A_LIST"),
                arguments("[\"it's\"]", "NOT_A_LIST"),
                arguments("['read\\'admin']", "NOT_A_NAME"),
                arguments("[\"\"]", "NOT_A_NAME"),
                arguments("[\" read\"]", "NOT_A_NAME"),
                arguments("[\"read,admin\"]", "NOT_A_NAME"),
                arguments("[\"read\\\",\\\"admin\"]", "NOT_A_NAME"),
                arguments("[\"read\\u0022,\\u0022admin\"]", "NOT_A_NAME"),
                arguments("[\"*\"]", "NOT_A_NAME"),
                arguments("[\"9lives\"]", "NOT_A_NAME"),
                arguments("[\"read\\u0000\"]", "NOT_A_NAME"),
                arguments("[\"read\\ud800\"]", "NOT_A_NAME"),
                arguments("[\"\\x72ead\"]", "NOT_A_LIST"),
                arguments("[\"\\U0072ead\"]", "NOT_A_LIST"),
                arguments("[\"boo\u212A\"]", "NOT_A_NAME"),
                arguments("[\"\u0130d\"]", "NOT_A_NAME"),
                arguments("[\"re\uFEFFad\"]", "NOT_A_NAME"),
                arguments("[\uFEFF\"read\"]", "NOT_A_LIST"),
                arguments(" \uFEFF[\"read\"]", "NOT_A_NAME"),
                arguments("\uFEFF\uFEFF[\"read\"]", "NOT_A_NAME"),
                arguments("[\"read\"]\uFEFF", "NOT_A_LIST"),
                arguments("\u00A0[\"read\"]", "NOT_A_NAME"),
                arguments("[\"" + "a".repeat(65) + "\"]", "NOT_A_NAME"),
                arguments("\"read\"", "NOT_A_LIST"),
                arguments("\"read,upload\"", "NOT_A_LIST"),
                arguments("\"null\"", "NOT_A_LIST"),
                arguments("\"['read']\"", "NOT_A_LIST"),
                arguments("\"{read}\"", "NOT_A_LIST"),
                arguments("\"[\\\"read\\\",\\\"downl\"", "TRUNCATED"),
                arguments("\"[\\\"read\\\"]\" \"[]\"", "NOT_A_LIST"),
                arguments("\"\\\"[\\\\\\\"read\\\\\\\"]\\\"\"", "NOT_A_LIST"),
                arguments("[\\\"read\\\",\\\"upload\\\"]", "NOT_A_LIST"),
                arguments("[\\]", "NOT_A_NAME"),
                arguments("[\"\\]", "NOT_A_NAME"),
                arguments("[\\\\read\\]", "NOT_A_NAME"),
                arguments("[read,download\\]", "NOT_A_LIST"),
                arguments("[read\\,download\\]", "NOT_A_LIST"),
                arguments("[read\\,\\download\\,\\]", "NOT_A_LIST"),
                arguments("[read,\\download\\]", "NOT_A_LIST"),
                arguments("[read\\,\\download,\\upload\\]", "NOT_A_LIST"),
                arguments("[\" read\\,\\down load\\]", "NOT_A_NAME"),
                arguments("[\" read\\]\\,\\admin\\]", "NOT_A_NAME"),
                arguments("[read\\,\\u0061dmin\\]", "NOT_A_LIST"),
                arguments("[\\u0061dmin\\]", "NOT_A_LIST"),
                arguments("[read\\,\\download\\] x", "NOT_A_LIST"),
                arguments("{}", "NOT_A_LIST"),
                arguments("{ }", "NOT_A_LIST"),
                arguments("{\"read\":\"admin\"}", "NOT_A_NAME"),
                arguments("{\"read\":null}", "NOT_A_NAME"),
                arguments("{read,}", "NOT_A_NAME"),
                arguments("{read,NULL}", "NOT_A_LIST"),
                arguments("{'read'}", "NOT_A_NAME"),
                arguments("{\"re\\u0061d\"}", "NOT_A_NAME"),
                arguments("{{read}}", "NOT_A_NAME"),
                arguments("{read}{admin}", "NOT_A_NAME"),
                arguments("{read]", "TRUNCATED"),
                arguments("[0:1]={read,upload}", "NOT_A_LIST"),
                arguments(",", "NOT_A_NAME"),
                arguments(",read", "NOT_A_NAME"),
                arguments("read,,admin", "NOT_A_NAME"),
                arguments("read,,", "NOT_A_NAME"),
                arguments("read admin", "NOT_A_NAME"),
                arguments("read;admin", "NOT_A_NAME"),
                arguments("read\\,admin", "NOT_A_NAME"),
                arguments("read,null", "NOT_A_LIST"),
                arguments("true", "NOT_A_LIST"),
                arguments("False", "NOT_A_LIST"),
                arguments("'read'", "NOT_A_NAME"),
                arguments("42", "NOT_A_NAME"),
                arguments("\0", "NOT_A_NAME"));
    }

    @ParameterizedTest
    @MethodSource
    void quarantined(String stored, String why) {
        assertThat(codec.decode(stored)).isEqualTo(new DecodedPermissions(Grade.QUARANTINED, Set.of(), List.of(why)));
    }

    @Test
    void aTextOf16KiCharactersIsDecodedAndALongerOneIsNotParsed() {
        String blanks = " ".repeat(16 * 1024 - 8);

        assertThat(codec.decode("[\"read\"" + blanks + "]").permissions()).containsExactly("read");
        assertThat(codec.decode("[\"read\"" + blanks + " ]").rules()).containsExactly("TOO_LONG");
        assertThat(codec.decode(" ".repeat(16 * 1024 + 1)).rules()).containsExactly("TOO_LONG");
    }

    @Test
    void atMost128NamesAreDecodedRepeatsNotCounted() {
        String names = numbered(128).stream().collect(Collectors.joining("\",\"", "[\"", "\""));

        assertThat(codec.decode(names + ",\"p0\"]").permissions()).hasSize(128);
        assertThat(codec.decode(names + ",\"q\"]").rules()).containsExactly("TOO_MANY");
        assertThat(codec.decode(String.join(",", numbered(129))).rules()).containsExactly("TOO_MANY");
    }

    @Test
    void theCanonicalTextIsSortedAndWithoutBlanks() {
        Set<String> permissions = new LinkedHashSet<>(List.of("upload", "read", "files:read.all-x_1"));

        assertThat(codec.encode(permissions)).isEqualTo("[\"files:read.all-x_1\",\"read\",\"upload\"]");
        assertThat(codec.encode(Set.of())).isEqualTo("[]");
    }

    @Test
    void theLongestListFitsTheLongestText() {
        Set<String> longest = numbered(128).stream()
                .map(name -> name + "x".repeat(64 - name.length()))
                .collect(Collectors.toSet());

        assertThat(codec.decode(codec.encode(longest)).permissions()).isEqualTo(longest);
    }

    @Test
    void whatCouldNotBeDecodedIsNotEncoded() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(numbered(129)))
                .withMessage("permissions is 129 names; allowed: at most 128 names");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(Set.of("read", "Admin")))
                .withMessage("permissions is \"Admin\"; allowed: [a-z][a-z0-9_.:-]{0,63}");
    }

    private static Set<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "p" + i).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(String names) {
        return names.isEmpty() ? Set.of() : Set.of(names.split(" "));
    }

    record Row(@Nullable String stored, String grade, List<String> permissions, String why) {
        @Override
        public String toString() {
            return why;
        }
    }

    static List<Row> storedRows() throws IOException {
        InputStream fixture = JsonPermissionCodecTest.class.getResourceAsStream("/stored-permissions.jsonl");
        try (JsonParser parser = new JsonFactory().createParser(Objects.requireNonNull(fixture))) {
            List<Row> rows = new ArrayList<>();
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                rows.add(row(parser));
            }
            return rows;
        }
    }

    private static Row row(JsonParser parser) throws IOException {
        String stored = null;
        String grade = "";
        String why = "";
        List<String> permissions = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            switch (parser.nextToken() == null ? "" : parser.currentName()) {
                case "stored" -> stored = parser.currentToken() == JsonToken.VALUE_NULL ? null : parser.getText();
                case "grade" -> grade = parser.getText();
                case "why" -> why = parser.getText();
                case "permissions" -> {
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        permissions.add(parser.getText());
                    }
                }
                default -> throw new IllegalStateException("field " + parser.currentName());
            }
        }
        return new Row(stored, grade, permissions, why);
    }
}
