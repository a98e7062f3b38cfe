package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The state of the keys of a service, in no words of either Boot: each has health types of its own. */
final class KeyHealth {
    private final ApiKeyManager keys;
    private final StoreAnswers answers;
    private final InstantSource clock;

    KeyHealth(ApiKeyManager keys, StoreAnswers answers, InstantSource clock) {
        this.keys = keys;
        this.answers = answers;
        this.clock = clock;
    }

    /** Whether the store refused when it was asked last. */
    boolean isDown() {
        StoreAnswers.Answer last = answers.last();
        return last != null && !last.isGood();
    }

    /** How the store answered last and how long ago, and how many calls are stalled. */
    Map<String, Object> details() {
        Map<String, Object> details = new LinkedHashMap<>();
        StoreAnswers.Answer last = answers.last();
        details.put("store", last == null ? "not asked yet" : last.isGood() ? "answered" : "failed");
        if (last != null) {
            long seconds = clock.instant().getEpochSecond() - last.at().getEpochSecond();
            details.put("secondsAgo", Math.max(0, seconds));
        }
        details.put("stalled", keys.stats().stalled());
        return details;
    }
}
