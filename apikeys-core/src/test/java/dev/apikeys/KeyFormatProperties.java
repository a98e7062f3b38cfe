package dev.apikeys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.KeyFormat.Reading;
import dev.apikeys.Verification.Code;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.spi.ApiKeyStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterProperty;

/** A secret is read as it was written, and a text that differs from it anywhere is refused without asking the store. */
class KeyFormatProperties {
    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int CHECKSUM = 6;
    private static final Set<Code> REFUSED_UNSEEN = EnumSet.of(Code.MISSING, Code.MALFORMED, Code.BAD_CHECKSUM);

    /** Letters that look like others, or turn into others when their case is changed; halves of a pair; no characters. */
    private static final String BEYOND_LATIN_1 =
            "\u0131\u0130\u017F\u212A\u0430\u0455\uFF41\uFF10\u0660\u2028\u200B\uFEFF"
                    + "\uFFFD\uFFFF\uD835\uDFD8\u0173\u016B\u015F";

    /** Near one another: a change of one character can turn one prefix into another. */
    private static final List<String> REGISTERED = List.of("sk", "sl", "sk_live", "sk_1ive", "s0", "acme_live");

    private final AtomicInteger timesAsked = new AtomicInteger();
    private final ApiKeyManager manager = manager();

    private ApiKeyManager manager() {
        ApiKeys.Builder builder = ApiKeys.builder(emptyStore())
                .maintainedByHost()
                .cacheMaxAge(Duration.ZERO) // nor is there a feed: each call of the store is counted
                .format(KeyFormat.prefix(REGISTERED.get(0)))
                .alsoAccept(KeyFormat.sha64Hex());
        REGISTERED.stream().skip(1).map(KeyFormat::prefix).forEach(builder::alsoAccept);
        return builder.build();
    }

