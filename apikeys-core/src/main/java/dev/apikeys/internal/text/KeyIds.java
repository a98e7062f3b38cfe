package dev.apikeys.internal.text;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The grammar of key ids: {@code ak_} and a ULID, or 1 to 61 lower-case letters or digits. */
public final class KeyIds {
    public static final String PREFIX = "ak_";
    private static final int MAX_LENGTH = 64;

    private KeyIds() {}

    /** Returns the text of an id in standard form, from a time and the first ten of the given random bytes. */
    public static String text(long millis, byte[] random) {
        byte[] out = new byte[PREFIX.length() + Ulid.LENGTH];
        out[0] = 'a';
        out[1] = 'k';
        out[2] = '_';
        Ulid.write(millis, random, out, PREFIX.length());
        return new String(out, StandardCharsets.ISO_8859_1);
    }

    /** Returns whether an id has the standard form, and so can be part of a secret. */
    public static boolean isStandard(String id) {
        byte[] text = id.getBytes(StandardCharsets.ISO_8859_1); // Shorter where there are surrogate pairs.
        return text.length == PREFIX.length() + Ulid.LENGTH && Ulid.isUlid(text, PREFIX.length());
    }

    /** Returns whether a text is a key id. */
    public static boolean isValid(@Nullable String value) {
        if (value == null
                || value.length() <= PREFIX.length()
                || value.length() > MAX_LENGTH
                || !value.startsWith(PREFIX)) {
            return false;
        }
        for (int i = PREFIX.length(); i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'z')) {
                return false;
            }
        }
        return true;
    }
}
