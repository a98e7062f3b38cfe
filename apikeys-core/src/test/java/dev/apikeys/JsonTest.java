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
    void metadata_is_read_as_it_was_written(@ForAll @Size(max = 32) Map<String, String> metadata) {
        assertThat(Json.readMetadata(Json.writeMetadata(metadata))).isEqualTo(metadata);
    }

    @Property(tries = 500)
    void no_text_makes_a_reader_throw(
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
    void metadata_is_written_with_sorted_keys() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("team", "a \"b\" \\ c");
        metadata.put("env", "prod");

        assertThat(Json.writeMetadata(metadata)).isEqualTo("{\"env\":\"prod\",\"team\":\"a \\\"b\\\" \\\\ c\"}");
        assertThat(Json.writeMetadata(Map.of())).isEqualTo("{}");
    }

    @Example
    void no_metadata_is_the_empty_map() {
        assertThat(Json.readMetadata(null)).isEmpty();
        assertThat(Json.readMetadata("{}")).isEmpty();
    }

    @Example
    void metadata_that_is_not_one_object_of_strings_is_unreadable() {
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
    void a_key_that_stands_twice_makes_metadata_unreadable() {
        assertThat(Json.readMetadata("{\"a\":\"b\",\"a\":\"c\"}")).isNull();
        assertThat(Json.readMetadata("{\"a\":\"b\",\"\\u0061\":\"c\"}")).isNull();
    }

    @Example
    void metadata_cannot_be_changed() {
        Map<String, String> metadata = Json.readMetadata("{\"a\":\"b\"}");

        assertThat(metadata).isNotNull();
        assertThatThrownBy(() -> metadata.put("c", "d")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Example
    void over_long_texts_are_not_read() {
        String blanks = " ".repeat(Json.MAX_TEXT);

        assertThat(Json.readMetadata("{}" + blanks)).isNull();
        assertThat(Json.readString("\"\"" + blanks)).isNull();
        assertThat(Json.readStrings("[]" + blanks)).isNull();
        assertThat(Json.readStrings("[]" + blanks.substring(2))).isEmpty();
    }

    @Example
    void an_array_of_strings_is_read_strictly() {
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
    void an_array_of_strings_is_read_leniently_only_in_quotes_and_one_comma() {
        assertThat(Json.readStringsLeniently("['a',\"b\",]")).containsExactly("a", "b");
        assertThat(Json.readStringsLeniently("[,]")).isNull();
        assertThat(Json.readStringsLeniently("['a',,]")).isNull();
        assertThat(Json.readStringsLeniently("['a',,'b']")).isNull();
        assertThat(Json.readStringsLeniently("[a]")).isNull();
    }

    @Example
    void one_string_is_read_strictly() {
        assertThat(Json.readString("\"a\\\"\"")).isEqualTo("a\"");
        assertThat(Json.readString("\"a\" \"b\"")).isNull();
        assertThat(Json.readString("'a'")).isNull();
        assertThat(Json.readString("1")).isNull();
        assertThat(Json.readString("\"a")).isNull();
    }
}
