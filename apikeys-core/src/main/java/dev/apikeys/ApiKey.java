package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.text.Described;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.internal.text.SortedTexts;
import dev.apikeys.spi.KeyStatus;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of an API key, without its secret and hash. Times are cut to milliseconds. No collection is null.
 * Immutable and thread-safe; its builder is not.
 *
 * @since 0.1
 */
public final class ApiKey {
    private final KeyId id;
    private final String name;
    private final @Nullable String description;
    private final @Nullable String owner;
    private final @Nullable String role;
    private final Set<String> permissions;
    private final Set<String> granted;
    private final Grade grade;
    private final KeyStatus status;
    private final long usageCount;
    private final Instant createdAt;
    private final @Nullable String createdBy;
    private final Instant updatedAt;
    private final @Nullable Instant expiresAt;
    private final @Nullable Instant lastUsedAt;
    private final @Nullable Instant revokedAt;
    private final @Nullable String revokedReason;
    private final @Nullable Instant disabledAt;
    private final @Nullable KeyId rotatedFrom;
    private final @Nullable KeyId rotatedTo;
    private final Map<String, String> metadata;
    private final Set<String> damaged;
    private final long version;

    private ApiKey(Builder builder) {
        id = builder.id;
        name = builder.name;
        description = builder.description;
        owner = builder.owner;
        role = builder.role;
        permissions = builder.permissions;
        granted = builder.granted;
        grade = builder.grade;
        status = builder.status;
        usageCount = builder.usageCount;
        createdAt = builder.createdAt;
        createdBy = builder.createdBy;
        updatedAt = builder.updatedAt;
        expiresAt = builder.expiresAt;
        lastUsedAt = builder.lastUsedAt;
        revokedAt = builder.revokedAt;
        revokedReason = builder.revokedReason;
        disabledAt = builder.disabledAt;
        rotatedFrom = builder.rotatedFrom;
        rotatedTo = builder.rotatedTo;
        metadata = builder.metadata;
        damaged = builder.damaged;
        version = builder.version;
    }

    /**
     * Starts an active key of version 1 that grants nothing. Keys come from an {@link ApiKeyManager}; this is for tests
     * and for decorators.
     *
     * @param id its public handle
     * @param name its name
     * @param createdAt when it was created; also the default of {@link Builder#updatedAt}
     * @return a builder
     */
    public static Builder builder(KeyId id, String name, Instant createdAt) {
        return new Builder(id, name, createdAt);
    }

    /**
     * Starts a changed copy.
     *
     * @return a builder that holds this key's values
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id, name, createdAt);
        builder.description = description;
        builder.owner = owner;
        builder.role = role;
        builder.permissions = permissions;
        builder.granted = granted;
        builder.grade = grade;
        builder.status = status;
        builder.usageCount = usageCount;
        builder.createdBy = createdBy;
        builder.updatedAt = updatedAt;
        builder.expiresAt = expiresAt;
        builder.lastUsedAt = lastUsedAt;
        builder.revokedAt = revokedAt;
        builder.revokedReason = revokedReason;
        builder.disabledAt = disabledAt;
        builder.rotatedFrom = rotatedFrom;
        builder.rotatedTo = rotatedTo;
        builder.metadata = metadata;
        builder.damaged = damaged;
        builder.version = version;
        return builder;
    }

    ApiKey withStatus(KeyStatus other) {
        return toBuilder().status(other).build();
    }

    /**
     * Returns the public handle.
     *
     * @return the id; never changes
     */
    public KeyId id() {
        return id;
    }

    /**
     * Returns the name.
     *
     * @return the text
     */
    public String name() {
        return name;
    }

    /**
     * Returns the description.
     *
     * @return the text, or null
     */
    public @Nullable String description() {
        return description;
    }

    /**
     * Returns the owner.
     *
     * @return the owner, or null
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Returns the role, which bounds the permissions of the key.
     *
     * @return its name, or null
     */
    public @Nullable String role() {
        return role;
    }

    /**
     * Returns the permissions that the stored list holds.
     *
     * @return the names, sorted; empty if the list is quarantined
     */
    public Set<String> permissions() {
        return permissions;
    }

    /**
     * Returns the effective permissions: those that the role holds now, too. Without a role: all of an intact list, and
     * nothing of a repaired one. With a role that the manager does not know: nothing.
     *
     * @return the names, sorted
     */
    public Set<String> granted() {
        return granted;
    }

    /**
     * Returns the grade of the stored list.
     *
     * @return the grade
     */
    public Grade grade() {
        return grade;
    }

    /**
     * Returns the status at the time of the snapshot.
     *
     * @return the status
     */
    public KeyStatus status() {
        return status;
    }

