package dev.apikeys.http;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller sent by name: the fields of a body, or the parameters of a query. Each reader refuses a value of another type
 * with the name of its field. Immutable and thread-safe.
 */
final class Fields {
    static final Fields NONE = new Fields("", Map.of());

    private static final Pattern JSON =
            Pattern.compile("application/json([ \t]*;[ \t]*charset=\"?utf-8\"?)?", Pattern.CASE_INSENSITIVE);
    private static final int MAX_BODY = 64 * 1_024;
    private static final int MAX_PARAMETERS = 32;
    private static final int MAX_NAME = 64;

    /** The way to these fields within the body, for the names in refusals. */
    private final String path;

    private final Map<String, @Nullable Object> values;

    private Fields(String path, Map<String, @Nullable Object> values) {
        this.path = path;
        this.values = values;
    }

    /**
     * Reads a body: JSON in UTF-8 of at most 64 KiB, or nothing.
     *
     * @throws Failure if the body is of another type, too long, or no JSON object with each name once
     */
    static Fields ofBody(Request request) throws IOException {
        List<String> types = request.headers("Content-Type");
        boolean isJson = types.size() == 1 && JSON.matcher(types.get(0).strip()).matches();
        if (!types.isEmpty() && !isJson) { // before anything is read
            throw unsupported();
        }
        byte[] body = request.body(MAX_BODY);
        if (body == null) {
            throw new Failure(413, "TOO_LARGE", "The body is longer than " + MAX_BODY + " bytes");
        }
        if (body.length > 0 && !isJson) {
            throw unsupported();
        }
        return body.length == 0 ? NONE : new Fields("", Json.read(body));
    }

    private static Failure unsupported() {
        return new Failure(415, "UNSUPPORTED_MEDIA_TYPE", "The body is not application/json in UTF-8");
    }

    static Fields ofQuery(@Nullable String raw) {
        if (raw == null || raw.isEmpty()) {
            return NONE;
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (String pair : raw.split("&", MAX_PARAMETERS + 1)) {
            int at = pair.indexOf('=');
            String name = decoded(at < 0 ? pair : pair.substring(0, at));
            String value = at < 0 ? "" : decoded(pair.substring(at + 1));
            if (values.put(name, value) != null) {
                throw Failure.badRequest("The query names a parameter twice").with("field", NONE.pathTo(name));
            }
        }
        return new Fields("", values);
    }

    private static String decoded(String text) {
        try {
            String decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
            if (decoded.indexOf('\uFFFD') < 0) { // what the decoder puts in the place of bytes that are no UTF-8
                return decoded;
            }
        } catch (IllegalArgumentException malformed) {
            // the same refusal as for bytes that are no UTF-8
        }
        throw Failure.badRequest("The query is not percent-encoded UTF-8");
    }

    /** Refuses names that are not among these. */
    Fields only(Set<String> names) {
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw Failure.invalid(pathTo(name), names.isEmpty() ? "nothing" : "one of " + new TreeSet<>(names));
            }
        }
        return this;
    }

    /** The name of a field as the caller knows it: from the top of the body on. It goes into answers, so it is bounded. */
    String pathTo(String name) {
        String known = path + name;
        return known.length() > MAX_NAME ? known.substring(0, MAX_NAME) + "…" : known;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** Returns whether a field has a value; null is none. */
    boolean isSet(String name) {
        return values.get(name) != null;
    }

    @Nullable String text(String name) {
        return typed(name, String.class, "a text");
    }

    private <T> @Nullable T typed(String name, Class<T> type, String allowed) {
        Object value = values.get(name);
        if (value != null && !type.isInstance(value)) {
            throw Failure.invalid(pathTo(name), allowed);
        }
        return type.cast(value);
    }

    String requiredText(String name) {
        return required(name, text(name));
    }

    <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw Failure.invalid(pathTo(name), "a value; it is missing");
        }
        return value;
    }

    /** Reads a whole number; in a query it is a text. */
    @Nullable Long whole(String name) {
        Object value = values.get(name);
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        if (value instanceof String text && text.matches("[0-9]{1,18}")) {
            return Long.valueOf(text);
        }
        throw Failure.invalid(pathTo(name), "a whole number");
    }

    boolean isTrue(String name) {
        return Boolean.TRUE.equals(typed(name, Boolean.class, "true or false"));
    }

    @Nullable Duration duration(String name) {
        return parsed(name, Duration::parse, "an ISO-8601 duration such as PT24H or P90D");
    }

    @Nullable Instant instant(String name) {
        return parsed(name, Instant::parse, "an ISO-8601 time in UTC such as 2026-11-23T12:00:00Z");
    }

    private <T> @Nullable T parsed(String name, Function<String, T> parser, String allowed) {
        String text = text(name);
        try {
            return text == null ? null : parser.apply(text);
        } catch (DateTimeParseException e) {
            throw Failure.invalid(pathTo(name), allowed);
        }
    }

    @Nullable Set<String> texts(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        Set<String> texts = new TreeSet<>();
        boolean isSet = value instanceof List<?> list
                && list.stream().allMatch(element -> element instanceof String text && texts.add(text));
        if (!isSet) {
            throw Failure.invalid(pathTo(name), "a list of texts, each once");
        }
        return texts;
    }

    @Nullable Map<String, String> textMap(String name) {
        Fields fields = object(name);
        if (fields == null) {
            return null;
        }
        Map<String, String> texts = new TreeMap<>();
        for (String key : fields.values.keySet()) {
            texts.put(key, fields.requiredText(key));
        }
        return texts;
    }

    @Nullable Fields object(String name) {
        Map<?, ?> map = typed(name, Map.class, "an object");
        if (map == null) {
            return null;
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((key, element) -> fields.put(String.valueOf(key), element));
        return new Fields(path + name + ".", fields);
    }
}
