package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;

class MaskedTest {
    private static final String ULID = "01kaqdt1v0abcdefghjkmnpqrs";
    private static final String RANDOM = "Zq7yW3".repeat(8) + "x";

    @Property(tries = 300)
    void noSecretIsLeftInAnySurroundingText(
            @ForAll @StringLength(min = 49, max = 49) @AlphaChars @NumericChars String random,
            @ForAll @StringLength(max = 20) String before,
            @ForAll @StringLength(max = 20) String after) {
        for (String token : new String[] {"sk_" + ULID + "_" + random, "acme_live_" + ULID + "_" + random}) {
            String masked = Masked.text(before + token + after);

            assertThat(masked).doesNotContain(random).contains("_" + ULID + "_***");
        }
        assertThat(Masked.text(before + "ho_" + random.substring(6) + after))
                .doesNotContain(random.substring(6))
                .contains("ho_***");
    }

    @Example
    void secretsOfEachFormAreMaskedAndSayWhichKeyToRevoke() {
        assertThat(Masked.text("token=sk_" + ULID + "_" + RANDOM + ".")).isEqualTo("token=sk_" + ULID + "_***.");
        assertThat(Masked.text("acme_live_" + ULID + "_" + RANDOM)).isEqualTo("acme_live_" + ULID + "_***");
        assertThat(Masked.text("sk_" + "0123456789abcdef".repeat(4))).isEqualTo("sk_***");
        assertThat(Masked.text("a ho_" + RANDOM.substring(6) + " b")).isEqualTo("a ho_*** b");
        assertThat(Masked.text("ho_" + RANDOM.substring(6) + " ho_" + RANDOM.substring(6)))
                .isEqualTo("ho_*** ho_***");
    }

    /** One that was typed wrongly is close to the right one. */
    @Example
    void aSecretWithMoreDigitsThanItShouldHaveIsMaskedWhole() {
        assertThat(Masked.text("sk_" + ULID + "_" + RANDOM + "0")).isEqualTo("sk_" + ULID + "_***");
        assertThat(Masked.text("ho_" + RANDOM)).isEqualTo("ho_***");
    }

    /** What is missing can be tried, or computed where it is the checksum. */
    @Example
    void aSecretThatIsCutOffIsMasked() {
        for (int digits = 32; digits < RANDOM.length(); digits++) {
            String cut = RANDOM.substring(0, digits);
            assertThat(Masked.text("sk_" + ULID + "_" + cut)).isEqualTo("sk_" + ULID + "_***");
            assertThat(Masked.text("ho_" + cut)).isEqualTo("ho_***");
        }
        assertThat(Masked.text("sk_" + "0123456789abcdef".repeat(3))).isEqualTo("sk_***");
    }

    @Example
    void idsAndOtherTextsStay() {
        for (String text : new String[] {
            "",
            "alice@example.com",
            "ak_" + ULID,
            "sk_" + ULID + "_" + RANDOM.substring(RANDOM.length() - 31),
            "ho_" + RANDOM.substring(RANDOM.length() - 31),
            "sk_" + "0123456789abcdef".repeat(2).substring(1),
            "a".repeat(2_000)
        }) {
            assertThat(Masked.text(text)).isSameAs(text);
        }
    }

    @Property(tries = 300)
    void maskingTwiceIsMaskingOnce(@ForAll String text) {
        String masked = Masked.text(text + "ho_" + RANDOM);

        assertThat(Masked.text(masked)).isEqualTo(masked);
    }

    @Example
    void whatIsShownIsMaskedAndEscaped() {
        assertThat(Masked.shown("a\n ho_" + RANDOM)).isEqualTo("\"a\\u000a ho_***\"");
        assertThat(Masked.shown(new TreeMap<>(Map.of("ho_" + RANDOM, "1", "k", "sk_" + ULID + "_" + RANDOM))))
                .isEqualTo("{\"ho_***\": \"1\", \"k\": \"sk_" + ULID + "_***\"}");
        assertThat(Masked.shown(List.of("ho_" + RANDOM, "a\nb"))).isEqualTo("[ho_***, a\\u000ab]");
    }
}
