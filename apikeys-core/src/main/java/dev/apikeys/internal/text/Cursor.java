package dev.apikeys.internal.text;

import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The text of a place in a list: a letter for the list and its order, and the position. A position of our own making is
 * written as it is; any other is encoded, so that an id that was damaged by hand does not end a list.
 *
 * @param list the list and its order
 * @param position what follows is on the next page
 */
public record Cursor(char list, String position) {
    private static final char PLAIN = '.';
    private static final char ENCODED = '~';
    private static final int PREFIX = 2;

    /** Far beyond what any id of ours takes. */
    private static final int MAX_LENGTH = 4_096;

    /** Reads a cursor of one of the given lists; null if the text is anything else. */
    public static @Nullable Cursor parse(@Nullable String cursor, String lists) {
        if (cursor != null && cursor.length() >= PREFIX && cursor.length() <= MAX_LENGTH) {
            char list = cursor.charAt(0);
            String position = position(cursor);
            // PostgreSQL refuses NUL in any text.
            if (lists.indexOf(list) >= 0 && position != null && position.indexOf('\0') < 0) {
                return new Cursor(list, position);
            }
        }
        return null;
    }

    private static @Nullable String position(String cursor) {
        String text = cursor.substring(PREFIX);
        return switch (cursor.charAt(1)) {
            case PLAIN -> isPlain(text) ? text : null;
            case ENCODED -> decoded(text);
            default -> null;
        };
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
        return isPlain(position) ? "" + list + PLAIN + position : "" + list + ENCODED + encoded(position);
    }
}
