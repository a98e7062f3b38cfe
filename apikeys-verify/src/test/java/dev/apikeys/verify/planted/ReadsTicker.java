package dev.apikeys.verify.planted;

/** Breaks: the ticker is passed, not called. */
public final class ReadsTicker {
    public long now() {
        return System.nanoTime();
    }
}
