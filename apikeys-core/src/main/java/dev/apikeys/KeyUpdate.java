package dev.apikeys;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change to a key; properties whose method is not called stay as they are. Immutable and thread-safe; its builder is
 * not thread-safe.
 */
public final class KeyUpdate {

    /** A new text, or null for none; where the whole is null, the old one stays. */
    record Text(@Nullable String value) {}

    /** A new moment, or null for none; where the whole is null, the old one stays. */
    record Moment(@Nullable Instant value) {}

    final @Nullable String name;
    final @Nullable Text description;
    final @Nullable Text owner;
    final @Nullable Text role;
    final @Nullable Set<String> permissions;
    final @Nullable Moment expiresAt;
    final @Nullable Map<String, String> metadata;
    final @Nullable Long version;

    private KeyUpdate(Builder builder) {
        name = builder.name;
        description = builder.description;
        owner = builder.owner;
        role = builder.role;
        permissions = builder.permissions;
        expiresAt = builder.expiresAt;
        metadata = builder.metadata;
        version = builder.version;
    }

    /**
     * Starts an update.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KeyUpdate}. Not thread-safe. */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable Text description;
        private @Nullable Text owner;
        private @Nullable Text role;
        private @Nullable Set<String> permissions;
        private @Nullable Moment expiresAt;
        private @Nullable Map<String, String> metadata;
        private @Nullable Long version;

        private Builder() {}

        /**
         * Changes the name.
         *
         * @param name 1 to 200 code points
         * @return this
         * @throws IllegalArgumentException if it is longer or holds what is not allowed
         */
        public Builder name(String name) {
            this.name = Arguments.text("name", name, Arguments.MAX_NAME);
            return this;
        }

        /**
         * Changes the description.
         *
         * @param description 1 to 2 000 code points, or null for none
         * @return this
         * @throws IllegalArgumentException if it is longer or holds what is not allowed
         */
        public Builder description(@Nullable String description) {
            this.description = new Text(Arguments.optionalText("description", description, Arguments.MAX_DESCRIPTION));
            return this;
        }

        /**
         * Changes the owner.
         *
         * @param owner 1 to 200 code points, or null for none
         * @return this
         * @throws IllegalArgumentException if it is longer or holds what is not allowed
         */
        public Builder owner(@Nullable String owner) {
            this.owner = new Text(Arguments.optionalText("owner", owner, Arguments.MAX_OWNER));
            return this;
        }

        /**
         * Changes the role. The key's permissions, as stored or as changed along with it, must lie within the new one.
         *
         * <p>Null takes the role away, and with it the bound: an intact list then grants all that it holds, also what the
         * role did not hold. A repaired list grants nothing without a role. Set the {@link #permissions} in the same update.
         *
         * @param role the name of a role that the manager knows, or null for none
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder role(@Nullable String role) {
            this.role = new Text(role == null ? null : PermissionNames.require("role", role));
            return this;
        }

        /**
         * Changes the permissions. With a role they must lie within the role's.
         *
         * @param permissions at most 128 names; empty for none at all
         * @return this
         * @throws IllegalArgumentException if there are more, or a name is outside the grammar
         */
        public Builder permissions(Set<String> permissions) {
            this.permissions = Arguments.permissions("permissions", permissions);
            return this;
        }

        /**
         * Changes when the key ends.
         *
         * @param expiresAt a moment ahead, cut to milliseconds, or null for never
         * @return this
         * @throws IllegalArgumentException if it is before 1970 or after 9998
         */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = new Moment(expiresAt == null ? null : Arguments.instant("expiresAt", expiresAt));
            return this;
        }

        /**
         * Replaces the metadata.
         *
         * @param metadata at most 32 entries, 4 KiB as JSON
         * @return this
         * @throws IllegalArgumentException if there is more, or a text holds what is not allowed
         */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = Arguments.metadata(metadata);
            return this;
        }

        /**
         * Makes the change only if the key still has this version; otherwise it fails with {@link ConflictException}.
         * Moving a hash to the current pepper also counts as a change.
         *
         * @param version the {@link ApiKey#version()} that the caller has seen
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder ifVersion(long version) {
            if (version < 1) {
                throw Arguments.refusedValue("version", version, "1 and more");
            }
            this.version = version;
            return this;
        }

        /**
         * Builds the update; nothing is changed until it is given to {@link ApiKeyManager#update}.
         *
         * @return the update
         * @throws IllegalArgumentException if nothing is to be changed
         */
        public KeyUpdate build() {
            if (name == null
                    && description == null
                    && owner == null
                    && role == null
                    && permissions == null
                    && expiresAt == null
                    && metadata == null) {
                throw new IllegalArgumentException("The update changes nothing; call at least one of name, description,"
                        + " owner, role, permissions, expiresAt, metadata");
            }
            return new KeyUpdate(this);
        }
    }
}
