package dev.apikeys.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored API key: text and numbers as they stand in the store. Immutable and thread-safe.
 *
 * <p>Times are epoch milliseconds. A store that finds something in a column of time or number that it cannot read (a
 * row edited by hand) hands over {@link #UNREADABLE} there instead of failing: core denies such a key and lists it.
 * Texts are handed over as they stand, however damaged.
 *
 * @param id the key id, {@code ak_…}, at most 64 characters of ASCII; never changes
 * @param lookup for keys of a foreign format the hash by which they are found, at most 128 characters of ASCII; null
 *     for native keys; unique where it is not null; never changes
 * @param hash the stored hash of the secret, at most 256 characters of ASCII
 * @param name at most 200 code points
 * @param description at most 2 000 code points, or null
 * @param owner at most 200 code points, or null
 * @param role at most 64 characters, or null
 * @param permissions the encoded permissions, at most 16 KiB, or null
 * @param metadata the encoded metadata, at most 4 KiB, or null
 * @param createdAt when the key was created; never changes
 * @param updatedAt when the row was last replaced
 * @param expiresAt when the key ends, or null
 * @param lastUsedAt when the key was last used, or null; moved by usage only
 * @param revokedAt from when on the key is revoked, or null; may lie ahead
 * @param revokedReason at most 500 code points, or null
 * @param disabledAt since when the key is switched off, by being disabled or revoked at once, or null
 * @param rotatedFrom the id of the key that this one replaces, or null
 * @param rotatedTo the id of the key that replaces this one, or null
 * @param usageCount how often the key was used; moved by usage only
 * @param version 1 for a new row, one more with every replace
 */
public record KeyRow(
        String id,
        @Nullable String lookup,
        String hash,
        String name,
        @Nullable String description,
        @Nullable String owner,
        @Nullable String role,
        @Nullable String permissions,
        @Nullable String metadata,
        long createdAt,
        long updatedAt,
        @Nullable Long expiresAt,
        @Nullable Long lastUsedAt,
        @Nullable Long revokedAt,
        @Nullable String revokedReason,
        @Nullable Long disabledAt,
        @Nullable String rotatedFrom,
        @Nullable String rotatedTo,
        long usageCount,
        long version) {

    /** Stands for a time or number that the store could not read. */
    public static final long UNREADABLE = Long.MIN_VALUE;

    /** What a key is at a point in time; see {@link KeyRow#status(long)}. */
    public enum Status {
        /** The key may be used. */
        ACTIVE,
        /** The key was switched off and can be switched on again. */
        DISABLED,
        /** The key's time is over. */
        EXPIRED,
        /** The key was taken back for good. */
        REVOKED
    }

    /**
     * Creates a row.
     *
     * @throws NullPointerException if {@code id}, {@code hash} or {@code name} is null
     */
    public KeyRow {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(hash, "hash");
        Objects.requireNonNull(name, "name");
    }

    /**
     * The status at a point in time: revoked if {@code revokedAt <= now}, else expired if {@code expiresAt <= now}, else
     * disabled if {@code disabledAt} is set, else active.
     *
     * @param now epoch milliseconds
     * @return the one status that holds
     */
    public Status status(long now) {
        if (revokedAt != null && revokedAt <= now) {
            return Status.REVOKED;
        }
        if (expiresAt != null && expiresAt <= now) {
            return Status.EXPIRED;
        }
        return disabledAt != null ? Status.DISABLED : Status.ACTIVE;
    }

    /** The row without what could open anything: hash and lookup are left out. */
    @Override
    public String toString() {
        return "KeyRow[id=" + id + ", version=" + version + "]";
    }
}
