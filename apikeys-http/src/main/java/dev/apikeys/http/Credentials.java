package dev.apikeys.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the presented key from the headers of a request; never from its query, which is logged. */
final class Credentials {
    private static final String BEARER = "Bearer";

    private Credentials() {}

    /**
     * Returns the key from {@code Authorization: Bearer}, or from a header that holds nothing but a key.
     *
     * @param keyHeaders the names of such headers
     * @return the text, empty if the scheme stands alone, null if nothing of ours was presented
     * @throws Failure if there are two
     */
    static @Nullable String of(Request request, String... keyHeaders) {
        List<String> presented = new ArrayList<>(1);
        for (String value : request.headers("Authorization")) {
            String text = trimmed(value);
            int end = BEARER.length();
            if (text.regionMatches(true, 0, BEARER, 0, end)
                    && (text.length() == end || isBlank(text.charAt(end)) || text.charAt(end) == ',')) {
                presented.add(trimmed(text.substring(end)));
            }
        }
        for (String header : keyHeaders) {
            request.headers(header).forEach(value -> presented.add(trimmed(value)));
        }
        if (presented.isEmpty()) {
            return null;
        }
        String text = presented.get(0);
        if (presented.size() > 1 || text.indexOf(',') >= 0 || text.indexOf(' ') >= 0 || text.indexOf('\t') >= 0) {
            throw Failure.badRequest("Present one API key, in one header");
        }
        return text;
    }

    private static String trimmed(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** What RFC 9110 allows around a value: nothing else is taken off, or two readers could see two keys. */
    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
