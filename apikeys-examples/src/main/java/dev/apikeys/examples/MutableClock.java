package dev.apikeys.examples;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that is moved by hand, so that a day of grace passes at once. One thread moves it, any thread may read it.
 */
final class MutableClock implements InstantSource {
    private volatile Instant now;

    MutableClock(Instant start) {
        now = start;
    }

    @Override
    public Instant instant() {
        return now;
    }

    void advance(Duration time) {
        now = now.plus(time);
    }
}
