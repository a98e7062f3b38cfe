package dev.apikeys.internal.text;

import java.nio.charset.StandardCharsets;

/**
 * ULIDs: 48 bits of time in milliseconds and 80 random bits, as 26 characters of Crockford's base 32, here in lower case.
 *
 * @see <a href="https://github.com/ulid/spec">The ULID specification</a>
 */
public final class Ulid {
    /** The length of the text, in characters. */
    public static final int LENGTH = 26;

    /** The number of random bytes in a ULID. */
    public static final int RANDOM_BYTES = 10;

    private static final byte[] DIGITS = "0123456789abcdefghjkmnpqrstvwxyz".getBytes(StandardCharsets.US_ASCII);
    private static final int TIME_DIGITS = 10;

    /** 1 at each byte that is a digit, else 0. */
    private static final byte[] IS_DIGIT = new byte[256];

    static {
        for (byte digit : DIGITS) {
            IS_DIGIT[digit] = 1;
        }
    }

    private Ulid() {}

    /** Writes the ULID of a time and the first ten of the given random bytes, 26 bytes of ASCII. */
    public static void write(long millis, byte[] random, byte[] out, int at) {
        int end = at + TIME_DIGITS;
        long time = millis;
        for (int i = end - 1; i >= at; i--) {
            out[i] = DIGITS[(int) time & 31];
            time >>>= 5;
        }
        fiveBytes(random, 0, out, end);
        fiveBytes(random, 5, out, end + 8);
    }

    /** Returns the ULID of a time and the first ten of the given random bytes. */
    public static String text(long millis, byte[] random) {
        byte[] out = new byte[LENGTH];
        write(millis, random, out, 0);
        return new String(out, StandardCharsets.US_ASCII);
    }

    /** Tests for a ULID at a position of a text; its first digit is at most 7, since 48 bits allow no more. */
    public static boolean isUlid(byte[] text, int from) {
        // A table instead of branches, which random text would make unpredictable.
        int all = text[from] <= '7' ? 1 : 0;
        for (int i = from; i < from + LENGTH; i++) {
            all &= IS_DIGIT[text[i] & 0xff];
        }
        return all != 0;
    }

    private static void fiveBytes(byte[] in, int from, byte[] out, int at) {
        long bits = 0;
        for (int i = 0; i < 5; i++) {
            bits = (bits << 8) | (in[from + i] & 0xff);
        }
        for (int i = 7; i >= 0; i--) {
            out[at + i] = DIGITS[(int) bits & 31];
            bits >>>= 5;
        }
    }
}
