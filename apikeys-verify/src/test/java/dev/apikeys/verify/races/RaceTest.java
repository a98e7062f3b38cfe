package dev.apikeys.verify.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A race is judged by rounds in which its sides met, and fails if it is none. */
class RaceTest {
    enum First {
        ONE,
        OTHER
    }

    private static First first(Race.Start start) throws Exception {
        AtomicInteger turns = new AtomicInteger();
        Callable<Integer> side = () -> {
            int turn = turns.incrementAndGet();
            LockSupport.parkNanos(100_000);
            return turn;
        };
        return start.both(side, side).one() == 1 ? First.ONE : First.OTHER;
    }

    @Test
    void runsUntilEachOutcomeWasSeen() {
        AtomicInteger played = new AtomicInteger();

        new Race<>(First.class, 3, 10_000, 15).run(Race.random(), start -> {
            played.incrementAndGet();
            return first(start);
        });

        assertThat(played).hasValueGreaterThanOrEqualTo(6);
    }

    @Test
    void failsIfAnOutcomeIsNeverSeen() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> new Race<>(First.class, 1, 50, 15).run(Race.random(7), start -> {
                    first(start);
                    return First.ONE;
                }))
                .withMessageContaining("-Dapikeys.verify.seed=7")
                .withMessageContaining("no race: within 50 rounds each outcome was to be seen 1 times");
    }

    @Test
    void countsNoRoundWhoseSidesDidNotMeet() {
        AtomicInteger turn = new AtomicInteger();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> new Race<>(First.class, 1, 20, 15)
                        .run(Race.random(7), start -> First.values()[turn.getAndIncrement() % 2]))
                .withMessageContaining("seen before: {}");
    }

    @Test
    void failsWithTheRoundInWhichASideFailed() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> new Race<>(First.class, 1, 20, 15).run(Race.random(7), start -> {
                    start.both(() -> 1, () -> {
                        throw new AssertionError("granted");
                    });
                    return First.ONE;
                }))
                .withMessage("Round 1 of -Dapikeys.verify.seed=7, seen before: {}: granted");
    }
}
