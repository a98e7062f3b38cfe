package dev.apikeys.jdbc.internal;

import dev.apikeys.internal.text.Shown;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The names of the tables.
 *
 * @param prefix their prefix; checked, because it becomes part of SQL text
 */
public record Tables(String prefix) {

    /** The prefix in the scripts. */
    public static final String DEFAULT_PREFIX = "apikeys_";

    private static final Pattern IDENTIFIER = Pattern.compile("[a-z][a-z0-9_]{0,29}");

    /**
     * Creates the names.
     *
     * @throws IllegalArgumentException if the prefix is not an identifier
     */
    public Tables {
        Objects.requireNonNull(prefix, "tablePrefix");
        if (!IDENTIFIER.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "tablePrefix must match " + IDENTIFIER + ", but was " + Shown.text(prefix));
        }
    }

    /** Returns the table of the keys. */
    public String key() {
        return prefix + "key";
    }

    /** Returns the table of the journal. */
    public String journal() {
        return prefix + "journal";
    }

    /** Returns the table of the last usage batch of each node. */
    public String node() {
        return prefix + "node";
    }

    /** Returns the table of the temp keys. */
    public String temp() {
        return prefix + "temp";
    }

    /** Returns the table of the schema's versions. */
    public String schema() {
        return prefix + "schema";
    }
}
