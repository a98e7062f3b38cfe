package dev.apikeys.importer;

import java.util.Locale;

/**
 * The columns of a legacy table that are read. The default name of a column is its constant in lower case. Thread-safe.
 *
 * <p>A time is ISO 8601 with an offset ({@code 2025-09-14T22:58:15.16+08:00}, also with a blank for the T), epoch
 * seconds of 10 digits with or without a fraction, or epoch milliseconds of 13 digits. A time without an offset cannot
 * be read: its hour would be a guess. Nor can 10 digits that may be a day and its hour ({@code 2025091422}).
 *
 * @since 0.1
 */
public enum LegacyColumn {
    /** The key id: {@code ak_} and 1 to 61 lower-case letters or digits. Text, unique. */
    ID(true),
    /** The name, 1 to 200 code points. */
    NAME(true),
    /** The description, or null. */
    DESCRIPTION(false),
    /** The owner, 1 to 200 code points, or null for none. */
    OWNER(false),
    /** The role, which bounds the key's permissions, or null for none. */
    ROLE(false),
    /** The permissions, as text in any state. */
    PERMISSIONS(false),
    /** SHA-256 of the whole secret: 64 hexadecimal digits in either case, or Base64, in one form for the whole table. */
    KEY_HASH(true),
    /**
     * {@code active}, or {@code disabled} or {@code revoked} in any case and with outer blanks; any other value, null
     * included, counts as disabled.
     */
    STATUS(false),
    /**
     * The revocation: a flag ({@code true} or {@code false}, {@code t} or {@code f}, {@code yes} or {@code no},
     * {@code 1} or {@code 0}, in any case) or the time of the revocation; null for none. A future time counts as now.
     */
    REVOKED(false),
    /** How often the key was used, at least 0. */
    USAGE_COUNT(false),
    /** The time when the key was created. */
    CREATED_AT(true),
    /** The time when the row was last changed; where null, that of the creation. */
    UPDATED_AT(false),
    /** The time when the key expires, or null for none. */
    EXPIRES_AT(false),
    /** The time of the last use, or null for none. */
    LAST_USED_AT(false),
    /** The creator of the key, 1 to 200 code points, or null if unknown. */
    CREATED_BY(false);

    private final boolean required;

    LegacyColumn(boolean required) {
        this.required = required;
    }

    /** Returns whether every key needs it. */
    boolean required() {
        return required;
    }

    String defaultName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
