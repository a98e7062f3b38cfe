package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShownTest {

    @Test
    void nothingButPrintableAsciiIsShownAsItIs() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            all.append((char) c);
        }

        assertThat(Shown.whole(all.toString())).matches("\"[ -~]*\"").doesNotContain("\n");
        assertThat(Shown.escaped("a\"b\\c\nd\u202e")).isEqualTo("a\\u0022b\\u005cc\\u000ad\\u202e");
    }

    @Test
    void whatIsLongerThanFortyCharactersIsCutBeforeItCanBeASecret() {
        assertThat(Shown.text("x".repeat(40))).isEqualTo('"' + "x".repeat(40) + '"');
        assertThat(Shown.text("x".repeat(41))).isEqualTo("\"…\" (41 characters)");
        assertThat(Shown.text("found it in " + "x".repeat(41))).isEqualTo("\"found it in …\" (53 characters)");
        assertThat(Shown.text("found in a log " + "x".repeat(41))).isEqualTo("\"found in a …\" (56 characters)");
        assertThat(Shown.text("x".repeat(1_000_000))).hasSizeLessThan(50);
    }

    @Test
    void ofASecretInTheWrongPlaceNoRandomDigitIsShown() {
        for (String prefix : new String[] {"sk_", "ho_", "sk_01m83pph00x0z2hwbrz1qf7re8_", "acme_"}) {
            String random = "0123456789abcdef".repeat(4);
            for (int length = 1; length <= random.length(); length++) {
                String cut = prefix + random.substring(0, length);
                if (cut.length() > 40 || (length >= 32 && !prefix.equals("acme_"))) {
                    assertThat(Shown.text(cut)).doesNotContain("0123");
                    assertThat(Shown.text("was " + cut)).doesNotContain("0123");
                }
            }
        }
    }

    @Test
    void whatIsWholeIsNotCut() {
        assertThat(Shown.whole("x".repeat(100))).isEqualTo('"' + "x".repeat(100) + '"');
    }

    @Test
    void nullIsNoText() {
        assertThat(Shown.text(null)).isEqualTo("null");
        assertThat(Shown.whole("null")).isEqualTo("\"null\"");
    }
}
