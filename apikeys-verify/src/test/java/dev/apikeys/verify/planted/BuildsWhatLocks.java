package dev.apikeys.verify.planted;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.CharArrayWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedOutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringReader;
import java.io.Writer;
import java.util.Random;
import java.util.logging.Logger;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import java.util.zip.ZipFile;

/** Breaks: L1 nothing of the JDK's that is synchronized; each method in a way of its own. */
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

    public InputStream byteArrayInputStream() {
        return new ByteArrayInputStream(new byte[1]);
    }

    public InputStream bufferedInputStream(InputStream in) {
        return new BufferedInputStream(in);
    }

    public OutputStream bufferedOutputStream(OutputStream out) {
        return new BufferedOutputStream(out);
    }

    public OutputStream printStream(OutputStream out) {
        return new PrintStream(out);
    }

    public Writer printWriter(Writer out) {
        return new PrintWriter(out);
    }

    public Reader stringReader() {
        return new StringReader("planted");
    }

    public Reader inputStreamReader(InputStream in) {
        return new InputStreamReader(in);
    }

    public Reader bufferedReader(Reader in) {
        return new BufferedReader(in);
    }

    public double nextGaussian(Random random) {
        return random.nextGaussian();
    }

    public Inflater inflater() {
        return new Inflater();
    }

    public Deflater deflater() {
        return new Deflater();
    }

    public ZipFile zipFile(String name) throws IOException {
        return new ZipFile(name);
    }

    public Logger logger() {
        return Logger.getLogger("planted");
    }
}
