package dev.apikeys.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L); // A ticker may start anywhere.
    private final Patience patience = new Patience(nanos::get);
    private final List<Long> seconds = new ArrayList<>();

    /** A task that is never done; who waits for it is interrupted after four seconds each. */
    private final FutureTask<String> disturbed = new FutureTask<>(() -> "") {
        @Override
        public String get(long left, TimeUnit unit) throws InterruptedException, TimeoutException {
            seconds.add(unit.toSeconds(left));
            if (left <= 0) {
                throw new TimeoutException();
            }
            nanos.addAndGet(Duration.ofSeconds(4).toNanos());
            throw new InterruptedException();
        }
    };

    @Test
    void interruptsNeitherShortenNorProlongAWaitAndAreKept() {
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> patience.get(disturbed, Duration.ofSeconds(8)));

        assertThat(seconds).containsExactly(8L, 4L, 0L);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whoWasNotInterruptedIsNot() throws Exception {
        FutureTask<String> done = new FutureTask<>(() -> "done");
        done.run();

        assertThat(patience.get(done, Duration.ofSeconds(1))).isEqualTo("done");
        assertThat(Thread.interrupted()).isFalse();
    }
}
