package dev.apikeys.jdbc;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The names of the tables.
 *
 * @param prefix what they begin with, checked: it becomes part of SQL text
 */
record Tables(String prefix) {

    static final String DEFAULT_PREFIX = "apikeys_";

    private static final Pattern IDENTIFIER = Pattern.compile("[a-z][a-z0-9_]{0,29}");

    Tables {
        Objects.requireNonNull(prefix, "tablePrefix");
        if (!IDENTIFIER.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "tablePrefix must match " + IDENTIFIER + ", but was " + Shown.of(prefix));
        }
    }

    String key() {
        return prefix + "key";
    }

    String temp() {
        return prefix + "temp";
    }

    String imports() {
        return prefix + "import";
    }

    String schema() {
        return prefix + "schema";
    }
}
