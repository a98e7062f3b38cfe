package dev.apikeys.jdbc.internal;

import java.util.Locale;
import java.util.stream.Collectors;

/** Texts of callers in messages. */
final class Shown {

    private static final int LONGEST = 40;

    private Shown() {}

    /** A text in quotes: cut, and with what could forge a line of a log escaped. */
    static String of(String text) {
        String escaped = text.chars()
                .limit(LONGEST)
                .mapToObj(c -> c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining());
        return '"' + escaped + (text.length() > LONGEST ? "..." : "") + '"';
    }
}
