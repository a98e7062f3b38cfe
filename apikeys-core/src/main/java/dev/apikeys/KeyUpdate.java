package dev.apikeys;

import dev.apikeys.internal.text.Described;
import dev.apikeys.internal.text.Setters;
import dev.apikeys.internal.text.SortedNames;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change to a key; properties whose setter is not called stay unchanged. Immutable and thread-safe; its builder is
 * not thread-safe.
 *
 * <pre>{@code
 * KeyUpdate update = KeyUpdate.builder().owner("team-b").expiresAt(null).build();
 * keys.provided(Precondition.version(key.version())).update(key.id(), update);
 * }</pre>
 *
 * @since 0.1
 */
public final class KeyUpdate {
    final @Nullable String name;
    final @Nullable String description;
    final @Nullable String owner;
    final @Nullable String role;
    final @Nullable Set<String> permissions;
    final @Nullable Instant expiresAt;
    final @Nullable Map<String, String> metadata;
    final @Nullable Instant revokedFrom;
    private final Set<String> changed;

    private KeyUpdate(Builder builder) {
        name = builder.name;
        description = builder.description;
        owner = builder.owner;
        role = builder.role;
        permissions = builder.permissions;
        expiresAt = builder.expiresAt;
        metadata = builder.metadata;
        revokedFrom = builder.revokedFrom;
        changed = SortedNames.copyOf(builder.called);
    }

    /**
     * Starts an update.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the names of the properties that the update changes, including those that it sets to null.
     *
     * @return names of setters, sorted, such as {@code owner}; never empty
     */
    public Set<String> changed() {
        return changed;
    }

    boolean changes(String property) {
        return changed.contains(property);
    }

    /**
     * Returns the new name.
     *
     * @return the name, or null if it stays
     */
    public @Nullable String name() {
        return name;
    }

    /**
     * Returns the new description.
     *
     * @return the text; null if it is removed or stays, see {@link #changed()}
     */
    public @Nullable String description() {
        return description;
    }

    /**
     * Returns the new owner.
     *
     * @return the owner; null if it is removed or stays, see {@link #changed()}
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Returns the new role.
     *
     * @return its name; null if it is removed or stays, see {@link #changed()}
     */
    public @Nullable String role() {
        return role;
    }

    /**
     * Returns the new permissions.
     *
     * @return the names, sorted, or null if they stay
     */
    public @Nullable Set<String> permissions() {
        return permissions;
    }

    /**
     * Returns the new expiry.
     *
     * @return the moment; null if it is removed or stays, see {@link #changed()}
     */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /**
     * Returns the new metadata.
     *
     * @return an immutable map, or null if it stays
     */
    public @Nullable Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the new end of the grace of a rotation.
     *
     * @return the moment, or null if it stays
     */
    public @Nullable Instant revokedFrom() {
        return revokedFrom;
    }

