package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Instant;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class ProofTest {
    private static final KeyId ID = KeyId.of("ak_01kaqdt1v00000000000000001");
    private static final long YEAR_1 = -62_135_596_800_000L;
    private static final long YEAR_9999 = 253_402_300_799_999L;

    @Property
    void itsTextIsReadBack(@ForAll @LongRange(min = YEAR_1, max = YEAR_9999) long millis) {
        Proof proof = new Proof(ID, Instant.ofEpochMilli(millis));

        assertThat(Proof.parse(proof.text())).isEqualTo(proof);
        assertThat(proof.text()).matches("[A-Za-z0-9_.-]{1,80}");
    }

    @Property
    void noOtherTextIsRead(@ForAll String text) {
        for (String almost : List.of(text, ID + text, ID + "." + text, text + "." + 5, ID + ".5" + text)) {
            if (almost.matches("ak_[0-9a-z]{1,61}\\.(0|-?[1-9][0-9]{0,12})")) {
                continue;
            }
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> Proof.parse(almost))
                    .withMessageStartingWith("proof is ")
                    .withMessageContaining("what Proof.text() returned");
        }
    }

    @Example
    void aProofHasOnlyOneText() {
        for (String other : new String[] {
            null,
            "",
            ".",
            ID.value(),
            ID + ".",
            ID + ".05",
            ID + ".+5",
            ID + ".-0",
            ID + ".\u0665",
            ID + ".5 ",
            ID + ".5.6",
            "sk_1.5",
            ID + ".253402300800000",
            ID + ".-62135596800001",
            ID + ".9223372036854775807",
            ID + ".99999999999999999999",
            ID + ".5" + " ".repeat(100_000)
        }) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> Proof.parse(other))
                    .satisfies(e -> assertThat(e.argument()).isEqualTo("proof"))
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
        }
    }

    @Example
    void theMomentIsCutToMillisecondsAsThatOfTheKeyIs() {
        assertThat(new Proof(ID, Instant.ofEpochMilli(5).plusNanos(999_999)))
                .isEqualTo(new Proof(ID, Instant.ofEpochMilli(5)));
        assertThat(new Verification.Verified(
                                ApiKey.builder(ID, "a", Instant.ofEpochMilli(5)).build())
                        .proof())
                .isEqualTo(new Proof(ID, Instant.ofEpochMilli(5)));
    }

    @Example
    void itHoldsNoNullAndNoMomentThatNoKeyCanHave() {
        assertThatNullPointerException()
                .isThrownBy(() -> new Proof(null, Instant.EPOCH))
                .withMessage("id");
        assertThatNullPointerException().isThrownBy(() -> new Proof(ID, null)).withMessage("createdAt");
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> new Proof(ID, Instant.MAX))
                .withMessageContaining("from the year 1 to 9999");
    }
}
