package dev.apikeys.verify.planted;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;

/** Breaks: L3 Caffeine gets no loader and no listener. */
public final class RefreshesInCaffeine {
    public Object create() {
        return Caffeine.newBuilder().refreshAfterWrite(Duration.ofSeconds(1));
    }
}
