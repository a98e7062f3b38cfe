package dev.apikeys;

import dev.apikeys.internal.text.SortedNames;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The permissions that a stored text holds. Immutable and thread-safe.
 *
 * @param grade the grade of the text
 * @param permissions the names, sorted, never null; empty if quarantined
 * @param rules the repairs, in their order, never null; empty if intact; the causes, if quarantined. Names in upper
 *     case, stable across versions
 * @since 0.1
 */
public record DecodedPermissions(Grade grade, Set<String> permissions, List<String> rules) {

    /**
     * Copies the names, sorted, and the rules.
     *
     * @throws InvalidArgumentException if the grade is quarantined and there are names, or if it is intact and there are
     *     rules
     */
    public DecodedPermissions {
        Objects.requireNonNull(grade, "grade");
        permissions = SortedNames.copyOf("permissions", permissions);
        rules = List.copyOf(rules);
        if (grade == Grade.QUARANTINED && !permissions.isEmpty()) {
            throw Arguments.refusedValue("permissions", permissions, "none if quarantined");
        }
        if (grade == Grade.INTACT && !rules.isEmpty()) {
            throw Arguments.refusedValue("rules", rules, "none if intact");
        }
    }

    /**
     * The soundness of a stored permission text.
     *
     * @since 0.1
     */
    public enum Grade {
        /** A JSON array of well-formed names. */
        INTACT,
        /** Damaged, with only one possible reading. */
        REPAIRED,
        /** Any other text; no permission is taken from it. */
        QUARANTINED
    }
}
