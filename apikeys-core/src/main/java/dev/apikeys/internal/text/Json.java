package dev.apikeys.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the JSON in rows; the only class that uses the parser. Each reader returns null if the whole text is
 * not of its form. Thread-safe.
 */
public final class Json {

    /** In characters. A longer text is not parsed. */
    public static final int MAX_TEXT = 16 * 1024;

    private static final int MAX_NESTING = 4;
    private static final int MAX_NUMBER = 32;

    /** For members written by a later version, which are kept without interpretation. */
    private static final int MAX_NESTING_OF_OTHERS = 100;

    private static final JsonFactory STRICT = strict(MAX_NESTING, MAX_NUMBER).build();

    private static final JsonFactory LENIENT = strict(MAX_NESTING, MAX_NUMBER)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    private static final JsonFactory OTHERS =
            strict(MAX_NESTING_OF_OTHERS, MAX_TEXT).build();

    private Json() {}

    private static JsonFactoryBuilder strict(int maxNesting, int maxNumber) {
        // An attacker may have written it: its size is bounded, names are not interned, errors do not quote it.
        return new JsonFactoryBuilder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxNesting)
                        .maxNumberLength(maxNumber)
                        .maxStringLength(MAX_TEXT)
                        .maxNameLength(MAX_TEXT)
                        .build());
    }

    /** Reads from a parser positioned before the first token; returns null for any other form. */
    private interface Reading<T> {
        @Nullable T from(JsonParser parser) throws IOException;
    }

    /** Reads an array of strings in standard JSON. */
    public static @Nullable List<String> readStrings(String text) {
        return whole(STRICT, text, MAX_TEXT, Json::elements);
    }

    /** Reads an array of strings that may be in single quotes and may end with a comma. */
    public static @Nullable List<String> readStringsLeniently(String text) {
        return whole(LENIENT, text, MAX_TEXT, Json::elements);
    }

    /** Reads one string. */
    public static @Nullable String readString(String text) {
        return whole(
                STRICT,
                text,
                MAX_TEXT,
                parser -> parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : null);
    }

    /** Reads an array of strings and nulls. */
    public static @Nullable List<@Nullable String> readNullableStrings(String text) {
        return whole(STRICT, text, MAX_TEXT, Json::nullableElements);
    }

    /** Reads an object whose values are all strings; null is the empty map. The map is immutable. */
    public static @Nullable Map<String, String> readMetadata(@Nullable String text) {
        return text == null ? Map.of() : whole(STRICT, text, MAX_TEXT, Json::fields);
    }

    /**
     * Reads an object into the verbatim JSON text of each value, by name and in their order, so that members of a later
     * version are kept without interpretation.
     */
    public static @Nullable Map<String, String> readMembers(String text, int maxChars) {
        return whole(OTHERS, text, maxChars, parser -> members(parser, text));
    }

    /** Writes an object with its keys sorted, so that equal maps are equal texts. */
    public static String writeMetadata(Map<String, String> metadata) {
        StringBuilder out = new StringBuilder("{");
        new TreeMap<>(metadata).forEach((key, value) -> {
            if (out.length() > 1) {
                out.append(',');
            }
            quote(out, key);
            out.append(':');
            quote(out, value);
        });
        return out.append('}').toString();
    }

    /** Writes a string. Lone surrogates are escaped, since no encoding of the text could hold them. */
    public static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c < ' ' || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
            i += Character.charCount(c);
        }
        out.append('"');
    }

    private static <T> @Nullable T whole(JsonFactory factory, String text, int maxChars, Reading<T> reading) {
        if (text.length() > maxChars || !hasPlainEscapes(text)) {
            return null;
        }
        // A char array is parsed in place; a string would be copied into a new buffer of 8 KB: none is recycled.
        try (JsonParser parser = factory.createParser(text.toCharArray())) {
            T read = reading.from(parser);
            return read != null && parser.nextToken() == null ? read : null;
        } catch (JsonProcessingException malformed) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whether the digits of all escapes are ASCII. The parser checks only the low byte of a digit, so a letter
     * of another script can pass as one: a damaged text would be read as a name that it does not hold.
     */
    public static boolean hasPlainEscapes(String text) {
        for (int at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) {
            if (text.startsWith("u", at + 1)) {
                int end = Math.min(at + 6, text.length());
                if (text.substring(at + 2, end).chars().anyMatch(c -> c > 0x7f)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static @Nullable List<String> elements(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            return null;
        }
        List<String> elements = new ArrayList<>();
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            elements.add(parser.getText());
        }
        return parser.currentToken() == JsonToken.END_ARRAY ? elements : null;
    }

    private static @Nullable List<@Nullable String> nullableElements(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            return null;
        }
        List<@Nullable String> elements = new ArrayList<>();
        while (parser.nextToken() == JsonToken.VALUE_STRING || parser.currentToken() == JsonToken.VALUE_NULL) {
            elements.add(parser.currentToken() == JsonToken.VALUE_NULL ? null : parser.getText());
        }
        return parser.currentToken() == JsonToken.END_ARRAY ? elements : null;
    }

    private static @Nullable Map<String, String> fields(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return null;
        }
        Map<String, String> fields = new TreeMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                return null;
            }
            fields.put(name, parser.getText());
        }
        return SortedTexts.copyOf("fields", fields);
    }

    private static @Nullable Map<String, String> members(JsonParser parser, String text) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return null;
        }
        Map<String, String> members = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            int from = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            parser.finishToken(); // Strings are read lazily.
            members.put(
                    name, text.substring(from, (int) parser.currentLocation().getCharOffset()));
        }
        return members;
    }
}
