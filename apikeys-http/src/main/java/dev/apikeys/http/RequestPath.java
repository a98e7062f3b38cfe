package dev.apikeys.http;

import dev.apikeys.internal.text.PlainPath;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Finds the one path that a request means. A filter that checks what a container made of the path checks another one than the
 * container serves: they differ in decoding, in {@code ..} and in {@code ;}. So the path is taken as it was sent, decoded once,
 * and refused if anybody could read it otherwise.
 */
final class RequestPath {
    private RequestPath() {}

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
        String path = isPlainAscii(raw) ? raw : percentDecoded(raw);
        if (!PlainPath.isPlain(path)) { // as Access.resource does
            throw ambiguous();
        }
        return path;
    }

    private static boolean isPlainAscii(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c <= ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static String percentDecoded(String raw) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c <= ' ' || c >= 0x7f) { // was sent undecoded, or decoded by the server in some charset
                throw ambiguous();
            }
            if (c == '%') {
                int decoded = digit(raw, i + 1) << 4 | digit(raw, i + 2);
                if (decoded == '/') { // part of a segment to one router, between two to another
                    throw ambiguous();
                }
                bytes.put((byte) decoded);
                i += 2;
            } else {
                bytes.put((byte) c);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw ambiguous();
        }
    }

    private static int digit(String raw, int at) {
        int digit = at < raw.length() && raw.charAt(at) < 0x80 ? Character.digit(raw.charAt(at), 16) : -1;
        if (digit < 0) {
            throw ambiguous();
        }
        return digit;
    }

    private static Failure ambiguous() {
        return Failure.badRequest("The path could mean another one; send it plain, percent-encoded once");
    }
}
