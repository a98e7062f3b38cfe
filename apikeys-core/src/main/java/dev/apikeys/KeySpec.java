package dev.apikeys;

import dev.apikeys.internal.text.Shown;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Describes a key to be created. Immutable and thread-safe; its builder is not thread-safe. */
public final class KeySpec {
    final String name;
    final @Nullable String description;
    final @Nullable String owner;
    final @Nullable String role;

    /** Null: not said, the role's. Empty: none. */
    final @Nullable Set<String> permissions;

    final @Nullable Duration expiresIn;
    final @Nullable Duration handOff;
    final Map<String, String> metadata;
    final @Nullable KeyId id;

    private KeySpec(Builder builder) {
        name = builder.name;
        description = builder.description;
        owner = builder.owner;
        role = builder.role;
        permissions = builder.permissions;
        expiresIn = builder.expiresIn;
        handOff = builder.handOff;
        metadata = builder.metadata;
        id = builder.id;
    }

    /**
     * Starts a specification.
     *
     * @param name what people call the key, 1 to 200 code points
     * @return a builder
     * @throws IllegalArgumentException if the name is null, too long, or holds what is not allowed
     */
    public static Builder builder(String name) {
        return new Builder(Arguments.text("name", name, Arguments.MAX_NAME));
    }

    /** The name and, if it was chosen, the id. */
    @Override
    public String toString() {
        return "KeySpec[name=" + Shown.text(name) + (id == null ? "" : ", id=" + id) + "]";
    }

    /** Builds a {@link KeySpec}. A role, permissions, or both must be given. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private @Nullable String description;
        private @Nullable String owner;
        private @Nullable String role;
        private @Nullable Set<String> permissions;
        private @Nullable Duration expiresIn;
        private @Nullable Duration handOff;
        private Map<String, String> metadata = Map.of();
        private @Nullable KeyId id;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Says what the key is for.
         *
         * @param description 1 to 2 000 code points
         * @return this
         * @throws IllegalArgumentException if it is longer or holds what is not allowed
         */
        public Builder description(String description) {
            this.description = Arguments.text("description", description, Arguments.MAX_DESCRIPTION);
            return this;
        }

        /**
         * Says whose key it is.
         *
         * @param owner 1 to 200 code points
         * @return this
         * @throws IllegalArgumentException if it is longer or holds what is not allowed
         */
        public Builder owner(String owner) {
            this.owner = Arguments.text("owner", owner, Arguments.MAX_OWNER);
            return this;
        }

        /**
         * Gives the key a role, which bounds what it may ever be granted.
         *
         * @param role the name of a role that the manager knows
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder role(String role) {
            this.role = PermissionNames.require("role", role);
            return this;
        }

        /**
         * Gives the key permissions. With a role they must lie within the role's. Not called: all of the role's. An empty
         * set: none at all.
         *
         * @param permissions at most 128 names
         * @return this
         * @throws IllegalArgumentException if there are more, or a name is outside the grammar
         *     {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder permissions(Set<String> permissions) {
            this.permissions = Arguments.permissions("permissions", permissions);
            return this;
        }

        /**
         * Sets how long the key lives. If not called: the manager's default lifetime, else its maximum lifetime, else
         * without end.
         *
         * @param lifetime from now on, at least a millisecond
         * @return this
         * @throws IllegalArgumentException if it is zero, negative or beyond 100 years
         */
        public Builder expiresIn(Duration lifetime) {
            this.expiresIn = Arguments.positive("expiresIn", lifetime);
            return this;
        }

        /**
         * Asks for a hand-off: the secret is sealed in the vault for whoever brings the ticket within this time.
         *
         * @param within from now on, at least a millisecond
         * @return this
         * @throws IllegalArgumentException if it is zero, negative or beyond 100 years
         */
        public Builder handOff(Duration within) {
            this.handOff = Arguments.positive("handOff", within);
            return this;
        }

        /**
         * Attaches data of your own.
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
         * Chooses the id, which makes the create repeatable: done a second time, it fails with
         * {@link dev.apikeys.spi.DuplicateKeyException} instead of making a second key.
         *
         * @param id an id from {@link KeyId#random()}
         * @return this
         * @throws IllegalArgumentException if the id is not of the standard form
         */
        public Builder id(KeyId id) {
            Objects.requireNonNull(id, "id");
            if (!KeyId.isStandard(id.value())) {
                throw Arguments.refused("id", id.value(), "what KeyId.random() makes");
            }
            this.id = id;
            return this;
        }

        /**
         * Builds the specification.
         *
         * @return the specification
         * @throws IllegalArgumentException if neither a role nor permissions were given
         */
        public KeySpec build() {
            if (role == null && permissions == null) {
                throw new IllegalArgumentException(
                        "Neither role nor permissions are given; give one of them or both. A key"
                                + " that may do nothing has permissions(Set.of())");
            }
            return new KeySpec(this);
        }
    }
}
