package dev.apikeys;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.apikeys.internal.text.SortedTexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The little JSON that rows hold, and the only class that knows the parser. Every reader answers null to a text that is
 * not wholly what it reads. Thread-safe.
 */
final class Json {

    /** In characters. A longer text is not read at all. */
    static final int MAX_TEXT = 16 * 1024;

    private static final int MAX_NESTING = 4;
    private static final int MAX_NUMBER = 32;

    private static final JsonFactory STRICT = strict().build();

    private static final JsonFactory LENIENT = strict().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(STRICT).build();

    private static final ObjectReader WHOLE = MAPPER.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    private static JsonFactoryBuilder strict() {
        // Stored text may come from an attacker: it is bounded, feeds no shared table of names, and no error quotes it.
        return new JsonFactoryBuilder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_NESTING)
                        .maxNumberLength(MAX_NUMBER)
                        .maxStringLength(MAX_TEXT)
                        .maxNameLength(MAX_TEXT)
                        .build());
    }

    /** Reads an array of strings as the standard has it. */
    static @Nullable List<String> readStrings(String text) {
        return readStrings(STRICT, text);
    }

    /** Reads an array of strings that may be in single quotes and may end with a comma. */
    static @Nullable List<String> readStringsLeniently(String text) {
        return readStrings(LENIENT, text);
    }

    /** Reads one string. */
    static @Nullable String readString(String text) {
        if (text.length() > MAX_TEXT) {
            return null;
        }
        try (JsonParser parser = parser(STRICT, text)) {
            String string = parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
            return parser.nextToken() == null ? string : null;
        } catch (JsonProcessingException malformed) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes an object with its keys sorted, so that equal maps are equal texts. */
    static String writeMetadata(Map<String, String> metadata) {
        try {
            return MAPPER.writeValueAsString(new TreeMap<>(metadata));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads an object whose values are all strings; no text at all is the empty map. The map cannot be changed. */
    static @Nullable Map<String, String> readMetadata(@Nullable String text) {
        if (text == null) {
            return Map.of();
        }
        if (text.length() > MAX_TEXT) {
            return null;
        }
        try {
            return fields(WHOLE.readTree(text));
        } catch (JsonProcessingException malformed) {
            return null;
        }
    }

    private static @Nullable List<String> readStrings(JsonFactory factory, String text) {
        if (text.length() > MAX_TEXT) {
            return null;
        }
        try (JsonParser parser = parser(factory, text)) {
            List<String> strings = parser.nextToken() == JsonToken.START_ARRAY ? elements(parser) : null;
            return strings != null && parser.nextToken() == null ? strings : null;
        } catch (JsonProcessingException malformed) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonParser parser(JsonFactory factory, String text) throws IOException {
        // An array is parsed where it is; a string is first copied into a new buffer of 8 KB, since no buffer is
        // recycled.
        return factory.createParser(text.toCharArray());
    }

    private static @Nullable List<String> elements(JsonParser parser) throws IOException {
        List<String> elements = new ArrayList<>();
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            elements.add(parser.getText());
        }
        return parser.currentToken() == JsonToken.END_ARRAY ? elements : null;
    }

    private static @Nullable Map<String, String> fields(JsonNode node) {
        if (!node.isObject()) {
            return null;
        }
        Map<String, String> fields = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!field.getValue().isTextual()) {
                return null;
            }
            fields.put(field.getKey(), field.getValue().textValue());
        }
        return SortedTexts.copyOf("fields", fields);
    }
}
