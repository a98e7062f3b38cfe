package dev.apikeys.spring;

import dev.apikeys.OperationListener;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Remembers how each store answered last. Maintenance asks both once an interval. A call that hangs is told when it ends, so
 * until then the manager's stalls say more.
 */
final class StoreAnswers implements OperationListener {
    static final String KEYS = "store.";
    static final String HAND_OFFS = "vault.";

    private final InstantSource clock;
    private volatile @Nullable Answer keys;
    private volatile @Nullable Answer handOffs;

    StoreAnswers(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * How a store answered.
     *
     * @param isGood whether it did what it was asked, or refused it since the caller may not, or the vault is full
     * @param at when
     */
    record Answer(boolean isGood, Instant at) {}

    @Override
    public void onOperation(String operation, @Nullable String step, Outcome outcome, long nanos) {
        if (step == null) {
            return;
        }
        boolean isGood = outcome != Outcome.FAILED && outcome != Outcome.UNKNOWN;
        Answer answer = new Answer(isGood, clock.instant());
        if (step.startsWith(KEYS)) {
            keys = answer;
        } else if (step.startsWith(HAND_OFFS)) {
            handOffs = answer;
        }
    }

    /** The time on the clock of the answers. */
    Instant now() {
        return clock.instant();
    }

    @Nullable Answer keys() {
        return keys;
    }

    @Nullable Answer handOffs() {
        return handOffs;
    }
}
