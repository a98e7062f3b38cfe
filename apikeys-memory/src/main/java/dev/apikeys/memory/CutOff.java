package dev.apikeys.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/** The time up to which rows are old enough to purge, by the earlier of two clocks. */
final class CutOff {
    private static final long MOST_APART = Duration.ofHours(1).toMillis();

    /** Ten thousand years: beyond all times of rows, and far from an overflow. */
    private static final Duration LONGEST = Duration.ofDays(3_650_000);

    private CutOff() {}

    /**
     * Subtracts the age from the earlier clock.
     *
     * @param age at least zero
     * @param now the caller's clock, epoch milliseconds
     * @param clock the store's clock
     * @return epoch milliseconds, or empty if the clocks are more than an hour apart, so that one of them is wrong
     */
    static OptionalLong of(Duration age, long now, InstantSource clock) {
        Require.notNegative("age", age);
        long own = clock.millis();
        long apart = Math.max(own, now) - Math.min(own, now);
        if (Long.compareUnsigned(apart, MOST_APART) > 0) {
            return OptionalLong.empty();
        }
        Duration counted = age.compareTo(LONGEST) > 0 ? LONGEST : age;
        return OptionalLong.of(Math.min(own, now) - counted.toMillis());
    }
}
