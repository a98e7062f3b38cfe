package dev.apikeys.http;

import dev.apikeys.internal.text.PlainPath;

/** Where a handler is mounted. */
final class MountPath {
    private MountPath() {}

    static String of(String path) {
        if (!PlainPath.isPlain(path) || path.endsWith("/") || path.chars().anyMatch(c -> "*{}".indexOf(c) >= 0)) {
            throw new IllegalArgumentException("path: " + path
                    + "; allowed: a plain decoded path from / on, without a slash at the end and without any of * { }");
        }
        return path;
    }

    /**
     * Returns what of a path lies below a base: empty, or from {@code /} on.
     *
     * @throws Failure if the path lies elsewhere
     */
    static String below(String base, String path) {
        if (!path.equals(base) && !path.startsWith(base + "/")) {
            throw Failure.notFound();
        }
        return path.substring(base.length());
    }

    /** Returns one path as a page sees it that is served at a base and a slash. */
    static String relative(String base, String path) {
        return "../".repeat((int) base.chars().filter(c -> c == '/').count()) + path.substring(1);
    }
}