    /** Finds nothing, and counts how often it was asked. */
    private ApiKeyStore emptyStore() {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    timesAsked.incrementAndGet();
                    return null;
                });
    }

    @AfterProperty
    void close() {
        manager.close();
    }

    @Property(tries = 500)
    void whatIsWrittenIsRead(
            @ForAll("prefixes") String prefix,
            @ForAll @LongRange(min = 0, max = (1L << 48) - 1) long millis,
            @ForAll @Size(10) byte[] idBits,
            @ForAll @Size(32) byte[] secretBits) {
        KeyFormat.Native format = (KeyFormat.Native) KeyFormat.prefix(prefix);
        String id = KeyIds.text(millis, idBits);

        byte[] text = format.secret(id, secretBits);

        assertThat(new String(text, US_ASCII)).matches(prefix + "_[0-7][0-9a-hjkmnp-tv-z]{25}_[0-9A-Za-z]{49}");
        assertThat(format.read(text)).isEqualTo(Reading.SECRET);
        assertThat(format.keyId(text)).isEqualTo(id);
        assertThat(KeyIds.isValid(id) && KeyIds.isStandard(id)).isTrue();
    }

    @Property(tries = 500)
    void onlyTheFormatOfItsPrefixReadsASecret(
            @ForAll("prefixes") String prefix, @ForAll("prefixes") String other, @ForAll("secretBits") byte[] bits) {
        byte[] text = secret(prefix, bits);

        assertThat(KeyFormat.prefix(other).read(text) == Reading.SECRET).isEqualTo(prefix.equals(other));
    }

    @Property(tries = 200)
    void aPrefixThatEndsLikeAnIdIsReadFromTheRight(@ForAll("secretBits") byte[] bits) {
        for (String prefix : List.of("ak_01kayqbe00000g4", "sk_sk", "a1_7z", "ho_0", "z9_9")) {
            KeyFormat format = KeyFormat.prefix(prefix);

            assertThat(format.read(secret(prefix, bits))).isEqualTo(Reading.SECRET);
            assertThat(format.keyId(secret(prefix, bits))).isEqualTo(id(bits));
        }
    }

    @Property(tries = 30)
    void everyChangeOfOneCharacterIsRefused(@ForAll("registered") String prefix, @ForAll("secretBits") byte[] bits) {
        String secret = new String(secret(prefix, bits), US_ASCII);
        assertThat(codeOf(secret)).as("the secret itself is looked for").isEqualTo(Code.UNKNOWN);

        for (int at = 0; at < secret.length(); at++) {
            for (char c = 0; c < 256; c++) {
                if (c != secret.charAt(at)) {
                    assertRefused(replaced(secret, at, String.valueOf(c)));
                }
            }
            for (int i = 0; i < BEYOND_LATIN_1.length(); i++) {
                assertRefused(replaced(secret, at, BEYOND_LATIN_1.substring(i, i + 1)));
            }
            assertRefused(replaced(secret, at, "\uD835\uDFD8"));
        }
    }

    @Property(tries = 30)
    void everySwapOfTwoDifferentCharactersBeforeTheChecksumIsRefused(
            @ForAll("registered") String prefix, @ForAll("secretBits") byte[] bits) {
        byte[] secret = secret(prefix, bits);
        int end = secret.length - CHECKSUM;

        for (int i = 0; i < end; i++) {
            for (int j = i + 1; j < end; j++) {
                if (secret[i] != secret[j]) {
                    byte[] swapped = secret.clone();
                    swapped[i] = secret[j];
                    swapped[j] = secret[i];
                    assertRefused(new String(swapped, US_ASCII));
                }
            }
        }
    }

    @Property(tries = 50)
    void everyPartOfASecretAndEveryExtensionIsRefused(
            @ForAll("registered") String prefix, @ForAll("secretBits") byte[] bits) {
        String secret = new String(secret(prefix, bits), US_ASCII);

        for (int at = 0; at < secret.length(); at++) {
            assertRefused(secret.substring(0, at));
            assertRefused(secret.substring(at + 1));
            assertRefused(secret.substring(0, at) + secret.substring(at + 1));
            for (String extra : List.of("0", "a", "Z", "_", " ", "\u0000", "\n", "\u00A0", "\u0430")) {
                assertRefused(secret.substring(0, at) + extra + secret.substring(at));
                assertRefused(secret + extra);
            }
        }
        assertRefused(secret + secret);
        assertRefused(secret + "," + secret);
        assertRefused("Bearer " + secret);
        assertRefused("\"" + secret + "\"");
    }

    @Property(tries = 300)
    void anotherCaseIsRefused(
            @ForAll("registered") String prefix,
            @ForAll("secretBits") byte[] bits,
            @ForAll @IntRange(max = 200) int at) {
        String secret = new String(secret(prefix, bits), US_ASCII);
        char c = secret.charAt(at % secret.length());
        char other = Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c);

        if (c != other) {
            assertRefused(replaced(secret, at % secret.length(), String.valueOf(other)));
        }
        assertRefused(secret.toUpperCase(Locale.ROOT));
        String lower = secret.toLowerCase(Locale.ROOT);
        if (!lower.equals(secret)) {
            assertRefused(lower);
        }
    }

    @Property(tries = 500)
    void aPrefixThatIsNotRegisteredIsRefused(@ForAll("prefixes") String prefix, @ForAll("secretBits") byte[] bits) {
        if (!REGISTERED.contains(prefix)) {
            assertThat(codeOf(new String(secret(prefix, bits), US_ASCII))).isEqualTo(Code.MALFORMED);
        }
    }

    @Property(tries = 2_000)
    void anyTextGetsACodeAndNoneIsLookedFor(@ForAll("texts") String text) {
        assertRefused(text);
    }

    @Property(tries = 300)
    void aTextOfTheImportedFormatIsReadAndEachChangeOutOfItsAlphabetRefused(
            @ForAll @Size(32) byte[] bits, @ForAll @IntRange(max = 66) int at) {
        String secret = "sk_" + HexFormat.of().formatHex(bits);
        byte[] text = secret.getBytes(ISO_8859_1);
        assertThat(KeyFormat.sha64Hex().read(text)).isEqualTo(Reading.SECRET);
        assertThat(KeyFormat.sha64Hex().keyId(text)).isNull();

        String alphabet = at < 3 ? "" : "0123456789abcdef";
        for (char c = 0; c < 256; c++) {
            if (c != secret.charAt(at) && alphabet.indexOf(c) < 0) {
                assertRefused(replaced(secret, at, String.valueOf(c)));
            }
        }
        assertRefused(secret.substring(0, at));
        assertRefused(secret + "0");
        assertRefused(secret.toUpperCase(Locale.ROOT));
    }

    @Property(tries = 1_000)
    void aPrefixOutsideTheGrammarIsRefusedAtRegistration(@ForAll("almostPrefixes") String prefix) {
        boolean allowed = prefix.matches("[a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?");

        if (allowed) {
            assertThat(KeyFormat.prefix(prefix)).hasToString("KeyFormat[" + prefix + "_…]");
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyFormat.prefix(prefix))
                    .withMessageContainingAll("prefix", "allowed", "[a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?");
        }
    }

    @Example
    void aLineEndAfterAPrefixIsNotOverlooked() {
        assertThatIllegalArgumentException().isThrownBy(() -> KeyFormat.prefix("sk\n"));
        assertThatIllegalArgumentException().isThrownBy(() -> KeyFormat.prefix(null));
    }

    @Provide
    Arbitrary<String> prefixes() {
        Arbitrary<String> first = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(15);
        Arbitrary<String> head =
                Combinators.combine(Arbitraries.chars().range('a', 'z'), first).as((letter, rest) -> letter + rest);
        Arbitrary<String> both = Combinators.combine(head, first).as((letters, rest) -> letters + "_" + rest);
        return Arbitraries.oneOf(head, both, registered());
    }

    @Provide
    Arbitrary<String> almostPrefixes() {
        return Arbitraries.oneOf(
                prefixes(),
                Arbitraries.strings().withChars("az09_AZ-.\n é").ofMaxLength(35),
                Combinators.combine(prefixes(), Arbitraries.of("\n", "_", "__a", " ", "é", "A", "\u0000"))
                        .as((prefix, extra) -> prefix + extra));
    }

    @Provide
    Arbitrary<String> registered() {
        return Arbitraries.of(REGISTERED);
    }

    /** 42 bytes: ten of an id, 32 of a secret. */
    @Provide
    Arbitrary<byte[]> secretBits() {
        return Arbitraries.bytes().array(byte[].class).ofSize(42);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> shaped = Combinators.combine(
                        registered(),
                        Arbitraries.strings()
                                .withChars("0123456789abcdefghjkmnpqrstvwxyzilou8")
                                .ofLength(26),
                        Arbitraries.strings().withChars(BASE_62).ofLength(49))
                .as((prefix, ulid, tail) -> prefix + "_" + ulid + "_" + tail);
        return Arbitraries.oneOf(Arbitraries.strings().all().ofMaxLength(300), shaped);
    }

    private static String id(byte[] bits) {
        return KeyIds.text(1_764_115_200_000L, bits);
    }

    private static byte[] secret(String prefix, byte[] bits) {
        byte[] random = Arrays.copyOfRange(bits, 10, 42);
        return ((KeyFormat.Native) KeyFormat.prefix(prefix)).secret(id(bits), random);
    }

    private static String replaced(String text, int at, String by) {
        return text.substring(0, at) + by + text.substring(at + 1);
    }

    private Code codeOf(String text) {
        return manager.verify(text).code();
    }

    private void assertRefused(String text) {
        int before = timesAsked.get();
        Code code = codeOf(text);
        if (!REFUSED_UNSEEN.contains(code) || timesAsked.get() != before) {
            throw new AssertionError(code + " for " + Shown.text(text) + " (" + text + ")");
        }
    }
}
