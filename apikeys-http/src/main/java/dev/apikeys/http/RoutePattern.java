package dev.apikeys.http;

import java.util.Arrays;
import java.util.List;

/** A method and a path with placeholders: {@code *} for one segment, {@code **} at the end for any number of them. */
final class RoutePattern {
    private static final String ANY = "*";
    private static final String ANY_BELOW = "**";

    private final String method;
    private final List<String> segments;
    private final boolean isOpen;

    /** Takes {@code *} for every method. */
    RoutePattern(String method, String path) {
        List<String> all = path.startsWith("/") ? segments(path) : List.of("");
        this.method = method;
        this.isOpen = all.get(all.size() - 1).equals(ANY_BELOW);
        this.segments = isOpen ? all.subList(0, all.size() - 1) : all;
        boolean isPlain = segments.stream().allMatch(segment -> segment.equals(ANY) || segment.indexOf('*') < 0);
        if (!path.startsWith("/") || !isPlain || path.matches(".*[%;?#\\\\].*") || method.isEmpty()) {
            throw new IllegalArgumentException("route: " + method + " " + path
                    + "; allowed: a method or *, and a decoded path from / on, with * for a segment and ** at the end");
        }
    }

    /** Returns what stands between the slashes of a path that begins with one. */
    static List<String> segments(String path) {
        return Arrays.asList(path.substring(1).split("/", -1));
    }

    boolean matches(String method, List<String> parts) {
        return (this.method.equals(ANY) || this.method.equals(method)) && matches(parts);
    }

    boolean matches(List<String> parts) {
        if (isOpen ? parts.size() < segments.size() : parts.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (!(segment.equals(ANY) ? !parts.get(i).isEmpty() : segment.equals(parts.get(i)))) {
                return false;
            }
        }
        return true;
    }
}
