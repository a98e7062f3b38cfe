package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureLimitTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 7);
    private final FailureLimit limit = new FailureLimit(3, MINUTE, Request::remoteAddress, nanos::get);

    @Test
    void exceedsTheLimitAfterSoManyFailuresUntilTheMinuteEnds() {
        for (int i = 0; i < 3; i++) {
            assertThat(isOver("192.0.2.1")).isFalse();
            fail("192.0.2.1");
        }
        assertThat(isOver("192.0.2.1")).isTrue();
        assertThat(isOver("192.0.2.2")).isFalse();
        nanos.addAndGet(MINUTE.toNanos()); // past where the ticker turns negative
        assertThat(isOver("192.0.2.1")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::9, true",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:3:3:4:5:6, false",
        "::ffff:192.0.2.1, 192.0.2.1, true",
        "0:0:0:0:0:0:0:1, ::1, true",
        "not:an:address, not:an:address, true",
        "203.0.113.7:1, 203.0.113.7:2, true",
        "[2001:db8::1]:1, [2001:db8::1]:2, true",
        "'', '', true",
    })
    void countsNetworksOfIpv6(String failing, String other, boolean isOver) {
        for (int i = 0; i < 3; i++) {
            fail(failing);
        }
        assertThat(isOver(other)).isEqualTo(isOver);
    }

    @Test
    void aFloodOfAddressesHardlyEverStopsAnother() {
        for (int i = 0; i < 2_000; i++) {
            for (int j = 0; j < 3; j++) {
                fail("198.51." + i / 250 + "." + i % 250);
            }
        }
        long stopped = 0;
        for (int i = 0; i < 1_000; i++) {
            stopped += isOver("203.0.113." + i) ? 1 : 0;
        }
        assertThat(stopped).isLessThan(150); // by chance (2 000 / 8 192) squared: 6 %
    }

    @Test
    void usesTheAddressThatTheHostFinds() {
        FailureLimit behindProxy = new FailureLimit(
                1, MINUTE, request -> request.headers("X-Real-IP").get(0), nanos::get);
        TestRequest one = TestRequest.get("/").header("X-Real-IP", "192.0.2.1");
        behindProxy.keys.count(behindProxy.client(one));
        assertThat(behindProxy.keys.isOver(behindProxy.client(one))).isTrue();
        TestRequest other = TestRequest.get("/").header("X-Real-IP", "192.0.2.9");
        assertThat(behindProxy.keys.isOver(behindProxy.client(other))).isFalse();
    }

    @Test
    void readsNoHeaderOfAProxyByDefault() {
        FailureLimit standard = FailureLimit.standard();
        for (String header : new String[] {"X-Forwarded-For", "X-Real-IP", "Forwarded"}) {
            TestRequest request = TestRequest.get("/").from("192.0.2.1").header(header, "198.51.100.7");
            assertThat(standard.client(request).counted()).isEqualTo("192.0.2.1");
        }
    }

    @Test
    void exceedsTheLimitUntilItsWindowEndsAndSaysHowLongThatIs() {
        Duration hour = Duration.ofHours(1);
        FailureLimit hourly = new FailureLimit(1, hour, Request::remoteAddress, nanos::get);
        FailureLimit.Client client = hourly.client(TestRequest.get("/").from("192.0.2.1"));
        hourly.keys.count(client);
        nanos.addAndGet(hour.toNanos() - 1);
        assertThat(hourly.keys.isOver(client)).isTrue();
        assertThat(hourly.exceeded().response("id").headers()).containsEntry("Retry-After", List.of("3600"));
        nanos.addAndGet(1);
        assertThat(hourly.keys.isOver(client)).isFalse();
    }

    @Test
    void refusesLimitsThatAreNone() {
        assertThatThrownBy(() -> FailureLimit.of(0, Request::remoteAddress))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("failures: 0; allowed: 1 to 100000");
        for (Duration per :
                new Duration[] {Duration.ofMillis(999), Duration.ofDays(1).plusNanos(1), Duration.ofSeconds(-1)}) {
            assertThatThrownBy(() -> FailureLimit.of(1, per, Request::remoteAddress))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("per: " + per + "; allowed: 1 second to 1 day");
        }
    }

    private boolean isOver(String address) {
        return limit.keys.isOver(limit.client(TestRequest.get("/").from(address)));
    }

    private void fail(String address) {
        limit.keys.count(limit.client(TestRequest.get("/").from(address)));
    }
}
