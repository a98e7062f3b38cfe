package dev.apikeys.internal.text;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The text of a place in a list: a letter for the list and its order, a checksum of the list's conditions, and the position.
 * A position of our own making is written as it is; any other is encoded, so that an id that was damaged by hand does not
 * end a list.
 *
 * @param list the list and its order
 * @param conditions made by {@link #conditions}
 * @param position what follows is on the next page
 */
public record Cursor(char list, String conditions, String position) {
    private static final char PLAIN = '.';
    private static final char ENCODED = '~';
    private static final int RADIX = 36;

    /** The most digits of a checksum. */
    private static final int MAX_CONDITIONS = 7;

    /** Far beyond what any id of ours takes. */
    private static final int MAX_LENGTH = 4_096;

    /** Reads a cursor of one of the given lists; null if the text is anything else. */
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
     * Returns a checksum of conditions, against mistakes: each page applies its own. Empty if all are null.
     *
     * @param conditions always as many, in the same order
     */
    public static String conditions(@Nullable String... conditions) {
        CRC32 crc = new CRC32();
        boolean any = false;
        for (String condition : conditions) {
            any |= condition != null;
            crc.update(condition == null ? 0 : 1);
            if (condition != null) {
                crc.update(condition.getBytes(StandardCharsets.UTF_8));
                crc.update(0); // No condition holds it.
            }
        }
        return any ? Long.toString(crc.getValue(), RADIX) : "";
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '_' && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
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

    /** Of chars, not of text: an encoding would turn a lone surrogate into another character, and a list into a circle. */
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
