package dev.apikeys.internal.text;

import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Masks secrets and tickets in text from callers: a name, an actor, a search. Every token in the form of a secret of
 * any prefix is masked, even if its checksum is wrong or its end is cut off: a mistyped secret is close to the right
 * one, and a missing checksum can be computed.
 */
public final class Masked {

    /** The part before the random digits is public and identifies the key to revoke. */
    private static final Pattern TOKEN =
            Pattern.compile("(_[0-7][0-9a-hjkmnp-tv-z]{25}_)[0-9A-Za-z]{32,}|(sk_)[0-9a-f]{32,}|(ho_)[0-9A-Za-z]{32,}");

    /** The length of the shortest of the three: a shorter text holds none. */
    private static final int SHORTEST = 35;

    private Masked() {}

    /** Returns the text with the random digits of each secret and ticket replaced. */
    public static String text(String text) {
        if (text.length() < SHORTEST) {
            return text;
        }
        return TOKEN.matcher(text).replaceAll("$1$2$3***"); // Groups that did not match are empty.
    }

    /** Returns a value for {@code toString}: texts in quotes, they and names escaped, and all of it masked. */
    public static String shown(Object value) {
        if (value instanceof String text) {
            return Shown.whole(text(text));
        }
        if (value instanceof Map<?, ?> map) {
            StringJoiner entries = new StringJoiner(", ", "{", "}");
            map.forEach((key, entry) -> entries.add(shown(key) + ": " + shown(entry)));
            return entries.toString();
        }
        if (value instanceof Collection<?> names) {
            return names.stream()
                    .map(name -> Shown.escaped(text(String.valueOf(name))))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return text(value.toString());
    }
}
