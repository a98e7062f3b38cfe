package dev.apikeys.internal.text;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Escapes text for logs, messages and {@code toString}, so that no value can forge a line. */
public final class Shown {
    private static final int MAX = 40;

    /** Of a longer text, only words that end within so many characters are shown: no secret is that short. */
    private static final int OF_LONGER = 12;

    private Shown() {}

    /**
     * Returns a value that may be a misplaced secret: in quotes, escaped and masked; if longer than 40 characters, only
     * the words within the first 12.
     */
    public static String text(@Nullable String value) {
        if (value == null || value.length() <= MAX) {
            return whole(value == null ? null : Masked.text(value));
        }
        int end = value.lastIndexOf(' ', OF_LONGER) + 1;
        return '"' + escaped(value.substring(0, end)) + "…\" (" + value.length() + " characters)";
    }

    /** Returns a value in quotes, escaped and uncut: for values that were checked and hold no secret. */
    public static String whole(@Nullable String value) {
        return value == null ? "null" : '"' + escaped(value) + '"';
    }

    /** Returns a text with everything but printable ASCII escaped as in Java source, and quotes and backslashes. */
    public static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
