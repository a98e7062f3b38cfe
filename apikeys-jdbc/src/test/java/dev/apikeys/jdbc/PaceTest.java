package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a scan goes in its time. */
class PaceTest {

    @ParameterizedTest
    @ValueSource(longs = {20, 100, 500, 1_000, 10_000, 100_000, 1_000_000})
    void aScanTakesAboutItsTimeHoweverFastTheDatabaseIs(long nanosPerRow) {
        AtomicLong nanos = new AtomicLong(7);
        Pace pace = new Pace(nanos::get);
        long rows = 0;
        int steps = 0;
        do {
            rows += pace.step();
            steps++;
            nanos.addAndGet(pace.step() * nanosPerRow);
        } while (pace.goesOn());

        long firstStep = 5_000 * nanosPerRow;
        assertThat(nanos.get() - 7)
                .isBetween(
                        Math.max(firstStep, Duration.ofMillis(100).toNanos()),
                        Math.max(firstStep, Duration.ofMillis(200).toNanos()));
        assertThat(rows).isGreaterThanOrEqualTo(5_000);
        assertThat(steps).isLessThan(20);
    }

    @Test
    void aDatabaseThatSlowsDownEndsTheScan() {
        AtomicLong nanos = new AtomicLong();
        Pace pace = new Pace(nanos::get);
        nanos.addAndGet(Duration.ofMillis(10).toNanos());
        assertThat(pace.goesOn()).isTrue();
        assertThat(pace.step()).isEqualTo(10_000);
        nanos.addAndGet(Duration.ofMillis(500).toNanos());
        assertThat(pace.goesOn()).isFalse();
    }
}
