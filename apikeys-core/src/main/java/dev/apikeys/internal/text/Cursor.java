package dev.apikeys.internal.text;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A position in a list as text: a letter for the list and its order, a checksum of the conditions, and the position. A
 * well-formed position is written verbatim, any other encoded, so that an id damaged by hand does not end a list.
 *
 * @param list the list and its order
 * @param conditions made by {@link #conditions}
 * @param position the last position before the next page
 */
public record Cursor(char list, String conditions, String position) {
    private static final Pattern VERBATIM = Pattern.compile("[0-9a-z_.-]*");
    private static final char PLAIN = '.';
    private static final char ENCODED = '~';
    private static final int RADIX = 36;

    /** The maximum length of a checksum. */
    private static final int MAX_CONDITIONS = 7;

    /** Far longer than any id of this library. */
    private static final int MAX_LENGTH = 4_096;

    /** Parses a cursor of one of the given lists; returns null for any other text. */
    public static @Nullable Cursor parse(@Nullable String cursor, String lists) {
        if (cursor == null || cursor.isEmpty() || cursor.length() > MAX_LENGTH) {
            return null;
        }
        int kind = 1;
        while (kind < cursor.length() && kind <= MAX_CONDITIONS && Character.digit(cursor.charAt(kind), RADIX) >= 0) {
            kind++;
        }
        if (kind == cursor.length() || lists.indexOf(cursor.charAt(0)) < 0) {
            return null;
        }
        String position = position(cursor.charAt(kind), cursor.substring(kind + 1));
        // PostgreSQL refuses NUL in any text.
        return position == null || position.indexOf('\0') >= 0
                ? null
                : new Cursor(cursor.charAt(0), cursor.substring(1, kind), position);
    }

    private static @Nullable String position(char kind, String text) {
        return switch (kind) {
            case PLAIN -> isPlain(text) ? text : null;
            case ENCODED -> decoded(text);
            default -> null;
        };
    }

    /**
     * Returns a checksum of conditions, to detect a cursor of another query by mistake; each page applies its own
     * conditions. Empty if all are null.
     *
     * @param conditions always the same number, in the same order
     */
    public static String conditions(@Nullable String... conditions) {
        CRC32 crc = new CRC32();
        boolean any = false;
        for (String condition : conditions) {
            any |= condition != null;
            crc.update(condition == null ? 0 : 1);
            if (condition != null) {
                crc.update(condition.getBytes(StandardCharsets.UTF_8));
                crc.update(0); // A separator that no condition contains.
            }
        }
        return any ? Long.toString(crc.getValue(), RADIX) : "";
    }

    private static boolean isPlain(String text) {
        return VERBATIM.matcher(text).matches();
    }

    private static @Nullable String decoded(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            return bytes.length % Character.BYTES == 0
                    ? ByteBuffer.wrap(bytes).asCharBuffer().toString()
                    : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    /** Encodes chars, not text: an encoding would replace a lone surrogate, and the list would loop. */
    private static String encoded(String position) {
        ByteBuffer bytes = ByteBuffer.allocate(Character.BYTES * position.length());
        bytes.asCharBuffer().put(position);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Returns the text. */
    public String text() {
        String place = isPlain(position) ? PLAIN + position : ENCODED + encoded(position);
        return list + conditions + place;
    }
}
