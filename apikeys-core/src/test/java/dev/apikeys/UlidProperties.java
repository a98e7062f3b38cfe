package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Key ids are ULIDs as everybody reads them, and sort by their time. */
class UlidProperties {
    private static final String CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final long LAST_MILLI = (1L << 48) - 1;

    @Property
    void aStandardReaderFindsTimeAndRandomBits(
            @ForAll @LongRange(max = LAST_MILLI) long millis, @ForAll @Size(10) byte[] random) {
        String id = Ulid.keyId(millis, random);

        BigInteger bits = BigInteger.ZERO;
        for (char digit : id.substring(3).toCharArray()) {
            bits = bits.multiply(BigInteger.valueOf(32)).add(BigInteger.valueOf(CROCKFORD.indexOf(digit)));
        }
        assertThat(bits.shiftRight(80)).isEqualTo(BigInteger.valueOf(millis));
        assertThat(bits.mod(BigInteger.ONE.shiftLeft(80))).isEqualTo(new BigInteger(1, random));
        assertThat(id).hasSize(29).startsWith("ak_");
    }

    @Property
    void idsOfALaterMillisecondSortLaterWhateverTheirRandomBits(
            @ForAll @LongRange(max = LAST_MILLI - 1) long millis,
            @ForAll @LongRange(min = 1) long later,
            @ForAll @Size(10) byte[] random,
            @ForAll @Size(10) byte[] otherRandom) {
        long after = Math.min(LAST_MILLI, millis + Math.floorMod(later - 1, LAST_MILLI - millis) + 1);

        KeyId early = KeyId.of(Ulid.keyId(millis, random));
        KeyId late = KeyId.of(Ulid.keyId(after, otherRandom));

        assertThat(early).isLessThan(late);
        assertThat(early.value()).isLessThan(late.value());
    }

    @Property
    void idsOfOneMillisecondSortByTheirRandomBits(
            @ForAll @LongRange(max = LAST_MILLI) long millis,
            @ForAll @Size(10) byte[] random,
            @ForAll @Size(10) byte[] otherRandom) {
        assertThat(Integer.signum(Ulid.keyId(millis, random).compareTo(Ulid.keyId(millis, otherRandom))))
                .isEqualTo(new BigInteger(1, random).compareTo(new BigInteger(1, otherRandom)));
    }

    @Property
    void eachRandomBitCounts(
            @ForAll @LongRange(max = LAST_MILLI) long millis,
            @ForAll @Size(10) byte[] random,
            @ForAll @IntRange(max = 79) int bit) {
        byte[] flipped = random.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);

        assertThat(Ulid.keyId(millis, flipped)).isNotEqualTo(Ulid.keyId(millis, random));
    }

    @Property(tries = 50)
    void onlyTextsThatAStandardReaderAcceptsAreOfTheStandardForm(@ForAll @Size(10) byte[] random) {
        String id = Ulid.keyId(1_764_115_200_000L, random);

        assertThat(Ulid.isKeyId(id)).isTrue();
        for (int at = 3; at < id.length(); at++) {
            for (char c = 0; c < 0x180; c++) {
                String changed = id.substring(0, at) + c + id.substring(at + 1);
                boolean inRange = CROCKFORD.indexOf(c) >= 0 && (at > 3 || c <= '7');
                if (Ulid.isKeyId(changed) != inRange) {
                    throw new AssertionError(changed);
                }
            }
        }
        assertThat(Ulid.isKeyId(id.substring(1))).isFalse();
        assertThat(Ulid.isKeyId(id + "0")).isFalse();
    }
}
