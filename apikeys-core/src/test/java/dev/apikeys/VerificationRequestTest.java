package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationRequestTest {
    private static final String SECRET = "sk_01kaqdt1v00000000000000001_" + "Zq7yW3".repeat(8) + "x";

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "10.0.200.199, 10.0.200.199",
        "2001:DB8::1, 2001:db8:0:0:0:0:0:1",
        "::, 0:0:0:0:0:0:0:0",
        "::1, 0:0:0:0:0:0:0:1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::ffff:c000:201, 192.0.2.1",
        "fe80:0:0:0:1:2:3:4, fe80:0:0:0:1:2:3:4"
    })
    void anAddressInDigitsIsKeptInOneForm(String address, String kept) {
        assertThat(VerificationRequest.of("x").from(address).from()).isEqualTo(kept);
    }

    /** Names would be looked up, by a server that an attacker may own. */
    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "localhost",
                "example.com",
                "dead.beef",
                "cafe",
                "1",
                "127.1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.4294967297",
                "1.2.3.",
                ".1.2.3.4",
                "1..2.3",
                "1.2.3.00",
                "1.2.3.-4",
                "01.2.3.4",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.4\n",
                "1.2.3.4:80",
                "[::1]",
                "::1%1",
                "fe80::1%eth0",
                ":",
                ":::",
                ".::1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::1",
                "::1.2.3",
                "g::1",
                "example.com:80",
                "\u0661.2.3.4",
                "::\u0661"
            })
    void nothingElseIsAnAddress(String address) {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> VerificationRequest.of("x").from(address))
                .withMessageStartingWith("from is ")
                .withMessageContaining("an IPv4 or IPv6 address in digits");
    }

    @Test
    void anAddressHasABound() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> VerificationRequest.of("x").from("1:".repeat(500_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }

    @Test
    void itTellsWhatItHolds() {
        VerificationRequest request = VerificationRequest.of(SECRET)
                .access(Access.permission("read"))
                .from("192.0.2.1")
                .cachedOnly();

        assertThat(request.presented()).isEqualTo(SECRET);
        assertThat(request.access()).isEqualTo(Access.permission("read"));
        assertThat(request.from()).isEqualTo("192.0.2.1");
        assertThat(request.isCachedOnly()).isTrue();
        assertThat(request.isForProof()).isFalse();
        assertThat(VerificationRequest.forProof().isForProof()).isTrue();
        assertThat(VerificationRequest.forProof().presented()).isNull();
        assertThat(VerificationRequest.of(null).isCachedOnly()).isFalse();
        assertThat(VerificationRequest.of(null).access().required()).isEmpty();
    }

    @Test
    void itNeverShowsWhatWasPresented() {
        assertThat(VerificationRequest.of(SECRET).toString())
                .doesNotContain("Zq7yW3")
                .contains("presented=true");
        assertThat(VerificationRequest.of(null).toString()).contains("presented=false");
        assertThat(VerificationRequest.of("x")).isNotEqualTo(VerificationRequest.of("y"));
        assertThat(VerificationRequest.of("x")).hasSameHashCodeAs(VerificationRequest.of("y"));
    }

    @Test
    void anAccessIsNeeded() {
        assertThatNullPointerException()
                .isThrownBy(() -> VerificationRequest.of("x").access(null))
                .withMessage("access");
    }
}
