package dev.apikeys.internal.text;

/** Paths that every server reads alike. Checked on each request, so nothing here allocates. */
public final class PlainPath {

    /** The maximum length of a path, in characters. */
    public static final int MAX_LENGTH = 2_048;

    private PlainPath() {}

    /**
     * Returns false for a path that a server may read as another one: some decode or normalise once more, cut off
     * parameters, query or fragment, or trim segments. False too for one that is not absolute, or is too long.
     */
    public static boolean isPlain(String path) {
        return path.length() <= MAX_LENGTH
                && path.startsWith("/")
                && !path.contains("..")
                && !path.contains("//")
                && !path.contains("/./")
                && !path.endsWith("/.")
                && !holdsSuspicious(path)
                && !hasSegmentToTrim(path);
    }

    private static boolean holdsSuspicious(String path) {
        for (int i = 0; i < path.length(); i += Character.charCount(path.codePointAt(i))) {
            if (isSuspicious(path.codePointAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasSegmentToTrim(String path) {
        for (int i = 1; i < path.length(); i++) {
            boolean first = path.charAt(i - 1) == '/';
            boolean last = i + 1 == path.length() || path.charAt(i + 1) == '/';
            if ((first || last) && isBlank(path.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** Returns true for a lone surrogate; a pair is one code point and not a surrogate. */
    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static boolean isSuspicious(int c) {
        return "%;?#\\".indexOf(c) >= 0 || Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || isSurrogate(c);
    }
}
