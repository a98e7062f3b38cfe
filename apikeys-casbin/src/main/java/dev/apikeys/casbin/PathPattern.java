package dev.apikeys.casbin;

import java.util.regex.Pattern;
import org.casbin.jcasbin.util.BuiltInFunctions;

/**
 * A path of a policy: literal segments, {@code :name} for any one segment, {@code *} as the last segment for anything.
 *
 * <p>jCasbin's {@code keyMatch2} decides. It reads its pattern as a regular expression, so metacharacters are refused,
 * and a dot is put in brackets. The pattern has a literal prefix that each matching path must share; comparing it first
 * saves most calls of {@code keyMatch2} and changes no answer.
 *
 * @param pattern the pattern for {@code keyMatch2}
 * @param prefix the prefix of each matching path
 */
record PathPattern(String pattern, String prefix) {

    static final String ALLOWED =
            "a path begins with '/', has at most 512 characters, and each of its segments consists of"
                    + " letters, digits and '_', '-', '.', '~', '@', or is ':name'; the last may be '*' or empty";

    private static final int MAX_LENGTH = 512;
    private static final Pattern LITERAL = Pattern.compile("[\\p{L}\\p{N}_~@.-]+");
    private static final Pattern VARIABLE = Pattern.compile(":[A-Za-z0-9_]+");

    /** Returns the pattern of a path, or throws an exception that says what is allowed. */
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
