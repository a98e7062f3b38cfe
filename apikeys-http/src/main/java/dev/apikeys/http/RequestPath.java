package dev.apikeys.http;

import dev.apikeys.internal.text.PlainPath;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Finds the one path that a request means. A filter that checks what a container made of the path checks another one than the
 * container serves: they differ in decoding, in {@code ..} and in {@code ;}. So the path is taken as it was sent, decoded once,
 * and refused if anybody could read it otherwise.
 */
final class RequestPath {
    /** Part of a segment to one router, between two to another. */
    private static final Pattern SLASH = Pattern.compile("%2f", Pattern.CASE_INSENSITIVE);

    private RequestPath() {}

    /** Returns the method that a request asks with: HEAD needs what GET needs. */
    static String method(Request request) {
        return request.method().equals("HEAD") ? "GET" : request.method();
    }

    /**
     * Returns the decoded path below the context.
     *
     * @throws Failure if the path is not plain, or lies outside the context
     */
    static String of(Request request) {
        String path = decoded(request.rawPath());
        String context = request.contextPath().isEmpty() ? "" : decoded(request.contextPath());
        if (context.equals("/")) {
            context = "";
        }
        if (path.equals(context)) {
            return "/";
        }
        if (!path.startsWith(context) || path.charAt(context.length()) != '/') {
            throw ambiguous();
        }
        return path.substring(context.length());
    }

    private static String decoded(String raw) {
        if (!isPrintableAscii(raw)) { // was sent undecoded, or decoded by the server in some charset
            throw ambiguous();
        }
        String path = raw.indexOf('%') < 0 ? raw : percentDecoded(raw);
        if (!PlainPath.isPlain(path)) { // as Access.resource does
            throw ambiguous();
        }
        return path;
    }

    private static boolean isPrintableAscii(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) <= ' ' || raw.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static String percentDecoded(String raw) {
        if (SLASH.matcher(raw).find()) {
            throw ambiguous();
        }
        try {
            // By bytes first: with UTF-8 it would replace what is malformed, and a plus is no blank in a path.
            String bytes = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.ISO_8859_1);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw ambiguous();
        }
    }

    private static Failure ambiguous() {
        return Failure.badRequest("The path could mean another one; send it plain, percent-encoded once");
    }
}
