package dev.apikeys.jdbc.legacy;

import java.util.List;
import java.util.Objects;

/**
 * Something to know about a row of a legacy table. Immutable and thread-safe.
 *
 * @param kind what it is
 * @param details what the kind says they are; printable and bounded, never a hash
 */
public record Finding(Kind kind, List<String> details) {

    /** What can be found, from the harmless to that for which a row is skipped. */
    public enum Kind {
        /** The permissions are damaged and have one reading. The text is imported as it stands. Details: the rules. */
        PERMISSIONS_REPAIRED,
        /**
         * Nobody can tell what the permissions say. The text is imported as it stands, and the key is denied until somebody
         * says what it may do. Details: the rule.
         */
        PERMISSIONS_QUARANTINED,
        /** The list holds more than the role: that does not count. Details: the permissions beyond the role. */
        PERMISSIONS_BEYOND_ROLE,
        /** The importer was not given this role: the key may do nothing. Details: the role. */
        ROLE_UNKNOWN,
        /** There is no role: an intact list counts as it stands, a repaired one does not count. */
        ROLE_MISSING,
        /** The key is disabled. */
        DISABLED,
        /** The key is revoked. */
        REVOKED,
        /** The status is none of those known: the key is imported disabled. Details: the status. */
        STATUS_UNKNOWN,
        /** The usage count is missing, negative or no number: it begins at 0. */
        USAGE_UNREADABLE,
        /** The description is too long or holds control characters: it is cut, and blanks stand for them. */
        DESCRIPTION_CLEANED,
        /** Skipped: the id is not {@code ak_} and 1 to 61 lower-case letters or digits. */
        ID_UNUSABLE,
        /** Skipped: the hash is not 64 hexadecimal digits. */
        HASH_UNUSABLE,
        /** Skipped: other rows have the same hash, and which of them counts is for their owner to say. */
        HASH_SHARED,
        /** Skipped: the name is blank, over-long or holds control characters. */
        NAME_UNUSABLE,
        /** Skipped: a time is missing, has no offset or cannot be read. Details: the columns. */
        TIME_UNREADABLE,
        /** Skipped: a text is too long, or holds what not every database can keep. Details: the columns. */
        TEXT_UNUSABLE;

        boolean skips() {
            return compareTo(ID_UNUSABLE) >= 0;
        }
    }

    /** Copies the details. */
    public Finding {
        Objects.requireNonNull(kind, "kind");
        details = List.copyOf(details);
    }

    /** The kind, and its details if there are any: {@code PERMISSIONS_REPAIRED [NULL]}. */
    @Override
    public String toString() {
        return details.isEmpty() ? kind.name() : kind + " " + details;
    }
}
