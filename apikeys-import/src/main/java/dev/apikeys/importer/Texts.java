package dev.apikeys.importer;

import dev.apikeys.internal.text.Shown;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks texts of another program for use in keys, and escapes them for reports. */
final class Texts {

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 2_000;
    private static final int LONGEST_SHOWN = 40;

    /** No secret is that short. */
    private static final int LONGEST_WHOLE = 12;

    private static final int BEGINNING = 6;

    private Texts() {}

    /** Returns whether a text may name a key. */
    static boolean isName(@Nullable String text) {
        return text != null
                && !text.isBlank()
                && text.length() <= 2 * LONGEST_NAME
                && text.codePointCount(0, text.length()) <= LONGEST_NAME
                && text.codePoints().noneMatch(Texts::isControlOrLoneSurrogate);
    }

    /** Returns whether a text may be the owner or the creator of a key: one with outer blanks could not be queried. */
    static boolean isPerson(@Nullable String text) {
        return text == null
                || (isName(text) && !isBlank(text.codePointAt(0)) && !isBlank(text.codePointBefore(text.length())));
    }

    private static boolean isBlank(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** Returns whether every database stores a text, or null, unchanged. */
    static boolean fits(@Nullable String text, int longest) {
        return text == null
                || (text.length() <= longest && text.codePoints().noneMatch(c -> c == 0 || isLoneSurrogate(c)));
    }

    /** Returns a text as a description: cut, with invalid characters replaced by blanks. */
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

    /** Returns a value for a report: of a longer one, which may be a misplaced secret, only its beginning and length. */
    static String hint(String value) {
        return value.length() <= LONGEST_WHOLE
                ? Shown.escaped(value)
                : Shown.escaped(value.substring(0, BEGINNING)) + "... (" + value.length() + " characters)";
    }

    /** Returns the name of a column for a report: cut and escaped, so that it cannot forge a line. */
    static String shown(String text) {
        return text.length() <= LONGEST_SHOWN
                ? Shown.escaped(text)
                : Shown.escaped(text.substring(0, LONGEST_SHOWN)) + "...";
    }

    private static boolean isControlOrLoneSurrogate(int c) {
        return Character.isISOControl(c) || isLoneSurrogate(c);
    }

    /** Returns whether a code point is a lone surrogate; surrogate pairs are one code point. */
    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }
}
