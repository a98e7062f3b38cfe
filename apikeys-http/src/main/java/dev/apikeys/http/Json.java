package dev.apikeys.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON as plain maps, lists, texts, numbers and booleans. Trees are walked by hand: data binding needs
 * reflection, which a closed module refuses. The only importer of Jackson here.
 */
final class Json {
    static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER = 20;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The default pool keeps buffers in thread locals, with what bodies held.
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER)
                    .build())
            .build();

    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);
    private static final ObjectReader WHOLE = MAPPER.reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private Json() {}

    /**
     * Reads an object.
     *
     * @throws Failure if the bytes are no UTF-8, no JSON, no object, too deep, or hold a name twice or anything after it
     */
    static Map<String, @Nullable Object> read(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            if (WHOLE.readTree(text) instanceof ObjectNode object) {
                return map(object);
            }
            throw Failure.badRequest("The body is not a JSON object");
        } catch (CharacterCodingException e) {
            throw Failure.badRequest("The body is not UTF-8");
        } catch (JsonProcessingException e) {
            throw Failure.badRequest("The body is not one JSON object of at most " + MAX_DEPTH
                            + " levels with each name once")
                    .with("field", nameAt(e));
        }
    }

    /** Where a reader gave up: for a doubled name, the name. */
    private static @Nullable String nameAt(JsonProcessingException e) {
        try {
            return e.getProcessor() instanceof JsonParser parser ? parser.currentName() : null;
        } catch (java.io.IOException unreadable) {
            return null;
        }
    }

    private static Map<String, @Nullable Object> map(ObjectNode object) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            map.put(field.getKey(), value(field.getValue()));
        }
        return map;
    }

    /** Numbers that are no long stay what they are, so that whoever asks for a whole number refuses them. */
    private static @Nullable Object value(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return map(object);
        }
        if (node instanceof ArrayNode array) {
            List<@Nullable Object> list = new ArrayList<>();
            array.forEach(element -> list.add(value(element)));
            return list;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        return node.isNull() ? null : node.numberValue();
    }

    static String write(Map<String, ?> map) {
        try {
            return MAPPER.writeValueAsString(node(map));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes could not be written", e);
        }
    }

    private static JsonNode node(@Nullable Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (value instanceof Map<?, ?> map) {
            ObjectNode object = nodes.objectNode();
            map.forEach((name, element) -> object.set(String.valueOf(name), node(element)));
            return object;
        }
        if (value instanceof Iterable<?> elements) {
            ArrayNode array = nodes.arrayNode();
            elements.forEach(element -> array.add(node(element)));
            return array;
        }
        if (value instanceof Boolean flag) {
            return nodes.booleanNode(flag);
        }
        if (value instanceof Number number) {
            return nodes.numberNode(number.longValue());
        }
        return value == null ? nodes.nullNode() : nodes.textNode(value.toString());
    }
}
