package dev.apikeys.importer;

import java.util.List;
import java.util.Objects;

/**
 * A remark about a row of a legacy table. Immutable and thread-safe.
 *
 * @param kind the kind of remark
 * @param details the details, by kind; printable and bounded, never a hash. Of a role or status that is longer than 12
 *     characters, the first 6 and the length: it may be a misplaced secret
 * @since 0.1
 */
public record Remark(Kind kind, List<String> details) {

    /**
     * The kinds of remarks, from the harmless to those for which a row is skipped.
     *
     * @since 0.1
     */
    public enum Kind {
        /**
         * The permissions are damaged, with only one possible reading. The text is imported unchanged. Details: the
         * rules.
         */
        PERMISSIONS_REPAIRED,
        /**
         * The permissions cannot be read. The text is imported unchanged, and the key is denied until its permissions are
         * set. Details: the rule.
         */
        PERMISSIONS_QUARANTINED,
        /** The list holds permissions beyond the role, which are not granted. Details: these permissions. */
        PERMISSIONS_BEYOND_ROLE,
        /** The import was not given this role: the key grants nothing. Details: the role. */
        ROLE_UNKNOWN,
        /** There is no role: an intact list is granted in full, a repaired one not at all. */
        ROLE_MISSING,
        /** The key is expired. */
        EXPIRED,
        /** The key is disabled. */
        DISABLED,
        /** The key is revoked. */
        REVOKED,
        /** The status is unknown: the key is imported disabled. Details: the status. */
        STATUS_UNKNOWN,
        /**
         * The usage count is missing, negative or not a number, and starts at 0; or the last use is not a time, and is
         * left out. Details: the columns.
         */
        USAGE_UNREADABLE,
        /** The description is too long or holds control characters: it is cut, and blanks replace them. */
        DESCRIPTION_CLEANED,
        /** Skipped: the id is not {@code ak_} and 1 to 61 lower-case letters or digits. */
        ID_UNUSABLE,
        /** Skipped: the hash is neither 64 hexadecimal digits nor Base64 of 32 bytes. */
        HASH_UNUSABLE,
        /** Skipped: other rows have the same hash, and only their owner can decide which of them is valid. */
        HASH_SHARED,
        /** Skipped: the name is blank, over-long or holds control characters. */
        NAME_UNUSABLE,
        /** Skipped: a time is missing, has no offset or cannot be read. Details: the columns. */
        TIME_UNREADABLE,
        /** Skipped: a text is too long, or holds invalid characters. Details: the columns. */
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

    /** Returns the kind, and its details if there are any: {@code PERMISSIONS_REPAIRED [NULL]}. */
    @Override
    public String toString() {
        return details.isEmpty() ? kind.name() : kind + " " + details;
    }
}
