package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.http.Origins.Transport;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private final Origins origins = new Origins(Set.of("https://console.example.com"));

    @ParameterizedTest
    @CsvSource({
        "POST, same-origin, true",
        "GET, same-origin, true",
        "GET, none, true",
        "POST, none, false",
        "DELETE, none, false",
        "GET, same-site, false",
        "POST, same-site, false",
        "POST, cross-site, false",
        "POST, SAME-ORIGIN, false",
        "POST, '', false",
    })
    void usesTheSiteThatTheBrowserSends(String method, String site, boolean isOurs) {
        TestRequest request = TestRequest.of(method, "/").header("Sec-Fetch-Site", site);
        assertOurs(request, isOurs);
        // and by nothing else, so that an origin that is trusted opens nothing here
        assertOurs(request.header("Origin", "https://console.example.com"), isOurs);
    }

    @ParameterizedTest
    @CsvSource({
        "https://keys.example.com, true",
        "http://keys.example.com, true",
        "https://KEYS.example.com, true",
        "https://console.example.com, true",
        "https://keys.example.com:8443, false",
        "https://evil.example.com, false",
        "https://keys.example.com.evil.com, false",
        "null, false",
        "'', false",
        "keys.example.com, false",
    })
    void usesTheOriginIfTheBrowserSendsNoSite(String origin, boolean isOurs) {
        assertOurs(TestRequest.of("POST", "/").header("Origin", origin), isOurs);
    }

    @Test
    void letsProgramsPassThatAreNoBrowsers() {
        assertOurs(TestRequest.of("POST", "/"), true);
    }

    @Test
    void refusesDoubledHeaders() {
        assertOurs(
                TestRequest.of("POST", "/")
                        .header("Sec-Fetch-Site", "same-origin")
                        .header("Sec-Fetch-Site", "same-origin"),
                false);
        assertOurs(
                TestRequest.of("POST", "/")
                        .header("Origin", "https://keys.example.com")
                        .header("Origin", "https://a.b"),
                false);
        assertOurs(TestRequest.of("POST", "/").header("Host", "other").header("Origin", "https://other"), false);
    }

    private void assertOurs(TestRequest request, boolean isOurs) {
        if (isOurs) {
            assertThatCode(() -> origins.require(request)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> origins.require(request)).isInstanceOf(Failure.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost, PLAIN_LOOPBACK",
        "http://localhost:8080, PLAIN_LOOPBACK",
        "http://127.0.0.1:8080, PLAIN_LOOPBACK",
        "http://[::1]:8080, PLAIN_LOOPBACK",
        "http://[::1], PLAIN_LOOPBACK",
        "http://127.0.0.1.evil.com, PLAIN_NETWORK",
        "http://localhost.evil.com, PLAIN_NETWORK",
        "http://keys.example.com, PLAIN_NETWORK",
        "https://localhost, SECURE",
        "https://keys.example.com, SECURE",
        "null, SECURE",
    })
    void knowsHowFarACookieGoesInTheClear(String origin, Transport transport) {
        assertThat(Origins.transport(TestRequest.of("POST", "/").onLoopback().header("Origin", origin)))
                .isEqualTo(transport);
    }

    @Test
    void takesAProgramOnThisMachineForOne() {
        assertThat(Origins.transport(TestRequest.of("POST", "/").onLoopback())).isEqualTo(Transport.PLAIN_LOOPBACK);
        assertThat(Origins.transport(TestRequest.of("POST", "/"))).isEqualTo(Transport.SECURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"console.example.com", "https://console.example.com/", "HTTPS://a.b", "https://a.b/c", "*"})
    void refusesTrustedOriginsOfAnotherForm(String origin) {
        assertThatThrownBy(() -> new Origins(Set.of(origin))).isInstanceOf(IllegalArgumentException.class);
    }
}