    /**
     * Returns the number of uses written so far.
     *
     * @return the number
     */
    public long usageCount() {
        return usageCount;
    }

    /**
     * Returns when the key was created.
     *
     * @return the moment; never changes
     */
    public Instant createdAt() {
        return createdAt;
    }

    /**
     * Returns who created the key.
     *
     * @return the {@link Actor#name()}, or null if it is not known; never changes
     */
    public @Nullable String createdBy() {
        return createdBy;
    }

    /**
     * Returns when the key was last changed.
     *
     * @return the moment
     */
    public Instant updatedAt() {
        return updatedAt;
    }

    /**
     * Returns when the key expires.
     *
     * @return the moment, or null for never
     */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /**
     * Returns the time of the last use written so far. A use by a clock that is before the creation of the key, or
     * beyond the year 9999, counts as one at the creation.
     *
     * @return the moment, or null for never
     */
    public @Nullable Instant lastUsedAt() {
        return lastUsedAt;
    }

    /**
     * Returns when the revocation takes effect.
     *
     * @return the moment, or null; in the future during the grace of a rotation
     */
    public @Nullable Instant revokedAt() {
        return revokedAt;
    }

    /**
     * Returns the reason of the revocation, in effect or planned.
     *
     * @return the reason, or null
     */
    public @Nullable String revokedReason() {
        return revokedReason;
    }

    /**
     * Returns when the key was disabled, by {@code disable} or by a revocation with immediate effect.
     *
     * @return the moment, or null
     */
    public @Nullable Instant disabledAt() {
        return disabledAt;
    }

    /**
     * Returns the key that this one replaces.
     *
     * @return its id, or null
     */
    public @Nullable KeyId rotatedFrom() {
        return rotatedFrom;
    }

    /**
     * Returns the key that replaces this one.
     *
     * @return its id, or null
     */
    public @Nullable KeyId rotatedTo() {
        return rotatedTo;
    }

    /**
     * Returns the host's own data.
     *
     * @return an immutable map, sorted
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the names of the stored fields that cannot be read; a key with any is denied.
     *
     * @return the names, sorted
     */
    public Set<String> damaged() {
        return damaged;
    }

    /**
     * Returns the version, which counts the changes from 1.
     *
     * @return the number
     */
    public long version() {
        return version;
    }

