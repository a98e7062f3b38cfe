package dev.apikeys.verify.planted;

import java.io.StringWriter;
import java.io.Writer;

/** Breaks: L1 nothing of the JDK's that is synchronized. */
public final class BuildsStringWriter {
    public Writer create() {
        return new StringWriter();
    }
}
