package dev.apikeys.spring;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A path in its widest reading: decoded until nothing is encoded, divided by slashes of both kinds, without parameters, empty
 * parts, and the blanks and dots around a name. What other readers see are these names, of which they may leave out some at the
 * end, and, if there is a detour, anywhere. Immutable and thread-safe.
 *
 * @param names the names in it
 * @param hasDetour whether there is a {@code ..}
 */
record PathReading(List<String> names, boolean hasDetour) {

    /** Reads a path as it was sent; returns null for one that the guard refuses in any case. */
    static @Nullable PathReading ofSent(String path) {
        String decoded = path.chars().allMatch(c -> c > ' ' && c < 0x7f) ? decoded(path) : null;
        return decoded == null || decoded.chars().anyMatch(Character::isISOControl) ? null : of(decoded);
    }

    /** Reads a decoded path. */
    static PathReading of(String path) {
        List<String> names = new ArrayList<>();
        boolean hasDetour = false;
        for (String part : path.split("[/\\\\]", -1)) {
            String sent = withoutParameters(part);
            String name = trimmed(sent);
            if (!name.isEmpty()) {
                names.add(name);
            } else if (sent.length() > 1) {
                hasDetour = true;
            }
        }
        return new PathReading(List.copyOf(names), hasDetour);
    }

    private static String withoutParameters(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (";?#".indexOf(part.charAt(i)) >= 0) {
                return part.substring(0, i);
            }
        }
        return part;
    }

    /** Without blanks, and without the dots at the end that Windows leaves out. */
    private static String trimmed(String part) {
        int from = 0;
        int to = part.length();
        while (to > 0 && (part.charAt(to - 1) == '.' || isBlank(part.charAt(to - 1)))) {
            to--;
        }
        while (from < to && isBlank(part.charAt(from))) {
            from++;
        }
        return part.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** Returns whether the names of another one follow a number of names in this one. */
    boolean hasAt(int from, PathReading other) {
        if (names.size() < from + other.names.size()) {
            return false;
        }
        for (int i = 0; i < other.names.size(); i++) {
            if (!names.get(from + i).equalsIgnoreCase(other.names.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the names of another one are in this one in their order, with others between them or not. */
    boolean hasInOrder(PathReading other) {
        int found = 0;
        for (String name : names) {
            if (found < other.names.size() && name.equalsIgnoreCase(other.names.get(found))) {
                found++;
            }
        }
        return found == other.names.size();
    }

    /** Returns null if not all is UTF-8 that was encoded well. */
    private static @Nullable String decoded(String path) {
        StringBuilder bytes = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) == '%' && encoded(path, i) < 0) {
                return null;
            }
            bytes.append(path.charAt(i));
            for (int last = last(bytes); last >= 0; last = last(bytes)) {
                bytes.setLength(bytes.length() - 3);
                bytes.append((char) last);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toString().getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** The byte that the end of a text stands for, or less than 0. */
    private static int last(CharSequence text) {
        return text.length() < 3 ? -1 : encoded(text, text.length() - 3);
    }

    private static int encoded(CharSequence text, int at) {
        if (text.charAt(at) != '%' || at + 2 >= text.length()) {
            return -1;
        }
        int high = Character.digit(text.charAt(at + 1), 16);
        int low = Character.digit(text.charAt(at + 2), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