    private Described described() {
        return Described.as("ApiKey")
                .with("id", id)
                .with("name", name)
                .with("description", description)
                .with("owner", owner)
                .with("role", role)
                .with("permissions", permissions)
                .with("granted", granted)
                .with("grade", grade)
                .with("status", status)
                .with("usageCount", usageCount)
                .with("createdAt", createdAt)
                .with("createdBy", createdBy)
                .with("updatedAt", updatedAt)
                .with("expiresAt", expiresAt)
                .with("lastUsedAt", lastUsedAt)
                .with("revokedAt", revokedAt)
                .with("revokedReason", revokedReason)
                .with("disabledAt", disabledAt)
                .with("rotatedFrom", rotatedFrom)
                .with("rotatedTo", rotatedTo)
                .with("metadata", metadata)
                .with("damaged", damaged)
                .with("version", version);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ApiKey that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, version, status);
    }

    /** Returns all fields that are set; secrets within the texts are masked. */
    @Override
    public String toString() {
        return described().toString();
    }

    /**
     * Builds an {@link ApiKey}. Sets and maps are copied, sorted; nothing else is checked. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private final KeyId id;
        private final Instant createdAt;
        private String name;
        private @Nullable String description;
        private @Nullable String owner;
        private @Nullable String role;
        private Set<String> permissions = Set.of();
        private Set<String> granted = Set.of();
        private Grade grade = Grade.INTACT;
        private KeyStatus status = KeyStatus.ACTIVE;
        private long usageCount;
        private @Nullable String createdBy;
        private Instant updatedAt;
        private @Nullable Instant expiresAt;
        private @Nullable Instant lastUsedAt;
        private @Nullable Instant revokedAt;
        private @Nullable String revokedReason;
        private @Nullable Instant disabledAt;
        private @Nullable KeyId rotatedFrom;
        private @Nullable KeyId rotatedTo;
        private Map<String, String> metadata = SortedTexts.NONE;
        private Set<String> damaged = SortedNames.NONE;
        private long version = 1;

        private Builder(KeyId id, String name, Instant createdAt) {
            this.id = Objects.requireNonNull(id, "id");
            this.name = Objects.requireNonNull(name, "name");
            this.createdAt = Objects.requireNonNull(createdAt, "createdAt");
            this.updatedAt = createdAt;
        }

        /**
         * Sets the name.
         *
         * @param name the text
         * @return this
         */
        public Builder name(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the description.
         *
         * @param description the text, or null
         * @return this
         */
        public Builder description(@Nullable String description) {
            this.description = description;
            return this;
        }

        /**
         * Sets the owner.
         *
         * @param owner the text, or null
         * @return this
         */
        public Builder owner(@Nullable String owner) {
            this.owner = owner;
            return this;
        }

        /**
         * Sets the role, which bounds the permissions of the key.
         *
         * @param role the text, or null
         * @return this
         */
        public Builder role(@Nullable String role) {
            this.role = role;
            return this;
        }

        /**
         * Sets the permissions that the stored list holds.
         *
         * @param permissions the names
         * @return this
         */
        public Builder permissions(Set<String> permissions) {
            this.permissions = SortedNames.copyOf("permissions", permissions);
            return this;
        }

        /**
         * Sets the effective permissions.
         *
         * @param granted the names
         * @return this
         */
        public Builder granted(Set<String> granted) {
            this.granted = SortedNames.copyOf("granted", granted);
            return this;
        }

        /**
         * Sets the grade of the stored list.
         *
         * @param grade the grade
         * @return this
         */
        public Builder grade(Grade grade) {
            this.grade = Objects.requireNonNull(grade, "grade");
            return this;
        }

        /**
         * Sets the status.
         *
         * @param status the status
         * @return this
         */
        public Builder status(KeyStatus status) {
            this.status = Objects.requireNonNull(status, "status");
            return this;
        }

        /**
         * Sets the number of uses written so far.
         *
         * @param usageCount the number
         * @return this
         */
        public Builder usageCount(long usageCount) {
            this.usageCount = usageCount;
            return this;
        }

        /**
         * Sets who created the key.
         *
         * @param createdBy the text, or null
         * @return this
         */
        public Builder createdBy(@Nullable String createdBy) {
            this.createdBy = createdBy;
            return this;
        }

        /**
         * Sets when the key was last changed.
         *
         * @param updatedAt the moment
         * @return this
         */
        public Builder updatedAt(Instant updatedAt) {
            this.updatedAt = Objects.requireNonNull(updatedAt, "updatedAt");
            return this;
        }

        /**
         * Sets when the key expires.
         *
         * @param expiresAt the moment, or null
         * @return this
         */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = expiresAt;
            return this;
        }

        /**
         * Sets the time of the last use written so far.
         *
         * @param lastUsedAt the moment, or null
         * @return this
         */
        public Builder lastUsedAt(@Nullable Instant lastUsedAt) {
            this.lastUsedAt = lastUsedAt;
            return this;
        }

        /**
         * Sets when the revocation takes effect.
         *
         * @param revokedAt the moment, or null
         * @return this
         */
        public Builder revokedAt(@Nullable Instant revokedAt) {
            this.revokedAt = revokedAt;
            return this;
        }

        /**
         * Sets the reason of the revocation, in effect or planned.
         *
         * @param revokedReason the text, or null
         * @return this
         */
        public Builder revokedReason(@Nullable String revokedReason) {
            this.revokedReason = revokedReason;
            return this;
        }

        /**
         * Sets when the key was disabled, by {@code disable} or by a revocation with immediate effect.
         *
         * @param disabledAt the moment, or null
         * @return this
         */
        public Builder disabledAt(@Nullable Instant disabledAt) {
            this.disabledAt = disabledAt;
            return this;
        }

        /**
         * Sets the key that this one replaces.
         *
         * @param rotatedFrom the id, or null
         * @return this
         */
        public Builder rotatedFrom(@Nullable KeyId rotatedFrom) {
            this.rotatedFrom = rotatedFrom;
            return this;
        }

        /**
         * Sets the key that replaces this one.
         *
         * @param rotatedTo the id, or null
         * @return this
         */
        public Builder rotatedTo(@Nullable KeyId rotatedTo) {
            this.rotatedTo = rotatedTo;
            return this;
        }

        /**
         * Sets the host's own data.
         *
         * @param metadata the entries
         * @return this
         */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = SortedTexts.copyOf("metadata", metadata);
            return this;
        }

        /**
         * Sets the names of the stored fields that cannot be read; a key with any is denied.
         *
         * @param damaged the names
         * @return this
         */
        public Builder damaged(Set<String> damaged) {
            this.damaged = SortedNames.copyOf("damaged", damaged);
            return this;
        }

        /**
         * Sets the version, which counts the changes from 1.
         *
         * @param version the number
         * @return this
         */
        public Builder version(long version) {
            this.version = version;
            return this;
        }

        /**
         * Builds the key.
         *
         * @return the key
         */
        public ApiKey build() {
            return new ApiKey(this);
        }
    }
}
