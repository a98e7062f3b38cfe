package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A clock that is compared with a ticker, each of which was read in a span of the other. */
class MomentTest {

    private static final long NANOS = 1_000_000;

    /** Times in milliseconds: at first the clock says 10 000, and it was read between the ticks 100 and 400. */
    @ParameterizedTest
    @CsvSource({
        // Both went on by about as much.
        "10_000, 400, 400, true",
        "11_000, 1_300, 1_300, true",
        // Between 4 700 and 5 400 ms have passed, and the clock may be a second off.
        "13_700, 5_100, 5_500, true",
        "13_699, 5_100, 5_500, false",
        "16_400, 5_100, 5_500, true",
        "16_401, 5_100, 5_500, false",
        // A clock that goes back is wrong, by however little.
        "9_999, 400, 400, false",
        "9_999, 400, 900, false"
    })
    void aClockIsPlausibleThatWentOnAsFarAsTheTicker(String clock, String begun, String ended, boolean plausible) {
        Moment earlier = new Moment(10_000, 100 * NANOS, 400 * NANOS);
        Moment later = new Moment(millis(clock), millis(begun) * NANOS, millis(ended) * NANOS);

        assertThat(later.isPlausibleAfter(earlier)).isEqualTo(plausible);
    }

    private static long millis(String number) {
        return Long.parseLong(number.replace("_", ""));
    }
}
