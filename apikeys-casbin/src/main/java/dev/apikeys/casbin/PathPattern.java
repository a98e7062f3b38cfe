package dev.apikeys.casbin;

import java.util.regex.Pattern;
import org.casbin.jcasbin.util.BuiltInFunctions;

/**
 * A path of a policy: literal segments, {@code :name} for any one segment, {@code *} as the last segment for anything.
 *
 * <p>jCasbin's {@code keyMatch2} decides. It reads its pattern as a regular expression, so everything that means something
 * there is refused, and a dot is put in brackets. What is left has a literal prefix that each matching path must share;
 * comparing that first spares {@code keyMatch2} most calls and changes no answer.
 *
 * @param pattern what {@code keyMatch2} is given
 * @param prefix what each matching path begins with
 */
record PathPattern(String pattern, String prefix) {

    static final String ALLOWED =
            "a path begins with '/', has at most 512 characters, and each of its segments consists of"
                    + " letters, digits and '_', '-', '.', '~', '@', or is ':name'; the last may be '*' or empty";

    private static final int MAX_LENGTH = 512;
    private static final Pattern LITERAL = Pattern.compile("[\\p{L}\\p{N}_~@.-]+");
    private static final Pattern VARIABLE = Pattern.compile(":[A-Za-z0-9_]+");

    /** The pattern of a path, or an exception that says what is allowed. */
    static PathPattern of(String path) {
        if (!isAllowed(path)) {
            throw new IllegalArgumentException("path " + PolicyText.shown(path) + " is not allowed: " + ALLOWED);
        }
        String prefix = path.split("(?<=/)[:*]", 2)[0];
        return new PathPattern(path.replace(".", "[.]"), prefix);
    }

    private static boolean isAllowed(String path) {
        if (!path.startsWith("/") || path.length() > MAX_LENGTH) {
            return false;
        }
        String[] segments = path.substring(1).split("/", -1);
        int last = segments.length - 1;
        for (int i = 0; i < last; i++) {
            if (!isSegment(segments[i])) {
                return false;
            }
        }
        return segments[last].isEmpty() || segments[last].equals("*") || isSegment(segments[last]);
    }

    private static boolean isSegment(String segment) {
        boolean dots = segment.equals(".") || segment.equals("..");
        return !dots
                && (LITERAL.matcher(segment).matches()
                        || VARIABLE.matcher(segment).matches());
    }

    boolean matches(String path) {
        return path.startsWith(prefix) && BuiltInFunctions.keyMatch2(path, pattern);
    }
}
