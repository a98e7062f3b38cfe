package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.regex.Pattern;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;

class PermissionNamesTest {

    private static final Pattern GRAMMAR = Pattern.compile("[a-z][a-z0-9_.:-]{0,63}");

    @Property(tries = 2_000)
    void namesAreWhatTheGrammarSays(
            @ForAll @StringLength(max = 66) @AlphaChars @NumericChars @Chars({'_', '.', ':', '-', ' ', '*', '\u0130'})
                    String name) {
        assertThat(PermissionNames.isValid(name))
                .isEqualTo(GRAMMAR.matcher(name).matches());
    }

    @Example
    void everySingleCharacterIsWhatTheGrammarSays() {
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            String first = String.valueOf((char) c);
            String second = "a" + first;

            assertThat(PermissionNames.isValid(first))
                    .as("U+%04X", c)
                    .isEqualTo(GRAMMAR.matcher(first).matches());
            assertThat(PermissionNames.isValid(second))
                    .as("U+%04X", c)
                    .isEqualTo(GRAMMAR.matcher(second).matches());
        }
    }

    @Example
    void sixtyFourCharactersAreTheLongestName() {
        assertThat(PermissionNames.isValid("")).isFalse();
        assertThat(PermissionNames.isValid("a".repeat(64))).isTrue();
        assertThat(PermissionNames.isValid("a".repeat(65))).isFalse();
    }

    @Example
    void aRefusalNamesTheArgumentTheValueAndWhatIsAllowed() {
        assertThat(PermissionNames.require("role", "read")).isEqualTo("read");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PermissionNames.require("role", "Read"))
                .withMessage("role is \"Read\"; allowed: [a-z][a-z0-9_.:-]{0,63}");
    }

    @Example
    void aRefusalDoesNotShowATicketThatStandsInTheWrongPlace() {
        String ticket = "ho_" + "Zq7".repeat(14) + "x";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> PermissionNames.require("role", ticket))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(ticket.substring(0, 20)));
    }

    @Example
    void aRefusalShowsOnlyTheBeginningAndNoLineBreaks() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PermissionNames.require("role", "a\n\u202Eb" + "c".repeat(1_000)))
                .withMessageStartingWith("role is \"a\\u000a\\u202ebccc")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(130));
    }
}
