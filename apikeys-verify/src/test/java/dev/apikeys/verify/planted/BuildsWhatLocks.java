package dev.apikeys.verify.planted;

import java.io.ByteArrayOutputStream;
import java.io.CharArrayWriter;
import java.io.OutputStream;
import java.io.PipedOutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.Reader;
import java.io.Writer;

/** Breaks: L1 nothing of the JDK's that is synchronized; each method with a class of its own. */
public final class BuildsWhatLocks {
    public CharSequence stringBuffer() {
        return new StringBuffer();
    }

    public Writer charArrayWriter() {
        return new CharArrayWriter();
    }

    public OutputStream byteArrayOutputStream() {
        return new ByteArrayOutputStream();
    }

    public OutputStream pipedOutputStream() {
        return new PipedOutputStream();
    }

    public Reader pipedReader() {
        return new PipedReader();
    }

    public Writer pipedWriter() {
        return new PipedWriter();
    }
}
