package dev.apikeys.examples;

import dev.apikeys.spi.KeyRow;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A permission list in the table of an earlier program. Immutable and thread-safe.
 *
 * @param text the stored text, or null
 * @param why the cause of its form
 */
record StoredPermissions(@Nullable String text, String why) {
    private static final String RESOURCE = "/stored-permissions.jsonl";

    /** The format of the file only, not JSON in general: one object per line, its fields always in the same order. */
    private static final Pattern LINE = Pattern.compile(
            "\\{\"stored\": (?:null|\"((?:[^\"\\\\]|\\\\.)*)\"), \"grade\": \"\\w+\", .*\"why\": \"([^\"]*)\"}");

    private static final Pattern HIDDEN = Pattern.compile("[^ -~]");

    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-f]{4})|(.))");

    /** Reads the lists of a real table after an incident. */
    static List<StoredPermissions> ofTheIncident() {
        try (InputStream in = StoredPermissions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is not on the class path");
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(StoredPermissions::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StoredPermissions read(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalStateException("resource " + RESOURCE + " has a line of another form: " + line);
        }
        String escaped = matcher.group(1);
        return new StoredPermissions(escaped == null ? null : unescaped(escaped), matcher.group(2));
    }

    private static String unescaped(String escaped) {
        return ESCAPE.matcher(escaped).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
    }

    private static String character(MatchResult escape) {
        String hex = escape.group(1);
        return hex == null ? escape.group(2) : Character.toString(Integer.parseInt(hex, 16));
    }

    /** Returns the row with this text, as after an SQL statement of another program. */
    KeyRow in(KeyRow row) {
        return row.toBuilder().permissions(text).version(row.version() + 1).build();
    }

    /** Returns a stored text, with characters escaped that a terminal would hide. */
    static String shown(@Nullable String stored) {
        if (stored == null) {
            return "(null)";
        }
        if (stored.isBlank()) {
            return stored.isEmpty() ? "(empty)" : "(blank)";
        }
        return HIDDEN.matcher(stored)
                .replaceAll(hidden -> Matcher.quoteReplacement(String.format(
                        Locale.ROOT, "\\u%04x", (int) hidden.group().charAt(0))));
    }
}
