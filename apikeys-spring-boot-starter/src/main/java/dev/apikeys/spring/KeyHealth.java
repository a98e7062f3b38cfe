package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.Stall;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of the keys of a service, in no words of either Boot: each has health types of its own. */
final class KeyHealth {
    private final ApiKeyManager keys;
    private final StoreAnswers answers;

    KeyHealth(ApiKeyManager keys, StoreAnswers answers) {
        this.keys = keys;
        this.answers = answers;
    }

    /**
     * The state at one moment.
     *
     * @param status of the stores
     * @param details how each store answered last and how long ago, and how many calls are stalled
     */
    record State(Status status, Map<String, Object> details) {}

    /** Of the stores. */
    enum Status {
        /** No store failed when it was asked last. */
        UP,
        /** A store failed when it was asked last, or keeps a call waiting. */
        DOWN,
        /** Nothing was heard of the store of keys: it was not asked yet, or by a manager that tells nothing. */
        UNKNOWN
    }

    State state() {
        List<Stall> stalls = keys.stalls();
        StoreAnswers.Answer keyStore = answers.keys();
        StoreAnswers.Answer handOffs = answers.handOffs();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("keys", shown(keyStore));
        details.put("handOffs", shown(handOffs));
        details.put("stalled", stalls.size());
        boolean isHanging = stalls.stream().map(Stall::step).anyMatch(KeyHealth::isOfAStore);
        return new State(status(isHanging || isBad(keyStore) || isBad(handOffs), keyStore != null), details);
    }

    private static Status status(boolean isDown, boolean isAsked) {
        if (isDown) {
            return Status.DOWN;
        }
        return isAsked ? Status.UP : Status.UNKNOWN;
    }

    private static boolean isBad(StoreAnswers.@Nullable Answer last) {
        return last != null && !last.isGood();
    }

    private static boolean isOfAStore(String step) {
        return step.startsWith(StoreAnswers.KEYS) || step.startsWith(StoreAnswers.HAND_OFFS);
    }

    private String shown(StoreAnswers.@Nullable Answer last) {
        if (last == null) {
            return "not asked yet";
        }
        Instant now = answers.now();
        long seconds = Math.max(0, now.getEpochSecond() - last.at().getEpochSecond());
        return (last.isGood() ? "answered " : "failed ") + seconds + " s ago";
    }
}
