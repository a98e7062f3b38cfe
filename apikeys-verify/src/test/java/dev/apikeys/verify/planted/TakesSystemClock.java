package dev.apikeys.verify.planted;

import java.time.InstantSource;

/** Breaks: only builders take the system clock. */
public final class TakesSystemClock {
    public InstantSource clock() {
        return InstantSource.system();
    }
}
