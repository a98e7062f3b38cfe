package dev.apikeys;

import dev.apikeys.internal.text.SortedNames;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a stored permission text says. Immutable and thread-safe.
 *
 * @param grade how sound the text is
 * @param permissions the names, sorted, never null; empty if quarantined
 * @param rules what was mended, in the order in which it was, never null; empty if intact; why, if quarantined. Names in
 *     upper case that stay the same from version to version
 */
public record DecodedPermissions(Grade grade, Set<String> permissions, List<String> rules) {

    /**
     * Copies the names, sorted, and the rules.
     *
     * @throws IllegalArgumentException if the grade is quarantined and there are names, or if it is intact and there are
     *     rules
     */
    public DecodedPermissions {
        Objects.requireNonNull(grade, "grade");
        permissions = SortedNames.copyOf("permissions", permissions);
        rules = List.copyOf(rules);
        if (grade == Grade.QUARANTINED && !permissions.isEmpty()) {
            throw new IllegalArgumentException("permissions: " + permissions + ", allowed are none if quarantined");
        }
        if (grade == Grade.INTACT && !rules.isEmpty()) {
            throw new IllegalArgumentException("rules: " + rules + ", allowed are none if intact");
        }
    }

    /** How sound a stored permission text is. */
    public enum Grade {
        /** A JSON array of well-formed names. */
        INTACT,
        /** Damaged in a way that leaves one reading. */
        REPAIRED,
        /** Anything else: nothing is read from it. */
        QUARANTINED
    }
}
