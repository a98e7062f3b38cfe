package dev.apikeys.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the cookies of a request, and writes those of a response. */
final class Cookies {
    private Cookies() {}

    /**
     * Names and values in the order in which they were sent.
     *
     * @param name the name
     * @param value the value as it was sent
     */
    record Cookie(String name, String value) {
        /** Never the value, which may open something. */
        @Override
        public String toString() {
            return "Cookie[" + name + "]";
        }
    }

    static List<Cookie> of(Request request) {
        List<Cookie> cookies = new ArrayList<>();
        for (String header : request.headers("Cookie")) {
            for (String pair : header.split(";", -1)) {
                int at = pair.indexOf('=');
                if (at > 0) {
                    String value = pair.substring(at + 1).strip();
                    cookies.add(new Cookie(pair.substring(0, at).strip(), unquoted(value)));
                }
            }
        }
        return cookies;
    }

    /** Some clients quote values, the JDK's those of cookies with a Max-Age. */
    private static String unquoted(String value) {
        boolean isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return isQuoted ? value.substring(1, value.length() - 1) : value;
    }

    /** The value of a cookie, or null unless it was sent exactly once: of two, one may be another site's. */
    static @Nullable String only(Request request, String name) {
        List<Cookie> found = of(request).stream()
                .filter(cookie -> cookie.name().equals(name))
                .toList();
        return found.size() == 1 ? found.get(0).value() : null;
    }

    static String session(String name, String value, boolean isPlain, String path) {
        return name + "=" + value + "; HttpOnly; SameSite=Strict" + (path.isEmpty() ? "" : "; Path=" + path)
                + (isPlain ? "" : "; Secure");
    }

    static String expired(String name, boolean isPlain, String path) {
        return session(name, "", isPlain, path) + "; Max-Age=0";
    }
}
