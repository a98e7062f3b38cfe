package dev.apikeys.jdbc.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A script of the jar: statements that end in a semicolon and contain no other, and comments on separate lines. */
public final class Script {

    private Script() {}

    /**
     * Reads a whole script.
     *
     * @param text the script in UTF-8
     * @param tables the names that replace those in the script
     * @return its statements
     */
    public static List<String> statements(InputStream text, Tables tables) {
        try {
            String statements = new String(text.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^\\s*--.*$", "")
                    .replace(Tables.DEFAULT_PREFIX, tables.prefix());
            return Arrays.stream(statements.split(";", -1))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read a script of the jar", e);
        }
    }
}