    private Described described() {
        return Described.as("KeyUpdate")
                .with("changed", changed)
                .with("name", name)
                .with("description", description)
                .with("owner", owner)
                .with("role", role)
                .with("permissions", permissions)
                .with("expiresAt", expiresAt)
                .with("metadata", metadata)
                .with("revokedFrom", revokedFrom);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyUpdate that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns all changes; secrets within the texts are masked. */
    @Override
    public String toString() {
        return described().toString();
    }

    /**
     * Builds a {@link KeyUpdate}. Each setter throws {@link IllegalStateException} at its second call. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        /** The setters whose argument was taken, not those that refused theirs: a null takes the stored value away. */
        private final Set<String> called = new HashSet<>();

        private @Nullable String name;
        private @Nullable String description;
        private @Nullable String owner;
        private @Nullable String role;
        private @Nullable Set<String> permissions;
        private @Nullable Instant expiresAt;
        private @Nullable Map<String, String> metadata;
        private @Nullable Instant revokedFrom;

        private Builder() {}

        private <T> @Nullable T taken(String setter, @Nullable T argument) {
            Setters.once(called, setter);
            return argument;
        }

        /**
         * Changes the name.
         *
         * @param name 1 to 200 code points
         * @return this
         * @throws InvalidArgumentException if it is longer or holds what is not allowed
         */
        public Builder name(String name) {
            this.name = taken("name", Arguments.text("name", name, Arguments.MAX_NAME));
            return this;
        }

        /**
         * Changes the description.
         *
         * @param description 1 to 2 000 code points, or null for none
         * @return this
         * @throws InvalidArgumentException if it is longer or holds what is not allowed
         */
        public Builder description(@Nullable String description) {
            this.description =
                    taken("description", Arguments.optionalText("description", description, Arguments.MAX_DESCRIPTION));
            return this;
        }

        /**
         * Changes the owner.
         *
         * @param owner 1 to 200 code points, or null for none
         * @return this
         * @throws InvalidArgumentException if it is longer or holds what is not allowed
         */
        public Builder owner(@Nullable String owner) {
            this.owner = taken("owner", Arguments.optionalText("owner", owner, Arguments.MAX_OWNER));
            return this;
        }

        /**
         * Changes the role. The key's permissions, stored or changed by the same update, must lie within the new role.
         *
         * <p>Null removes the role, and with it the bound: an intact list then grants all that it holds, including
         * permissions that the role did not hold. A repaired list grants nothing without a role. Set the
         * {@link #permissions} in the same update.
         *
         * @param role the name of a role that the manager knows, or null for none
         * @return this
         * @throws InvalidArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder role(@Nullable String role) {
            this.role = taken("role", role == null ? null : Arguments.name("role", role));
            return this;
        }

        /**
         * Changes the permissions. With a role they must lie within the role's.
         *
         * @param permissions at most 128 names; empty for none
         * @return this
         * @throws InvalidArgumentException if there are more, or a name is outside the grammar
         */
        public Builder permissions(Set<String> permissions) {
            this.permissions = taken("permissions", Arguments.permissions("permissions", permissions));
            return this;
        }

        /**
         * Changes when the key expires. The lifetime that the key was created with then no longer applies to its
         * successors.
         *
         * @param expiresAt a moment in the future, cut to milliseconds, or null for never
         * @return this
         * @throws InvalidArgumentException if it is before 1970 or after 9998
         */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = taken("expiresAt", expiresAt == null ? null : Arguments.instant("expiresAt", expiresAt));
            return this;
        }

        /**
         * Replaces the metadata.
         *
         * @param metadata at most 32 entries, 4 KiB as JSON
         * @return this
         * @throws InvalidArgumentException if there is more, or a text holds what is not allowed
         */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = taken("metadata", Arguments.metadata(metadata));
            return this;
        }

        /**
         * Extends or shortens the current grace of a rotation. Only for a key that was rotated, is not disabled, and
         * whose grace has not ended; never beyond the grace requested by the rotation plus
         * {@link ApiKeys.Builder#maxGrace}. To end it now, call {@link ApiKeyManager#revoke}.
         *
         * @param revokedFrom a moment in the future, cut to milliseconds
         * @return this
         * @throws InvalidArgumentException if it is null, before 1970 or after 9998
         */
        public Builder revokedFrom(Instant revokedFrom) {
            this.revokedFrom = taken("revokedFrom", Arguments.instant("revokedFrom", revokedFrom));
            return this;
        }

        /**
         * Builds the update; nothing is changed until it is passed to {@link ApiKeyManager#update}.
         *
         * @return the update
         * @throws InvalidArgumentException if no setter was called
         */
        public KeyUpdate build() {
            if (called.isEmpty()) {
                String allowed = "at least one of name, description, owner, role, permissions, expiresAt, metadata,"
                        + " revokedFrom";
                throw Arguments.invalid("update", "The update changes nothing; allowed: " + allowed, allowed);
            }
            return new KeyUpdate(this);
        }
    }
}
