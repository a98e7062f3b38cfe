package dev.apikeys.spi;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored API key: texts and numbers, uninterpreted. Immutable and thread-safe; its builder is not.
 *
 * <p>Times are epoch milliseconds. For a time or number that it cannot read (a row edited by hand), a store passes
 * {@link #UNREADABLE} instead of failing: core denies such a key and lists it. Texts are passed unchanged, even if
 * damaged.
 *
 * @since 0.1
 */
public final class KeyRow {

    /** Replaces a time or number that the store could not read. */
    public static final long UNREADABLE = Long.MIN_VALUE;

    private final String id;
    private final String hash;
    private final String name;
    private final @Nullable String lookup;
    private final @Nullable String description;
    private final @Nullable String owner;
    private final @Nullable String role;
    private final @Nullable String permissions;
    private final @Nullable String metadata;
    private final @Nullable String attributes;
    private final @Nullable String createdBy;
    private final long createdAt;
    private final long updatedAt;
    private final @Nullable Long expiresAt;
    private final @Nullable Long lastUsedAt;
    private final @Nullable Long revokedAt;
    private final @Nullable String revokedReason;
    private final @Nullable Long disabledAt;
    private final @Nullable String rotatedFrom;
    private final @Nullable String rotatedTo;
    private final long usageCount;
    private final long version;

    private KeyRow(Builder builder) {
        id = builder.id;
        hash = builder.hash;
        name = builder.name;
        lookup = builder.lookup;
        description = builder.description;
        owner = builder.owner;
        role = builder.role;
        permissions = builder.permissions;
        metadata = builder.metadata;
        attributes = builder.attributes;
        createdBy = builder.createdBy;
        createdAt = builder.createdAt;
        updatedAt = builder.updatedAt;
        expiresAt = builder.expiresAt;
        lastUsedAt = builder.lastUsedAt;
        revokedAt = builder.revokedAt;
        revokedReason = builder.revokedReason;
        disabledAt = builder.disabledAt;
        rotatedFrom = builder.rotatedFrom;
        rotatedTo = builder.rotatedTo;
        usageCount = builder.usageCount;
        version = builder.version;
    }

    /**
     * Starts a row of version 1 that was never used.
     *
     * @param id the key id, at most 64 characters of ASCII
     * @param hash the stored hash of the secret, at most 256 characters of ASCII
     * @param name at most 200 code points
     * @return a builder
     */
    public static Builder builder(String id, String hash, String name) {
        return new Builder(id, hash, name);
    }

    /**
     * Starts a changed copy.
     *
     * @return a builder that holds this row's values
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id, hash, name);
        builder.lookup = lookup;
        builder.description = description;
        builder.owner = owner;
        builder.role = role;
        builder.permissions = permissions;
        builder.metadata = metadata;
        builder.attributes = attributes;
        builder.createdBy = createdBy;
        builder.createdAt = createdAt;
        builder.updatedAt = updatedAt;
        builder.expiresAt = expiresAt;
        builder.lastUsedAt = lastUsedAt;
        builder.revokedAt = revokedAt;
        builder.revokedReason = revokedReason;
        builder.disabledAt = disabledAt;
        builder.rotatedFrom = rotatedFrom;
        builder.rotatedTo = rotatedTo;
        builder.usageCount = usageCount;
        builder.version = version;
        return builder;
    }

    /**
     * Returns the status at a point in time: revoked if {@code revokedAt <= now}, else expired if
     * {@code expiresAt <= now}, else disabled if {@code disabledAt} is set, else active.
     *
     * @param now epoch milliseconds
     * @return the status
     */
    public KeyStatus status(long now) {
        if (revokedAt != null && revokedAt <= now) {
            return KeyStatus.REVOKED;
        }
        if (expiresAt != null && expiresAt <= now) {
            return KeyStatus.EXPIRED;
        }
        return disabledAt != null ? KeyStatus.DISABLED : KeyStatus.ACTIVE;
    }

    /**
     * Returns when the key ends: the earlier of {@code revokedAt} and {@code expiresAt}.
     *
     * @return epoch milliseconds, {@link #UNREADABLE} if one of the two cannot be read, or null if it never ends
     */
    public @Nullable Long endsAt() {
        if (revokedAt == null || expiresAt == null) {
            return revokedAt == null ? expiresAt : revokedAt;
        }
        return Math.min(revokedAt, expiresAt);
    }

    /**
     * Returns the key id, {@code ak_…}; never changes.
     *
     * @return at most 64 characters of ASCII
     */
    public String id() {
        return id;
    }

    /**
     * Returns the stored hash of the secret.
     *
     * @return at most 256 characters of ASCII
     */
    public String hash() {
        return hash;
    }

    /**
     * Returns the name.
     *
     * @return at most 200 code points
     */
    public String name() {
        return name;
    }

    /**
     * Returns the hash by which a key of a foreign format is found; unique where it is not null; never changes.
     *
     * @return at most 128 characters of ASCII; null for native keys
     */
    public @Nullable String lookup() {
        return lookup;
    }

    /**
     * Returns the description.
     *
     * @return at most 2 000 code points, or null
     */
    public @Nullable String description() {
        return description;
    }

    /**
     * Returns the owner.
     *
     * @return at most 200 code points, or null
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Returns the role.
     *
     * @return at most 64 characters, or null
     */
    public @Nullable String role() {
        return role;
    }

    /**
     * Returns the encoded permissions.
     *
     * @return at most 16 KiB, or null
     */
    public @Nullable String permissions() {
        return permissions;
    }

    /**
     * Returns the encoded metadata.
     *
     * @return at most 4 KiB, or null
     */
    public @Nullable String metadata() {
        return metadata;
    }

    /**
     * Returns further attributes of core, opaque to a store.
     *
     * @return at most 8 KiB, or null
     */
    public @Nullable String attributes() {
        return attributes;
    }

    /**
     * Returns who created the key; never changes.
     *
     * @return at most 200 code points, or null
     */
    public @Nullable String createdBy() {
        return createdBy;
    }

    /**
     * Returns when the key was created; never changes.
     *
     * @return epoch milliseconds
     */
    public long createdAt() {
        return createdAt;
    }

    /**
     * Returns when the row was last replaced.
     *
     * @return epoch milliseconds
     */
    public long updatedAt() {
        return updatedAt;
    }

    /**
     * Returns when the key expires.
     *
     * @return epoch milliseconds, or null
     */
    public @Nullable Long expiresAt() {
        return expiresAt;
    }

    /**
     * Returns when the key was last used; only usage moves it.
     *
     * @return epoch milliseconds, or null
     */
    public @Nullable Long lastUsedAt() {
        return lastUsedAt;
    }

    /**
     * Returns when the revocation takes effect; may be in the future.
     *
     * @return epoch milliseconds, or null
     */
    public @Nullable Long revokedAt() {
        return revokedAt;
    }

    /**
     * Returns the reason of the revocation.
     *
     * @return at most 500 code points, or null
     */
    public @Nullable String revokedReason() {
        return revokedReason;
    }

    /**
     * Returns when the key was disabled, by {@code disable} or by a revocation with immediate effect.
     *
     * @return epoch milliseconds, or null
     */
    public @Nullable Long disabledAt() {
        return disabledAt;
    }

    /**
     * Returns the id of the key that this one replaces.
     *
     * @return a key id, or null
     */
    public @Nullable String rotatedFrom() {
        return rotatedFrom;
    }

    /**
     * Returns the id of the key that replaces this one.
     *
     * @return a key id, or null
     */
    public @Nullable String rotatedTo() {
        return rotatedTo;
    }

    /**
     * Returns how often the key was used; only usage moves it.
     *
     * @return at least 0
     */
    public long usageCount() {
        return usageCount;
    }

    /**
     * Returns the version: 1 for a new row, incremented by every replace.
     *
     * @return at least 1
     */
    public long version() {
        return version;
    }

    private @Nullable Object[] values() {
        return new @Nullable Object[] {
            id,
            hash,
            name,
            lookup,
            description,
            owner,
            role,
            permissions,
            metadata,
            attributes,
            createdBy,
            createdAt,
            updatedAt,
            expiresAt,
            lastUsedAt,
            revokedAt,
            revokedReason,
            disabledAt,
            rotatedFrom,
            rotatedTo,
            usageCount,
            version
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyRow that && Arrays.equals(values(), that.values());
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, version);
    }

    /** Returns the id and the version, without hash and lookup. */
    @Override
    public String toString() {
        return "KeyRow[id=" + id + ", version=" + version + "]";
    }

    /**
     * Builds a {@link KeyRow}. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private String id;
        private String hash;
        private String name;
        private @Nullable String lookup;
        private @Nullable String description;
        private @Nullable String owner;
        private @Nullable String role;
        private @Nullable String permissions;
        private @Nullable String metadata;
        private @Nullable String attributes;
        private @Nullable String createdBy;
        private long createdAt;
        private long updatedAt;
        private @Nullable Long expiresAt;
        private @Nullable Long lastUsedAt;
        private @Nullable Long revokedAt;
        private @Nullable String revokedReason;
        private @Nullable Long disabledAt;
        private @Nullable String rotatedFrom;
        private @Nullable String rotatedTo;
        private long usageCount;
        private long version = 1;

        private Builder(String id, String hash, String name) {
            this.id = Objects.requireNonNull(id, "id");
            this.hash = Objects.requireNonNull(hash, "hash");
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * Sets the key id, {@code ak_…}; never changes.
         *
         * @param value at most 64 characters of ASCII
         * @return this
         */
        public Builder id(String value) {
            this.id = Objects.requireNonNull(value, "id");
            return this;
        }

        /**
         * Sets the stored hash of the secret.
         *
         * @param value at most 256 characters of ASCII
         * @return this
         */
        public Builder hash(String value) {
            this.hash = Objects.requireNonNull(value, "hash");
            return this;
        }

        /**
         * Sets the name.
         *
         * @param value at most 200 code points
         * @return this
         */
        public Builder name(String value) {
            this.name = Objects.requireNonNull(value, "name");
            return this;
        }

        /**
         * Sets the hash by which a key of a foreign format is found; unique where it is not null; never changes.
         *
         * @param value at most 128 characters of ASCII; null for native keys
         * @return this
         */
        public Builder lookup(@Nullable String value) {
            this.lookup = value;
            return this;
        }

        /**
         * Sets the description.
         *
         * @param value at most 2 000 code points, or null
         * @return this
         */
        public Builder description(@Nullable String value) {
            this.description = value;
            return this;
        }

        /**
         * Sets the owner.
         *
         * @param value at most 200 code points, or null
         * @return this
         */
        public Builder owner(@Nullable String value) {
            this.owner = value;
            return this;
        }

        /**
         * Sets the role.
         *
         * @param value at most 64 characters, or null
         * @return this
         */
        public Builder role(@Nullable String value) {
            this.role = value;
            return this;
        }

        /**
         * Sets the encoded permissions.
         *
         * @param value at most 16 KiB, or null
         * @return this
         */
        public Builder permissions(@Nullable String value) {
            this.permissions = value;
            return this;
        }

        /**
         * Sets the encoded metadata.
         *
         * @param value at most 4 KiB, or null
         * @return this
         */
        public Builder metadata(@Nullable String value) {
            this.metadata = value;
            return this;
        }

        /**
         * Sets further attributes of core, opaque to a store.
         *
         * @param value at most 8 KiB, or null
         * @return this
         */
        public Builder attributes(@Nullable String value) {
            this.attributes = value;
            return this;
        }

        /**
         * Sets who created the key; never changes.
         *
         * @param value at most 200 code points, or null
         * @return this
         */
        public Builder createdBy(@Nullable String value) {
            this.createdBy = value;
            return this;
        }

        /**
         * Sets when the key was created; never changes.
         *
         * @param value epoch milliseconds
         * @return this
         */
        public Builder createdAt(long value) {
            this.createdAt = value;
            return this;
        }

        /**
         * Sets when the row was last replaced.
         *
         * @param value epoch milliseconds
         * @return this
         */
        public Builder updatedAt(long value) {
            this.updatedAt = value;
            return this;
        }

        /**
         * Sets when the key expires.
         *
         * @param value epoch milliseconds, or null
         * @return this
         */
        public Builder expiresAt(@Nullable Long value) {
            this.expiresAt = value;
            return this;
        }

        /**
         * Sets when the key was last used; only usage moves it.
         *
         * @param value epoch milliseconds, or null
         * @return this
         */
        public Builder lastUsedAt(@Nullable Long value) {
            this.lastUsedAt = value;
            return this;
        }

        /**
         * Sets when the revocation takes effect; may be in the future.
         *
         * @param value epoch milliseconds, or null
         * @return this
         */
        public Builder revokedAt(@Nullable Long value) {
            this.revokedAt = value;
            return this;
        }

        /**
         * Sets the reason of the revocation.
         *
         * @param value at most 500 code points, or null
         * @return this
         */
        public Builder revokedReason(@Nullable String value) {
            this.revokedReason = value;
            return this;
        }

        /**
         * Sets when the key was disabled, by {@code disable} or by a revocation with immediate effect.
         *
         * @param value epoch milliseconds, or null
         * @return this
         */
        public Builder disabledAt(@Nullable Long value) {
            this.disabledAt = value;
            return this;
        }

        /**
         * Sets the id of the key that this one replaces.
         *
         * @param value a key id, or null
         * @return this
         */
        public Builder rotatedFrom(@Nullable String value) {
            this.rotatedFrom = value;
            return this;
        }

        /**
         * Sets the id of the key that replaces this one.
         *
         * @param value a key id, or null
         * @return this
         */
        public Builder rotatedTo(@Nullable String value) {
            this.rotatedTo = value;
            return this;
        }

        /**
         * Sets how often the key was used; only usage moves it.
         *
         * @param value at least 0
         * @return this
         */
        public Builder usageCount(long value) {
            this.usageCount = value;
            return this;
        }

        /**
         * Sets the version: 1 for a new row, incremented by every replace.
         *
         * @param value at least 1
         * @return this
         */
        public Builder version(long value) {
            this.version = value;
            return this;
        }

        /**
         * Builds the row.
         *
         * @return the row
         */
        public KeyRow build() {
            return new KeyRow(this);
        }
    }
}
