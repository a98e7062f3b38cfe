package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** ULIDs are what every reader of the standard reads, and sort by their time. */
class UlidProperties {
    private static final String CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final long LAST_MILLI = (1L << 48) - 1;

    @Property
    void aStandardReaderFindsTimeAndRandomBits(
            @ForAll @LongRange(max = LAST_MILLI) long millis, @ForAll @Size(10) byte[] random) {
        String ulid = Ulid.text(millis, random);

        BigInteger bits = BigInteger.ZERO;
        for (char digit : ulid.toCharArray()) {
            bits = bits.multiply(BigInteger.valueOf(32)).add(BigInteger.valueOf(CROCKFORD.indexOf(digit)));
        }
        assertThat(bits.shiftRight(80)).isEqualTo(BigInteger.valueOf(millis));
        assertThat(bits.mod(BigInteger.ONE.shiftLeft(80))).isEqualTo(new BigInteger(1, random));
        assertThat(ulid).hasSize(26);
    }

    @Property
    void idsOfALaterMillisecondSortLaterWithAnyRandomBits(
            @ForAll @LongRange(max = LAST_MILLI - 1) long millis,
            @ForAll @LongRange(min = 1) long later,
            @ForAll @Size(10) byte[] random,
            @ForAll @Size(10) byte[] otherRandom) {
        long after = Math.min(LAST_MILLI, millis + Math.floorMod(later - 1, LAST_MILLI - millis) + 1);

        assertThat(Ulid.text(millis, random)).isLessThan(Ulid.text(after, otherRandom));
    }

    @Property
    void thoseOfOneMillisecondSortByTheirRandomBits(
            @ForAll @LongRange(max = LAST_MILLI) long millis,
            @ForAll @Size(10) byte[] random,
            @ForAll @Size(10) byte[] otherRandom) {
        assertThat(Integer.signum(Ulid.text(millis, random).compareTo(Ulid.text(millis, otherRandom))))
                .isEqualTo(new BigInteger(1, random).compareTo(new BigInteger(1, otherRandom)));
    }

    @Property
    void eachRandomBitCounts(
            @ForAll @LongRange(max = LAST_MILLI) long millis,
            @ForAll @Size(10) byte[] random,
            @ForAll @IntRange(max = 79) int bit) {
        byte[] flipped = random.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);

        assertThat(Ulid.text(millis, flipped)).isNotEqualTo(Ulid.text(millis, random));
    }

    @Property(tries = 50)
    void onlyTextsThatAStandardReaderAcceptsAreUlids(@ForAll @Size(10) byte[] random) {
        byte[] ulid = Ulid.text(1_764_115_200_000L, random).getBytes(StandardCharsets.US_ASCII);

        for (int at = 0; at < ulid.length; at++) {
            for (int b = 0; b < 0x100; b++) {
                byte[] changed = ulid.clone();
                changed[at] = (byte) b;
                boolean isDigit = CROCKFORD.indexOf(b) >= 0 && (at > 0 || b <= '7');
                if (Ulid.isUlid(changed, 0) != isDigit) {
                    throw new AssertionError(at + ": " + b);
                }
            }
        }
    }
}
