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
        assertThat(Shown.text("x".repeat(41))).isEqualTo('"' + "x".repeat(12) + "…\" (41 characters)");
        assertThat(Shown.text("x".repeat(1_000_000))).hasSizeLessThan(50);
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
