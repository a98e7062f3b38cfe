package dev.apikeys.jdbc.legacy;

import java.util.Locale;

/** What is read of a legacy table. A column is called like its constant in lower case unless set. Thread-safe. */
public enum LegacyColumn {
    /** The key id: {@code ak_} and 1 to 61 lower-case letters or digits. Text, unique. */
    ID,
    /** What people call the key, 1 to 200 code points. */
    NAME,
    /** What the key is for, or null. */
    DESCRIPTION,
    /** The role that bounds the key. */
    ROLE,
    /** The permissions, as text in whatever state. */
    PERMISSIONS,
    /** SHA-256 of the whole secret, 64 hexadecimal digits. */
    KEY_HASH,
    /** {@code active}, {@code disabled} or {@code revoked}; all else counts as disabled. */
    STATUS,
    /** How often the key was used. */
    USAGE_COUNT,
    /** When the key was created: ISO 8601 with offset. */
    CREATED_AT,
    /** When the row was last changed: ISO 8601 with offset. */
    UPDATED_AT;

    String defaultName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
