package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.KeyId;
import dev.apikeys.Proof;
import dev.apikeys.http.SessionCookie.Session;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionCookieTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final String NAME = "cookie";
    private static final byte[] OLD = "0".repeat(32).getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "1".repeat(32).getBytes(StandardCharsets.UTF_8);

    private final SessionCookie cookie = new SessionCookie(List.of(NEW, OLD), "/admin");
    private final Session session = new Session("id", new Proof(KeyId.of("ak_1"), NOW), NOW, NOW);

    @Test
    void readsWhatItWrote() {
        assertThat(cookie.read(cookie.write(session, NAME), NAME, NOW)).isEqualTo(session);
        assertThat(cookie.write(session, NAME)).matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{43}");
    }

    @Test
    void readsWhatARetiredSecretSigned() {
        String before = new SessionCookie(List.of(OLD), "/admin").write(session, NAME);
        assertThat(cookie.read(before, NAME, NOW)).isEqualTo(session);
        assertThat(new SessionCookie(List.of(NEW), "/admin").read(before, NAME, NOW))
                .isNull();
    }

    @Test
    void readsNoCookieOfAnotherPath() {
        assertThat(cookie.at("/other").read(cookie.write(session, NAME), NAME, NOW))
                .isNull();
    }

    @Test
    void readsNothingThatWasChanged() {
        String value = cookie.write(session, NAME);
        int dot = value.indexOf('.');
        for (int i = 0; i < value.length(); i++) {
            if (i != dot) {
                // the last bits of a last character carry nothing, so the one before the last in the alphabet is no
                // change
                char other = value.charAt(i) == 'A' ? 'z' : 'A';
                String changed = value.substring(0, i) + other + value.substring(i + 1);
                assertThat(cookie.read(changed, NAME, NOW)).as(changed).isNull();
            }
        }
        for (String forged : List.of("", ".", "a.b", value.substring(0, dot), value + "x", value.repeat(9), "%%.%%")) {
            assertThat(cookie.read(forged, NAME, NOW)).as(forged).isNull();
        }
    }

    @Test
    void readsNothingThatIsSignedAndMakesNoSense() {
        for (String payload : List.of("", "1 id 0 0", "2 id 0 0 ak_1.0", "1 id x 0 ak_1.0", "1 id 0 0 nobody")) {
            Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
            String signed = base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + "."
                    + base64.encodeToString(cookie.signature(payload.getBytes(StandardCharsets.UTF_8), NAME));
            assertThat(cookie.read(signed, NAME, NOW)).as(payload).isNull();
        }
    }

    @Test
    void endsUnusedAfterHalfAnHour() {
        String value = cookie.write(session, NAME);
        assertThat(cookie.read(value, NAME, NOW.plus(SessionCookie.IDLE).minus(MILLI)))
                .isNotNull();
        assertThat(cookie.read(value, NAME, NOW.plus(SessionCookie.IDLE))).isNull();
    }

    @Test
    void endsAfterEightHoursHoweverItIsUsed() {
        Instant end = NOW.plus(SessionCookie.ABSOLUTE);
        String value = cookie.write(session.usedAt(end.minus(MILLI)), NAME);
        assertThat(cookie.read(value, NAME, end.minus(MILLI))).isNotNull();
        assertThat(cookie.read(value, NAME, end)).isNull();
    }

    @Test
    void allowsClocksToDifferByAMinute() {
        Instant behind = NOW.minusSeconds(60);
        assertThat(cookie.read(cookie.write(session, NAME), NAME, behind)).isNotNull();
        assertThat(cookie.read(cookie.write(session, NAME), NAME, behind.minus(MILLI)))
                .isNull();
        Session used = session.usedAt(NOW.plusSeconds(61));
        assertThat(cookie.read(cookie.write(used, NAME), NAME, NOW)).isNull();
    }
}
