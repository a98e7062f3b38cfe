package dev.apikeys.internal.text;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Base62 encoding of numbers: digits, upper case, lower case. That is ASCII order, so texts of equal length sort like
 * their numbers. Writes ASCII bytes of a fixed length, padded with {@code 0} on the left. Stateless, so thread-safe.
 */
public final class Base62 {

    /** The length of 256 bits in characters. */
    public static final int LENGTH_OF_256_BITS = 43;

    /** The length of 32 bits in characters. */
    public static final int LENGTH_OF_32_BITS = 6;

    private static final byte[] ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);

    private static final int THREE_DIGITS = 62 * 62 * 62;

    /** 62 to the fifth: the most digits that one division can split off, with the remainder below 2^32. */
    private static final int FIVE_DIGITS = 62 * 62 * 62 * 62 * 62;

    private static final int BYTES = 32;
    private static final int LIMBS = BYTES / Integer.BYTES;

    /** 1 at each byte that is a digit, else 0. */
    private static final byte[] IS_DIGIT = new byte[256];

    static {
        for (byte digit : ALPHABET) {
            IS_DIGIT[digit] = 1;
        }
    }

    private Base62() {}

    /**
     * Writes 256 bits as 43 characters.
     *
     * @param bits 32 bytes, the most significant first; not changed
     * @param target receives the characters; nothing else in it is touched
     * @param offset where the first character goes
     * @throws IllegalArgumentException if {@code bits} is not 32 bytes long
     * @throws IndexOutOfBoundsException if {@code target} has no room for 43 characters at {@code offset}
     */
    public static void encode256(byte[] bits, byte[] target, int offset) {
        if (bits.length != BYTES) {
            throw new IllegalArgumentException("bits: " + bits.length + " bytes, allowed are exactly " + BYTES);
        }
        Objects.checkFromIndexSize(offset, LENGTH_OF_256_BITS, target.length);
        int[] limbs = limbs(bits);
        int first = 0;
        int end = offset + LENGTH_OF_256_BITS;
        for (int group = 0; group < LENGTH_OF_256_BITS / 5; group++) {
            while (first < LIMBS && limbs[first] == 0) {
                first++;
            }
            end -= 5;
            writeDigits(divide(limbs, first), 5, target, end);
        }
        // 62^43 > 2^256: the rest fits three digits, and dividing it leaves only zeros, no secret bits, in limbs.
        writeDigits(divide(limbs, first), 3, target, offset);
    }

    /**
     * Writes an unsigned 32-bit number, such as a CRC-32, as 6 characters.
     *
     * @param number 0 to 2^32 - 1, as an int's bits
     * @param target receives the characters; nothing else in it is touched
     * @param offset where the first character goes
     * @throws IndexOutOfBoundsException if {@code target} has no room for 6 characters at {@code offset}
     */
    public static void encode32(int number, byte[] target, int offset) {
        Objects.checkFromIndexSize(offset, LENGTH_OF_32_BITS, target.length);
        long unsigned = Integer.toUnsignedLong(number);
        // Two halves whose divisions do not depend on each other.
        writeDigits((int) (unsigned / THREE_DIGITS), 3, target, offset);
        writeDigits((int) (unsigned % THREE_DIGITS), 3, target, offset + 3);
    }

    /**
     * Tests whether 6 characters are the output of {@link #encode32} for a number.
     *
     * @param number 0 to 2^32 - 1, as an int's bits
     * @param text any bytes
     * @param from where the characters begin
     * @throws IndexOutOfBoundsException if there are fewer than 6
     */
    public static boolean is32(int number, byte[] text, int from) {
        Objects.checkFromIndexSize(from, LENGTH_OF_32_BITS, text.length);
        long unsigned = Integer.toUnsignedLong(number);
        return isThreeDigits((int) (unsigned / THREE_DIGITS), text, from)
                && isThreeDigits((int) (unsigned % THREE_DIGITS), text, from + 3);
    }

    private static boolean isThreeDigits(int number, byte[] text, int from) {
        return text[from] == ALPHABET[number / (62 * 62)]
                && text[from + 1] == ALPHABET[number / 62 % 62]
                && text[from + 2] == ALPHABET[number % 62];
    }

    /**
     * Tests whether a part of a text consists of base62 digits: {@code 0-9}, {@code A-Z}, {@code a-z}.
     *
     * @param text any bytes
     * @param from where the part begins
     * @param to where it ends, exclusive
     * @return true if all bytes of the part are digits, or it is empty
     * @throws IndexOutOfBoundsException if the part does not lie within the text
     */
    public static boolean isBase62(byte[] text, int from, int to) {
        Objects.checkFromToIndex(from, to, text.length);
        // A table instead of branches, which random text would make unpredictable.
        int all = 1;
        for (int i = from; i < to; i++) {
            all &= IS_DIGIT[text[i] & 0xff];
        }
        return all != 0;
    }

    private static int[] limbs(byte[] bits) {
        int[] limbs = new int[LIMBS];
        for (int i = 0, at = 0; i < LIMBS; i++, at += Integer.BYTES) {
            limbs[i] = (bits[at] << 24)
                    | ((bits[at + 1] & 0xFF) << 16)
                    | ((bits[at + 2] & 0xFF) << 8)
                    | (bits[at + 3] & 0xFF);
        }
        return limbs;
    }

    /** Divides the number in place by 62^5 and returns the remainder. */
    private static int divide(int[] limbs, int first) {
        long remainder = 0;
        for (int i = first; i < LIMBS; i++) {
            long dividend = remainder << 32 | Integer.toUnsignedLong(limbs[i]);
            long quotient = dividend / FIVE_DIGITS;
            limbs[i] = (int) quotient;
            remainder = dividend - quotient * FIVE_DIGITS;
        }
        return (int) remainder;
    }

    private static void writeDigits(int number, int count, byte[] target, int offset) {
        int rest = number;
        for (int i = offset + count - 1; i >= offset; i--) {
            target[i] = ALPHABET[rest % 62];
            rest /= 62;
        }
    }
}
