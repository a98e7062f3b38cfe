package dev.apikeys.http;

import dev.apikeys.http.Administrator.Right;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route of the admin API.
 *
 * @param method the method, in upper case
 * @param path below the base path, with {@code *} for the id of a key
 * @param right what it takes, or null for those that look after it themselves
 * @param names the fields of its body, or of its query where it has no body; others are refused
 * @param action what it does
 */
record Route(String method, String path, @Nullable Right right, Set<String> names, Action action) {

    /** Answers a call that was let in. */
    @FunctionalInterface
    interface Action {
        Response answer(Call call);
    }

    boolean isAt(String below) {
        return new RoutePattern(method, path).matches(RoutePattern.segments(below));
    }

    /** A page that only looks whether all is well keeps no session alive. */
    boolean isBackground() {
        return path.equals("/session") || path.equals("/health");
    }

    /** A read; a body that came with it means nothing. */
    boolean isRead() {
        return method.equals("GET");
    }

    /** Changes send their fields in a body, but for DELETE: by custom it has none, and one with fields is refused. */
    boolean hasBody() {
        return method.equals("POST") || method.equals("PATCH");
    }
}
