package dev.apikeys.http;

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
        String presented = null;
        for (String value : request.headers("Authorization")) {
            presented = only(presented, token(value));
        }
        for (String header : keyHeaders) {
            for (String value : request.headers(header)) {
                presented = only(presented, trimmed(value, 0));
            }
        }
        return presented;
    }

    /** Null for another scheme. */
    private static @Nullable String token(String value) {
        int start = afterBlanks(value, 0);
        int end = start + BEARER.length();
        boolean isBearer = value.regionMatches(true, start, BEARER, 0, BEARER.length())
                && (value.length() == end || isBlank(value.charAt(end)) || value.charAt(end) == ',');
        return isBearer ? trimmed(value, end) : null;
    }

    private static @Nullable String only(@Nullable String before, @Nullable String text) {
        if (text == null) {
            return before;
        }
        if (before != null || text.indexOf(',') >= 0 || text.indexOf(' ') >= 0 || text.indexOf('\t') >= 0) {
            throw Failure.badRequest("Present one API key, in one header");
        }
        return text;
    }

    private static String trimmed(String text, int from) {
        int start = afterBlanks(text, from);
        int end = text.length();
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static int afterBlanks(String text, int from) {
        int start = from;
        while (start < text.length() && isBlank(text.charAt(start))) {
            start++;
        }
        return start;
    }

    /** What RFC 9110 allows around a value: nothing else is taken off, or two readers could see two keys. */
    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
