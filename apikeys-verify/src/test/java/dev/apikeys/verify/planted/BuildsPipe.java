package dev.apikeys.verify.planted;

import java.io.InputStream;
import java.io.PipedInputStream;

/** Breaks: L1 nothing of the JDK's that is synchronized. */
public final class BuildsPipe {
    public InputStream create() {
        return new PipedInputStream();
    }
}
