package dev.apikeys;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * Key ids of the standard form: 48 bits of time in milliseconds and 80 random bits, as 26 characters of Crockford's
 * base 32, here in lower case.
 *
 * @see <a href="https://github.com/ulid/spec">The ULID specification</a>
 */
final class Ulid {
    static final int LENGTH = 26;
    static final int RANDOM_BYTES = 10;
    private static final byte[] DIGITS = "0123456789abcdefghjkmnpqrstvwxyz".getBytes(StandardCharsets.US_ASCII);
    private static final int TIME_DIGITS = 10;

    /** At each byte that is a digit 1, else 0. */
    private static final byte[] IS_DIGIT = new byte[256];

    static {
        for (byte digit : DIGITS) {
            IS_DIGIT[digit] = 1;
        }
    }

    private Ulid() {}

    /** A new key id. */
    static String next(long millis) {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return keyId(millis, random);
    }

    /** The key id, {@code ak_…}, of a time and the first ten of the given random bytes. */
    @SuppressWarnings("deprecation") // This constructor is the one that makes an ASCII string without decoding.
    static String keyId(long millis, byte[] random) {
        byte[] out = new byte[KeyId.PREFIX.length() + LENGTH];
        out[0] = 'a';
        out[1] = 'k';
        out[2] = '_';
        int end = KeyId.PREFIX.length() + TIME_DIGITS;
        long time = millis;
        for (int i = end - 1; i >= KeyId.PREFIX.length(); i--) {
            out[i] = DIGITS[(int) time & 31];
            time >>>= 5;
        }
        fiveBytes(random, 0, out, end);
        fiveBytes(random, 5, out, end + 8);
        return new String(out, 0);
    }

    /** Whether the key id has the standard form, and so can be part of a secret. */
    static boolean isKeyId(String id) {
        byte[] text = id.getBytes(StandardCharsets.ISO_8859_1); // Shorter where there are surrogate pairs.
        return text.length == KeyId.PREFIX.length() + LENGTH && isUlid(text, KeyId.PREFIX.length());
    }

    /** Whether a ULID stands there; its first digit ends at 7, where 48 bits do. */
    static boolean isUlid(byte[] text, int from) {
        // A table and no branch on what is read: random text makes such branches unpredictable.
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
