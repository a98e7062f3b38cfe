package dev.apikeys.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The paths that need a key, each with all below it. A container maps filters by a path that it has normalised, while Spring
 * MVC routes by the path as it was sent: {@code /files/../x} is {@code /x} to one and below {@code /files} to the other. So a
 * request is for the guard if any reader could take its path for one of these or one below; the guard refuses what is
 * ambiguous. Case does not count, since files may be served from a disk that ignores it. Immutable and thread-safe.
 */
final class GuardedPaths {
    private static final Pattern STEM = Pattern.compile("(/[^/*;?%\\\\{}]+)*");

    private final List<String> stems = new ArrayList<>();
    private final List<PathReading> readings = new ArrayList<>();

    /**
     * Reads the paths of the property.
     *
     * @throws StartException if one of them is no path
     */
    GuardedPaths(List<String> paths) {
        for (String path : paths) {
            String stem = path.replaceFirst("/\\*{1,2}$", "");
            PathReading reading = PathReading.of(stem);
            if (!path.startsWith("/") || !STEM.matcher(stem).matches() || reading.hasDetour()) {
                throw new StartException(
                        "apikeys.web.paths has " + path + ", which is no path.",
                        "Write a path from / on, such as /files; it includes all paths below it.");
            }
            stems.add(stem);
            readings.add(reading);
        }
    }

    /** Returns false only if no reader takes the path of a request for one of these or one below. */
    boolean mayInclude(HttpServletRequest request) {
        String path = request.getRequestURI();
        String context = request.getContextPath();
        if (isSimple(path) && isWithin(context, path, 0)) {
            return isWithinStem(path, context.length());
        }
        String mapped = request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), "");
        return mayInclude(PathReading.ofSent(path), PathReading.ofSent(context))
                || mayInclude(PathReading.of(mapped), PathReading.of(""));
    }

    /** Nearly every path is: all readers read it alike. */
    private static boolean isSimple(String path) {
        char before = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean isPart = c == '/' || c == '.';
            if (c <= ' ' || c >= 0x7f || "%;?#\\".indexOf(c) >= 0 || (isPart && (before == '/' || before == '.'))) {
                return false;
            }
            before = c;
        }
        return path.startsWith("/") && before != '.';
    }

    /** Allocates nothing, since most requests of a service come here. */
    private boolean isWithinStem(String path, int from) {
        for (int i = 0; i < stems.size(); i++) {
            if (isWithin(stems.get(i), path, from)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWithin(String stem, String path, int from) {
        int end = from + stem.length();
        return path.regionMatches(true, from, stem, 0, stem.length())
                && (end == path.length() || path.charAt(end) == '/');
    }

    private boolean mayInclude(@Nullable PathReading path, @Nullable PathReading context) {
        if (path == null || context == null) {
            return true;
        }
        if (path.hasDetour() || !path.hasAt(0, context)) {
            return readings.stream().anyMatch(path::hasInOrder);
        }
        int from = context.names().size();
        return readings.stream().anyMatch(stem -> path.hasAt(from, stem));
    }
}
