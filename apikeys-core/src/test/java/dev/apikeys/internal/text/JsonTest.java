package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class JsonTest {

    @Property(tries = 500)
    void metadataIsReadAsItWasWritten(@ForAll @Size(max = 32) Map<String, String> metadata) {
        assertThat(Json.readMetadata(Json.writeMetadata(metadata))).isEqualTo(metadata);
    }

    @Property(tries = 500)
    void noTextMakesAReaderThrow(
            @ForAll
                    @StringLength(max = 60)
                    @Chars({'[', ']', '{', '}', '"', '\'', ',', ':', '\\', '1', ' ', '\0'})
                    @AlphaChars
                    String text) {
        Json.readMetadata(text);
        Json.readString(text);
        Json.readStrings(text);
        Json.readStringsLeniently(text);
        Json.readNullableStrings(text);
        Json.readMembers(text, 60);
    }

    @Property(tries = 500)
    void anyStringIsReadAsItWasQuoted(@ForAll String text) {
        assertThat(Json.readString(quoted(text))).isEqualTo(text);
    }

    /** The text must survive the encoding of a database, too. */
    @Example
    void noLoneSurrogateAndNoControlCharacterIsWrittenRaw() {
        assertThat(quoted("a\ud800b\udc00\u0001\n\ud83d\ude00"))
                .isEqualTo("\"a\\ud800b\\udc00\\u0001\\u000a\ud83d\ude00\"");
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        Json.quote(out, text);
        return out.toString();
    }

    /** U+0435 ends in the byte of the digit 5: some parsers take it for one. */
    @Example
    void aLetterOfAnotherScriptIsNoDigitOfAnEscape() {
        String escaped = "\"r\\u00\u043565ad\"";

        assertThat(Json.readString(escaped)).isNull();
        assertThat(Json.readStrings("[" + escaped + "]")).isNull();
        assertThat(Json.readStringsLeniently("[" + escaped + ",]")).isNull();
        assertThat(Json.readMembers("{" + escaped + ":1}", 60)).isNull();
        assertThat(Json.readString("\"\\\\u00\u0435\\u0065\"")).isEqualTo("\\u00\u0435e");
    }

    /** What a later version writes is kept to the letter, whatever it is. */
    @Example
    void theMembersOfAnObjectAreReadAsTheyStand() {
        String text =
                " { \"n\" : 1e400 ,\"s\":\"a \\u0062\\\" ,}\",\n\"o\":{ \"x\" : [ 1, {} ] , \"y\":null},\"a\":[],\"t\":true,"
                        + "\"l\":" + "9".repeat(500) + ",\"e\" : \"\" } ";

        assertThat(Json.readMembers(text, 1_000))
                .containsExactly(
                        Map.entry("n", "1e400"),
                        Map.entry("s", "\"a \\u0062\\\" ,}\""),
                        Map.entry("o", "{ \"x\" : [ 1, {} ] , \"y\":null}"),
                        Map.entry("a", "[]"),
                        Map.entry("t", "true"),
                        Map.entry("l", "9".repeat(500)),
                        Map.entry("e", "\"\""));
    }

    @Property(tries = 500)
    void membersOfAnyTextsAreReadAsTheyWereWritten(@ForAll @Size(max = 8) Map<String, String> texts) {
        Map<String, String> members = Json.readMembers(Json.writeMetadata(texts), Json.MAX_TEXT);

        assertThat(members).hasSameSizeAs(texts);
        texts.forEach((name, text) -> assertThat(members).containsEntry(name, quoted(text)));
    }

    @Example
    void membersOfNothingButOneObjectAreUnreadable() {
        assertThat(Json.readMembers("", 100)).isNull();
        assertThat(Json.readMembers("[]", 100)).isNull();
        assertThat(Json.readMembers("{} {}", 100)).isNull();
        assertThat(Json.readMembers("{\"a\":1", 100)).isNull();
        assertThat(Json.readMembers("{\"a\":}", 100)).isNull();
        assertThat(Json.readMembers("{\"a\":1,\"a\":2}", 100)).isNull();
        assertThat(Json.readMembers("{\"a\":" + "[".repeat(101) + "]".repeat(101) + "}", 1_000))
                .isNull();
        assertThat(Json.readMembers("{}", 1)).isNull();
        assertThat(Json.readMembers("{}", 2)).isEmpty();
    }

    @Example
    void anArrayOfStringsMayHoldNulls() {
        assertThat(Json.readNullableStrings("[null,\"a\"]")).containsExactly(null, "a");
        assertThat(Json.readNullableStrings("[]")).isEmpty();
        assertThat(Json.readNullableStrings("[1]")).isNull();
        assertThat(Json.readNullableStrings("null")).isNull();
        assertThat(Json.readNullableStrings("[null")).isNull();
    }

    @Example
    void metadataIsWrittenWithSortedKeys() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("team", "a \"b\" \\ c");
        metadata.put("env", "prod");

        assertThat(Json.writeMetadata(metadata)).isEqualTo("{\"env\":\"prod\",\"team\":\"a \\\"b\\\" \\\\ c\"}");
        assertThat(Json.writeMetadata(Map.of())).isEqualTo("{}");
    }

    @Example
    void noMetadataIsTheEmptyMap() {
        assertThat(Json.readMetadata(null)).isEmpty();
        assertThat(Json.readMetadata("{}")).isEmpty();
    }

    @Example
    void metadataThatIsNotOneObjectOfStringsIsUnreadable() {
        assertThat(Json.readMetadata("")).isNull();
        assertThat(Json.readMetadata("null")).isNull();
        assertThat(Json.readMetadata("[\"a\"]")).isNull();
        assertThat(Json.readMetadata("{\"a\":1}")).isNull();
        assertThat(Json.readMetadata("{\"a\":null}")).isNull();
        assertThat(Json.readMetadata("{\"a\":{\"b\":\"c\"}}")).isNull();
        assertThat(Json.readMetadata("{\"a\":\"b\"")).isNull();
        assertThat(Json.readMetadata("{\"a\":\"b\",}")).isNull();
        assertThat(Json.readMetadata("{\"a\":\"b\"}{}")).isNull();
        assertThat(Json.readMetadata("{'a':'b'}")).isNull();
    }

    @Example
    void aDuplicateKeyMakesMetadataUnreadable() {
        assertThat(Json.readMetadata("{\"a\":\"b\",\"a\":\"c\"}")).isNull();
        assertThat(Json.readMetadata("{\"a\":\"b\",\"\\u0061\":\"c\"}")).isNull();
    }

    @Example
    void metadataCannotBeChanged() {
        Map<String, String> metadata = Json.readMetadata("{\"a\":\"b\"}");

        assertThat(metadata).isNotNull();
        assertThatThrownBy(() -> metadata.put("c", "d")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Example
    void overLongTextsAreNotRead() {
        String blanks = " ".repeat(Json.MAX_TEXT);

        assertThat(Json.readMetadata("{}" + blanks)).isNull();
        assertThat(Json.readString("\"\"" + blanks)).isNull();
        assertThat(Json.readStrings("[]" + blanks)).isNull();
        assertThat(Json.readStrings("[]" + blanks.substring(2))).isEmpty();
    }

    @Example
    void anArrayOfStringsIsReadStrictly() {
        assertThat(Json.readStrings(" [ \"b\" , \"\\u0061\" ] ")).containsExactly("b", "a");
        assertThat(Json.readStrings("[]")).isEmpty();
        assertThat(Json.readStrings("")).isNull();
        assertThat(Json.readStrings("\"a\"")).isNull();
        assertThat(Json.readStrings("[\"a\",1]")).isNull();
        assertThat(Json.readStrings("[\"a\",null]")).isNull();
        assertThat(Json.readStrings("[[\"a\"]]")).isNull();
        assertThat(Json.readStrings("[\"a\",]")).isNull();
        assertThat(Json.readStrings("['a']")).isNull();
        assertThat(Json.readStrings("[\"a\"")).isNull();
        assertThat(Json.readStrings("[\"a\"] x")).isNull();
        assertThat(Json.readStrings("[\"a\"] // x")).isNull();
        assertThat(Json.readStrings("[\"a\tb\"]")).isNull();
    }

    @Example
    void anArrayOfStringsIsReadLenientlyOnlyInQuotesAndOneComma() {
        assertThat(Json.readStringsLeniently("['a',\"b\",]")).containsExactly("a", "b");
        assertThat(Json.readStringsLeniently("[,]")).isNull();
        assertThat(Json.readStringsLeniently("['a',,]")).isNull();
        assertThat(Json.readStringsLeniently("['a',,'b']")).isNull();
        assertThat(Json.readStringsLeniently("[a]")).isNull();
    }

    @Example
    void oneStringIsReadStrictly() {
        assertThat(Json.readString("\"a\\\"\"")).isEqualTo("a\"");
        assertThat(Json.readString("\"a\" \"b\"")).isNull();
        assertThat(Json.readString("'a'")).isNull();
        assertThat(Json.readString("1")).isNull();
        assertThat(Json.readString("\"a")).isNull();
    }
}
