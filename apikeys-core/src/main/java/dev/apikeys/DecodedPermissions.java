package dev.apikeys;

import java.util.List;
import java.util.Set;

/**
 * What a stored permission text says. Immutable and thread-safe.
 *
 * @param grade how sound the text is
 * @param permissions the names, sorted, never null; empty if quarantined
 * @param rules what was mended, in the order in which it was, never null; empty if intact; why, if quarantined
 */
public record DecodedPermissions(Grade grade, Set<String> permissions, List<String> rules) {

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
