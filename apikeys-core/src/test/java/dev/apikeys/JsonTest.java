package dev.apikeys;

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
    void aKeyThatStandsTwiceMakesMetadataUnreadable() {
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
