package dev.apikeys.verify.planted.spi;

import org.slf4j.LoggerFactory;

/** Breaks: spi knows java, jspecify and itself. */
public final class ImportsLogger {
    public void log() {
        LoggerFactory.getLogger("planted").info("planted");
    }
}
