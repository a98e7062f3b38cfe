package dev.apikeys.importer;

import java.util.List;
import java.util.Objects;

/**
 * Something to know about a row of a legacy table. Immutable and thread-safe.
 *
 * @param kind the kind of remark
 * @param details what the kind says they are; printable and bounded, never a hash
 * @since 0.1
 */
public record Remark(Kind kind, List<String> details) {

    /**
     * The kinds of remarks, from the harmless to those for which a row is skipped.
     *
     * @since 0.1
     */
    public enum Kind {
        /** The permissions are damaged and have one reading. The text is imported unchanged. Details: the rules. */
        PERMISSIONS_REPAIRED,
        /**
         * The permissions cannot be read. The text is imported unchanged, and the key is denied until its permissions are
         * set. Details: the rule.
         */
        PERMISSIONS_QUARANTINED,
        /** The list holds more than the role, which does not count. Details: the permissions beyond the role. */
        PERMISSIONS_BEYOND_ROLE,
        /** The import was not given this role: the key grants nothing. Details: the role. */
        ROLE_UNKNOWN,
        /** There is no role: an intact list counts as it is, a repaired one does not count. */
        ROLE_MISSING,
        /** The key is expired. */
        EXPIRED,
        /** The key is disabled. */
        DISABLED,
        /** The key is revoked. */
        REVOKED,
        /** The status is none of those known: the key is imported disabled. Details: the status. */
        STATUS_UNKNOWN,
        /**
         * The usage count is missing, negative or no number, and starts at 0; or the last use is no time, and is left out.
         * Details: the columns.
         */
        USAGE_UNREADABLE,
        /** The description is too long or holds control characters: it is cut, and blanks replace them. */
        DESCRIPTION_CLEANED,
        /** Skipped: the id is not {@code ak_} and 1 to 61 lower-case letters or digits. */
        ID_UNUSABLE,
        /** Skipped: the hash is neither 64 hexadecimal digits nor Base64 of 32 bytes. */
        HASH_UNUSABLE,
        /** Skipped: other rows have the same hash, and which of them counts is for their owner to decide. */
        HASH_SHARED,
        /** Skipped: the name is blank, over-long or holds control characters. */
        NAME_UNUSABLE,
        /** Skipped: a time is missing, has no offset or cannot be read. Details: the columns. */
        TIME_UNREADABLE,
        /** Skipped: a text is too long, or holds what a key cannot hold. Details: the columns. */
        TEXT_UNUSABLE;

        boolean skips() {
            return compareTo(ID_UNUSABLE) >= 0;
        }
    }

    /** Copies the details. */
    public Remark {
        Objects.requireNonNull(kind, "kind");
        details = List.copyOf(details);
    }

    /** The kind, and its details if there are any: {@code PERMISSIONS_REPAIRED [NULL]}. */
    @Override
    public String toString() {
        return details.isEmpty() ? kind.name() : kind + " " + details;
    }
}
