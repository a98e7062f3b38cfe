package dev.apikeys.internal.text;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class Base62Test {

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final BigInteger RADIX = BigInteger.valueOf(62);

    @Property(tries = 5_000)
    void random256BitsAreWrittenAsBigIntegerSays(@ForAll @Size(32) byte[] bits) {
        assertThat(encode256(bits)).isEqualTo(expected(new BigInteger(1, bits), 43));
    }

    @Property(tries = 1_000)
    void leadingZerosAreWrittenAsZeros(@ForAll @Size(32) byte[] bits, @ForAll @IntRange(max = 32) int zeros) {
        Arrays.fill(bits, 0, zeros, (byte) 0);

        assertThat(encode256(bits)).hasSize(43).isEqualTo(expected(new BigInteger(1, bits), 43));
    }

    @Property(tries = 1_000)
    void zerosInTheMiddleAreKept(@ForAll @Size(32) byte[] bits, @ForAll @IntRange(max = 31) int from) {
        Arrays.fill(bits, from, Math.min(32, from + 9), (byte) 0);

        assertThat(encode256(bits)).isEqualTo(expected(new BigInteger(1, bits), 43));
    }

    @Example
    void theLeastAndTheGreatestNumberFit() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xFF);

        assertThat(encode256(new byte[32])).isEqualTo("0".repeat(43));
        assertThat(encode256(ones))
                .isEqualTo(expected(BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE), 43));
    }

    @Example
    void powersOf62AndTheirNeighboursAreWrittenAsBigIntegerSays() {
        for (int exponent = 0; exponent < 43; exponent++) {
            for (int delta = -1; delta <= 1; delta++) {
                BigInteger number = RADIX.pow(exponent).add(BigInteger.valueOf(delta));

                assertThat(encode256(bits(number))).isEqualTo(expected(number, 43));
            }
        }
    }

    @Example
    void theBitsAreNotChanged() {
        byte[] bits = HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2));
        byte[] before = bits.clone();

        encode256(bits);

        assertThat(bits).isEqualTo(before);
    }

    @Example
    void onlyTheGivenPlaceIsWritten() {
        byte[] target = "-".repeat(50).getBytes(US_ASCII);

        Base62.encode256(new byte[32], target, 4);

        assertThat(text(target)).isEqualTo("-".repeat(4) + "0".repeat(43) + "-".repeat(3));
    }

    @Example
    void otherLengthsAndATargetWithoutRoomAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Base62.encode256(new byte[31], new byte[43], 0))
                .withMessage("bits: 31 bytes, allowed are exactly 32");
        assertThatThrownBy(() -> Base62.encode256(new byte[32], new byte[43], 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Base62.encode32(1, new byte[6], -1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Property(tries = 5_000)
    void thirtyTwoBitsAreUnsigned(@ForAll int number) {
        byte[] target = "-".repeat(8).getBytes(US_ASCII);

        Base62.encode32(number, target, 1);

        BigInteger unsigned = BigInteger.valueOf(Integer.toUnsignedLong(number));
        assertThat(text(target)).isEqualTo("-" + expected(unsigned, 6) + "-");
    }

    @Property(tries = 1_000)
    void textsSortLikeTheirNumbers(@ForAll @Size(32) byte[] left, @ForAll @Size(32) byte[] right) {
        int numbers = new BigInteger(1, left).compareTo(new BigInteger(1, right));

        assertThat(Integer.signum(encode256(left).compareTo(encode256(right)))).isEqualTo(numbers);
    }

    @Example
    void exactlyThe62CharactersOfTheAlphabetAreBase62() {
        for (int b = 0; b < 256; b++) {
            for (int at = 0; at < 3; at++) {
                byte[] text = {'a', 'b', 'c'};
                text[at] = (byte) b;
                assertThat(Base62.isBase62(text, 0, 3))
                        .as("byte %d at %d", b, at)
                        .isEqualTo(ALPHABET.indexOf(b) >= 0);
            }
        }
        assertThat(Base62.isBase62(new byte[] {'-', 'a', '-'}, 1, 2)).isTrue();
        assertThat(Base62.isBase62(new byte[] {'-'}, 0, 0)).isTrue();
    }

    private static String encode256(byte[] bits) {
        byte[] target = new byte[Base62.LENGTH_OF_256_BITS];
        Base62.encode256(bits, target, 0);
        return text(target);
    }

    private static String text(byte[] ascii) {
        return new String(ascii, US_ASCII);
    }

    private static byte[] bits(BigInteger number) {
        byte[] bits = new byte[32];
        byte[] magnitude = number.toByteArray();
        for (int i = 1; i <= Math.min(32, magnitude.length); i++) {
            bits[32 - i] = magnitude[magnitude.length - i];
        }
        return bits;
    }

    private static String expected(BigInteger number, int length) {
        StringBuilder digits = new StringBuilder();
        for (BigInteger rest = number; digits.length() < length; rest = rest.divide(RADIX)) {
            digits.append(ALPHABET.charAt(rest.mod(RADIX).intValue()));
        }
        return digits.reverse().toString();
    }
}
