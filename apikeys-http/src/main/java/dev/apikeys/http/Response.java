package dev.apikeys.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An HTTP response for an adapter to send as it is: all headers, and the body in UTF-8, which is left out for HEAD and where
 * it is empty. The body may hold a secret, so it is not shown by {@link #toString()}, nor are values of headers. Immutable
 * and thread-safe.
 *
 * @param status the status code, 100 to 599
 * @param headers values by name; never {@code Content-Length}, which the adapter computes
 * @param body the text of the body; empty for none
 * @since 0.1
 */
public record Response(int status, Map<String, List<String>> headers, String body) {

    /**
     * Creates a response of copies.
     *
     * @throws IllegalArgumentException if the status is no status code, or a header holds a line break
     */
    public Response {
        Objects.requireNonNull(body, "body");
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("status: " + status + "; allowed: 100 to 599");
        }
        Map<String, List<String>> copy = new LinkedHashMap<>();
        headers.forEach((name, values) -> {
            requireOneLine(name, name);
            values.forEach(value -> requireOneLine(name, value));
            copy.put(name, List.copyOf(values));
        });
        headers = Collections.unmodifiableMap(copy);
    }

    /** A header must not become two: values hold texts of others. */
    private static void requireOneLine(String name, String text) {
        if (text.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f)) {
            throw new IllegalArgumentException("header " + name + " holds a control character; allowed: none");
        }
    }

    /**
     * Returns a response without headers and body.
     *
     * @param status the status code, 100 to 599
     * @return the response
     */
    public static Response of(int status) {
        return new Response(status, Map.of(), "");
    }

    /**
     * Returns a refusal in the form that all of them have here: a JSON object with a code and a request id.
     *
     * @param status the status code, 400 to 599
     * @param code what programs go by, in upper case
     * @param message what people read
     * @return the response, not to be cached
     */
    public static Response refusal(int status, String code, String message) {
        return new Failure(status, code, message).response(Failure.newRequestId());
    }

    /**
     * Returns this response with one more header value.
     *
     * @param name the name of the header
     * @param value the value, added to those that the header has
     * @return the new response
     */
    public Response with(String name, String value) {
        return with(name, List.of(value));
    }

    Response with(String name, List<String> added) {
        Map<String, List<String>> more = new LinkedHashMap<>(headers);
        List<String> values = new ArrayList<>(headers.getOrDefault(name, List.of()));
        values.addAll(added);
        more.put(name, values);
        return new Response(status, more, body);
    }

    /**
     * Returns this response with a body.
     *
     * @param type the media type, such as {@code application/json}
     * @param text the text of the body
     * @return the new response
     */
    public Response withBody(String type, String text) {
        return new Response(status, headers, text).with("Content-Type", type);
    }

    /** The status and the names of the headers. */
    @Override
    public String toString() {
        return "Response[" + status + ", " + headers.keySet() + "]";
    }
}
