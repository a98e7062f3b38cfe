package dev.apikeys.casbin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The lines of a policy text with their numbers, without comments and blank lines. */
record PolicyText(List<Line> lines) {

    static final int MAX_LENGTH = 1 << 20;
    static final int MAX_LINES = 10_000;
    private static final int MAX_LINE_LENGTH = 2_000;
    private static final int MAX_SHOWN = 80;

    /** One line: its number, from 1, and its fields without outer blanks. */
    record Line(int number, List<String> fields) {

        String field(int index) {
            return fields.get(index);
        }

        IllegalArgumentException refused(String why) {
            return new IllegalArgumentException("policy line " + number + ": " + why);
        }
    }

    static PolicyText parse(String text) {
        requireLength("policy text", text);
        List<String> all = text.lines().limit(MAX_LINES + 1L).toList();
        if (all.size() > MAX_LINES) {
            throw new IllegalArgumentException("policy text has more than " + MAX_LINES + " lines");
        }
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                lines.add(split(i + 1, line));
            }
        }
        return new PolicyText(List.copyOf(lines));
    }

    private static Line split(int number, String text) {
        List<String> fields =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        Line line = new Line(number, fields);
        if (text.length() > MAX_LINE_LENGTH) {
            throw line.refused(text.length() + " characters; at most " + MAX_LINE_LENGTH + " are allowed");
        }
        // jCasbin compares policies by their fields joined with commas: quoted commas could make two lines equal.
        if (text.indexOf('"') >= 0) {
            throw line.refused("a double quote is not allowed");
        }
        if (!isPlain(text)) {
            throw line.refused("a control character is not allowed: " + shown(text));
        }
        if (fields.contains("")) {
            throw line.refused("field " + (fields.indexOf("") + 1) + " is empty");
        }
        return line;
    }

    /** Reads a file of at most {@link #MAX_LENGTH} bytes of UTF-8. */
    static String read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_LENGTH + 1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        if (bytes.length > MAX_LENGTH) {
            throw new IllegalArgumentException(file + " is longer than " + MAX_LENGTH + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " is not UTF-8", e);
        }
    }

    static void requireLength(String what, String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    what + " has " + text.length() + " characters; at most " + MAX_LENGTH + " are allowed");
        }
    }

    /**
     * Returns whether a text holds no control character and no line terminator. In a regular expression {@code $}
     * matches before a trailing line terminator and {@code .} never matches one, so a path that ends in one would
     * bypass a deny.
     */
    static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                return false;
            }
        }
        return true;
    }

    /** Returns a value for a message: in quotes, cut, and with everything but printable ASCII escaped. */
    static String shown(String value) {
        StringBuilder shown = new StringBuilder("'");
        for (int i = 0; i < Math.min(value.length(), MAX_SHOWN); i++) {
            char c = value.charAt(i);
            shown.append(c >= ' ' && c <= '~' ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return shown.append(value.length() > MAX_SHOWN ? "…'" : "'").toString();
    }
}
