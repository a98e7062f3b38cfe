package dev.apikeys.spring;

import dev.apikeys.OperationListener;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Remembers how the stores answered last. Maintenance asks them once an interval, so that an answer never gets much older. */
final class StoreAnswers implements OperationListener {
    private final InstantSource clock;
    private volatile @Nullable Answer last;

    StoreAnswers(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * How a store answered.
     *
     * @param isGood whether it did what it was asked, or refused for a reason of the caller's
     * @param at when
     */
    record Answer(boolean isGood, Instant at) {}

    @Override
    public void onOperation(String operation, @Nullable String step, Outcome outcome, long nanos) {
        if (step != null && (step.startsWith("store.") || step.startsWith("vault."))) {
            last = new Answer(outcome == Outcome.OK || outcome == Outcome.REFUSED, clock.instant());
        }
    }

    @Nullable Answer last() {
        return last;
    }
}
