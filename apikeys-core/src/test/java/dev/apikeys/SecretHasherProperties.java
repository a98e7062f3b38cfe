package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.internal.crypto.HashFunction;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.StoredHash;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A stored hash is read as it was written, and anything else is no hash. */
class SecretHasherProperties {
    private static final String HASH = "[0-9a-fA-F]{64}";

    @Property
    void whatIsStoredIsReadAndMatchesItsSecretAlone(
            @ForAll("peppers") Pepper pepper, @ForAll byte[] secret, @ForAll byte[] other) {
        for (SecretHasher hasher : List.of(Pepper.hasher(null, List.of()), Pepper.hasher(pepper, List.of()))) {
            String stored = hasher.store(secret);
            StoredHash read = hasher.read(stored);

            assertThat(stored).hasSizeLessThanOrEqualTo(256).matches("[ -~]+");
            assertThat(hasher.isCurrent(read)).isTrue();
            assertThat(read.isAtStartOf(read.function.hash(secret))).isTrue();
            assertThat(read.isAtStartOf(read.function.hash(other))).isEqualTo(Arrays.equals(secret, other));
            assertThat(read.isUnpeppered()).isEqualTo(!hasher.hasPepper());
            assertThat(hasher.lookup(secret))
                    .isEqualTo(HexFormat.of().formatHex(HashFunction.sha256().hash(secret)));
        }
    }

    /** The comparison looks at each byte. */
    @Property
    void aHashThatDiffersInOneBitDoesNotMatch(
            @ForAll byte[] secret, @ForAll @IntRange(max = 8 * HashFunction.BYTES - 1) int bit) {
        StoredHash stored = Pepper.hasher(null, List.of())
                .read(Pepper.hasher(null, List.of()).store(secret));
        byte[] hash = stored.function.hash(secret);
        hash[bit / 8] ^= (byte) (1 << bit % 8);

        assertThat(stored.isAtStartOf(hash)).isFalse();
    }

    @Property
    void aHashUnderARetiredPepperMatchesAndIsNotCurrent(
            @ForAll("peppers") Pepper current, @ForAll("peppers") Pepper retired, @ForAll byte[] secret) {
        if (current.id().equals(retired.id())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Pepper.hasher(current, List.of(retired)))
                    .withMessageContaining(current.id());
            return;
        }
        String before = Pepper.hasher(retired, List.of()).store(secret);
        SecretHasher hasher = Pepper.hasher(current, List.of(retired));

        StoredHash read = hasher.read(before);

        assertThat(read.isAtStartOf(read.function.hash(secret))).isTrue();
        assertThat(hasher.isCurrent(read)).isFalse();
        assertThat(hasher.store(secret)).isNotEqualTo(before);
        assertThat(Pepper.hasher(current, List.of()).read(before).function)
                .as("a pepper that is not configured")
                .isNull();
    }

    @Property(tries = 5_000)
    void onlyTextsOfTheTwoFormsAreHashes(@ForAll("almostHashes") String stored) {
        boolean plain = stored.matches("sha256\\$\\$" + HASH);
        boolean peppered = stored.matches("hmac-sha256\\$[a-z0-9.-]{1,32}\\$" + HASH);

        StoredHash read = Pepper.hasher(null, List.of()).read(stored);

        assertThat(read != null).as(stored).isEqualTo(plain || peppered);
        if (read != null) {
            assertThat(read.isUnpeppered()).isEqualTo(plain);
            assertThat(read.function != null).isEqualTo(plain);
        }
    }

    @Property(tries = 300)
    void noFlippedBitOfADigestMatches(@ForAll("peppers") Pepper pepper, @ForAll byte[] secret) {
        SecretHasher hasher = Pepper.hasher(pepper, List.of());
        StoredHash read = hasher.read(hasher.store(secret));
        byte[] digest = read.function.hash(secret);

        for (int bit = 0; bit < 256; bit++) {
            byte[] flipped = digest.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(read.isAtStartOf(flipped)).isFalse();
        }
    }

    @Property
    void aPepperTakes32To1024BytesAndAPublicName(
            @ForAll @Size(max = 1_100) byte[] bytes, @ForAll("almostIds") String id) {
        if (bytes.length >= 32 && bytes.length <= 1_024 && id.matches("[a-z0-9.-]{1,32}")) {
            assertThat(Pepper.of(id, bytes)).hasToString("Pepper[" + id + "]");
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Pepper.of(id, bytes))
                    .withMessageContainingAll("pepper", "allowed");
        }
    }

    @Example
    void aPepperKeepsACopy() {
        byte[] bytes = new byte[32];
        Pepper pepper = Pepper.of("p", bytes);
        String before = Pepper.hasher(pepper, List.of()).store(bytes);

        bytes[0] = 1;

        assertThat(Pepper.hasher(pepper, List.of()).store(new byte[32])).isEqualTo(before);
    }

    @Provide
    Arbitrary<Pepper> peppers() {
        Arbitrary<String> ids = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .withChars(".-")
                .ofMinLength(1)
                .ofMaxLength(32);
        Arbitrary<byte[]> bytes =
                Arbitraries.bytes().array(byte[].class).ofMinSize(32).ofMaxSize(100);
        return Combinators.combine(ids, bytes).as(Pepper::of);
    }

    @Provide
    Arbitrary<String> almostIds() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withCharRange('a', 'z').withChars("09.-").ofMaxLength(34),
                Arbitraries.strings().withChars("aA_$ é").ofMaxLength(4));
    }

    @Provide
    Arbitrary<String> almostHashes() {
        Arbitrary<String> heads = Arbitraries.of(
                "sha256$$",
                "hmac-sha256$p$",
                "hmac-sha256$2026-11$",
                "hmac-sha256$$",
                "hmac-sha256$P$",
                "hmac-sha256$",
                "sha256$",
                "sha256$p$",
                "SHA256$$",
                "",
                " sha256$$",
                "hmac-sha256$" + "p".repeat(33) + "$",
                "sha512$$");
        Arbitrary<String> digits = Arbitraries.strings()
                .withChars("0123456789abcdef")
                .ofLength(64)
                .flatMap(hex -> Arbitraries.of(
                        hex,
                        hex.toUpperCase(Locale.ROOT),
                        hex.substring(1),
                        hex + "0",
                        hex + " ",
                        "g" + hex.substring(1),
                        hex.substring(0, 63) + "\n",
                        "",
                        "$" + hex.substring(1),
                        hex.substring(0, 63) + "\uFF11"));
        return Arbitraries.oneOf(
                Combinators.combine(heads, digits).as(String::concat),
                Arbitraries.strings().ofMaxLength(100));
    }
}
