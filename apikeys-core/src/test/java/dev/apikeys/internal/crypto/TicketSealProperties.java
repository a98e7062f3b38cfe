package dev.apikeys.internal.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** What is sealed opens for its ticket, key and deadline, as it was, and for nothing else. */
class TicketSealProperties {
    private static final String KEY = "ak_01kayqbe00000g40r40m30e209";
    private static final long DEADLINE = 1_764_115_800_000L;

    private final TicketSeal seal = new TicketSeal(new SecureRandom());
    private final byte[] ticket = seal.newTicket();

    @Property(tries = 300)
    void whatIsSealedOpens(@ForAll("secrets") String text, @ForAll("keyIds") String keyId, @ForAll long deadline) {
        String sealed = seal.seal(ticket, keyId, deadline, text.getBytes(US_ASCII));

        assertThat(seal.open(ticket, keyId, deadline, sealed))
                .asString(US_ASCII)
                .isEqualTo(text);
        assertThat(sealed).hasSizeLessThanOrEqualTo(512).matches("[A-Za-z0-9+/]+");
    }

    @Property(tries = 10)
    void noFlippedBitGoesUnnoticed(@ForAll("secrets") String text) {
        byte[] sealed = decoded(seal.seal(ticket, KEY, DEADLINE, text.getBytes(US_ASCII)));

        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(seal.open(ticket, KEY, DEADLINE, encoded(flipped)))
                    .as("bit " + bit)
                    .isNull();
        }
    }

    @Property(tries = 10)
    void noPartAndNoExtensionOpens(@ForAll("secrets") String text) {
        byte[] sealed = decoded(seal.seal(ticket, KEY, DEADLINE, text.getBytes(US_ASCII)));

        for (int length = 0; length < sealed.length; length++) {
            assertThat(seal.open(ticket, KEY, DEADLINE, encoded(Arrays.copyOf(sealed, length))))
                    .as("length " + length)
                    .isNull();
        }
        assertThat(seal.open(ticket, KEY, DEADLINE, encoded(Arrays.copyOf(sealed, sealed.length + 1))))
                .isNull();
    }

    @Property(tries = 1_000)
    void noOtherTextOpens(@ForAll String text, @ForAll @Size(max = 100) byte[] bytes) {
        assertThat(seal.open(ticket, KEY, DEADLINE, text)).isNull();
        assertThat(seal.open(ticket, KEY, DEADLINE, encoded(bytes))).isNull();
    }

    @Property(tries = 200)
    void noOtherTicketKeyOrDeadlineOpens(
            @ForAll("secrets") String text,
            @ForAll @IntRange(max = 45) int at,
            @ForAll("keyIds") String otherKey,
            @ForAll @LongRange(min = 1) long apart) {
        String sealed = seal.seal(ticket, KEY, DEADLINE, text.getBytes(US_ASCII));
        byte[] otherTicket = ticket.clone();
        otherTicket[at] = (byte) (otherTicket[at] == '0' ? '1' : '0');

        assertThat(seal.open(otherTicket, KEY, DEADLINE, sealed)).isNull();
        assertThat(seal.open(ticket, KEY, DEADLINE + apart, sealed)).isNull();
        assertThat(seal.open(ticket, KEY, DEADLINE - apart, sealed)).isNull();
        if (!otherKey.equals(KEY)) {
            assertThat(seal.open(ticket, otherKey, DEADLINE, sealed)).isNull();
        }
    }

    /** A digit that wanders from the deadline to the id, or back, makes another key or another deadline. */
    @Example
    void keyAndDeadlineDoNotRunIntoOneAnother() {
        String sealed = seal.seal(ticket, "ak_1", 23, "hidden".getBytes(US_ASCII));

        assertThat(seal.open(ticket, "ak_12", 3, sealed)).isNull();
        assertThat(seal.open(ticket, "ak_", 123, sealed)).isNull();
        assertThat(seal.open(ticket, "ak_1", 23, sealed)).isNotNull();
    }

    @Example
    void noTwoTicketsAndNoTwoSealsAreAlike() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            assertThat(seen.add(new String(seal.newTicket(), US_ASCII))).isTrue();
            assertThat(seen.add(encoded(
                            Arrays.copyOf(decoded(seal.seal(ticket, KEY, DEADLINE, "hidden".getBytes(US_ASCII))), 12))))
                    .as("a nonce is used once")
                    .isTrue();
        }
    }

    @Property(tries = 300)
    void aTicketIsReadAsItWasShownAndEachChangeOutOfItsAlphabetRefused(@ForAll @IntRange(max = 45) int at) {
        String text = new String(seal.newTicket(), US_ASCII);
        assertThat(text).matches("ho_[0-9A-Za-z]{43}");
        assertThat(TicketSeal.parse(text)).isEqualTo(text.getBytes(US_ASCII));

        for (String other :
                new String[] {"_", " ", "-", "\u0000", "\u00E9", "\u0430", "\uFF11", "\uD835\uDFD8", "\uD835"}) {
            if (!other.equals(text.substring(at, at + 1))) {
                assertThat(TicketSeal.parse(text.substring(0, at) + other + text.substring(at + 1)))
                        .isNull();
            }
        }
        assertThat(TicketSeal.parse(text.substring(0, at))).isNull();
        assertThat(TicketSeal.parse(text + "0")).isNull();
        // As many characters as a ticket has, but fewer when a pair of surrogates is written as one byte.
        assertThat(TicketSeal.parse(text.substring(0, 44) + "\uD835\uDFD8")).isNull();
    }

    @Property(tries = 2_000)
    void anyTextIsReadOrRefused(@ForAll String text) {
        assertThat(TicketSeal.parse(text) != null).isEqualTo(text.matches("ho_[0-9A-Za-z]{43}"));
    }

    @Provide
    Arbitrary<String> secrets() {
        return Arbitraries.strings().ascii().ofMinLength(1).ofMaxLength(256);
    }

    @Provide
    Arbitrary<String> keyIds() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(61)
                .map("ak_"::concat);
    }

    private static byte[] decoded(String sealed) {
        return Base64.getDecoder().decode(sealed);
    }

    private static String encoded(byte[] sealed) {
        return Base64.getEncoder().withoutPadding().encodeToString(sealed);
    }
}
