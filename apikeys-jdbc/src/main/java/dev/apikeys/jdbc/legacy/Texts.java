package dev.apikeys.jdbc.legacy;

import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be kept of the texts of another program. */
final class Texts {

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 2_000;
    private static final int LONGEST_SHOWN = 40;

    private Texts() {}

    /** Whether a text may name a key. */
    static boolean isName(@Nullable String text) {
        return text != null
                && !text.isBlank()
                && text.length() <= 2 * LONGEST_NAME
                && text.codePointCount(0, text.length()) <= LONGEST_NAME
                && text.codePoints().noneMatch(Texts::isControlOrLoneSurrogate);
    }

    /** Whether every database keeps a text as it is; null it does. */
    static boolean fits(@Nullable String text, int longest) {
        return text == null
                || (text.length() <= longest && text.codePoints().noneMatch(c -> c == 0 || isLoneSurrogate(c)));
    }

    /** A description of it, with blanks for what no description holds. */
    static @Nullable String description(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return text.codePoints()
                .limit(LONGEST_DESCRIPTION)
                .map(c -> isControlOrLoneSurrogate(c) ? ' ' : c)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    /** A text for a report: cut, and with what could forge a line of it escaped. */
    static String shown(String text) {
        String escaped = text.chars()
                .limit(LONGEST_SHOWN)
                .mapToObj(c -> c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining());
        return text.length() > LONGEST_SHOWN ? escaped + "..." : escaped;
    }

    private static boolean isControlOrLoneSurrogate(int c) {
        return Character.isISOControl(c) || isLoneSurrogate(c);
    }

    /** Code points of a text are surrogates only where the other half is missing. */
    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }
}
