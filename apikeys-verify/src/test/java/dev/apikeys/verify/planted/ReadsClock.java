package dev.apikeys.verify.planted;

/** Breaks: time comes from the clock the host gave. */
public final class ReadsClock {
    public long now() {
        return System.currentTimeMillis();
    }
}
