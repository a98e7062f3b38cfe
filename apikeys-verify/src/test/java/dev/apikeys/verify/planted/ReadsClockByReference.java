package dev.apikeys.verify.planted;

import java.time.Instant;
import java.util.function.Supplier;

/** Breaks: time comes from the clock the host gave, by a method reference. */
public final class ReadsClockByReference {
    public Supplier<Instant> now() {
        return Instant::now;
    }
}
