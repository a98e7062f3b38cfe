package dev.apikeys;

import dev.apikeys.internal.text.Described;
import dev.apikeys.internal.text.Setters;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A description of a key to be created. Immutable and thread-safe; its builder is not thread-safe.
 *
 * <pre>{@code
 * KeySpec spec = KeySpec.builder("ci deploy")
 *         .owner("team-a")
 *         .role("read_upload")
 *         .expiresIn(Duration.ofDays(90))
 *         .handOff(Duration.ofMinutes(10))
 *         .build();
 * }</pre>
 *
 * @since 0.1
 */
public final class KeySpec {
    final String name;
    final @Nullable String description;
    final @Nullable String owner;
    final @Nullable String role;

    /** Null if not set: those of the role. Empty: none. */
    final @Nullable Set<String> permissions;

    final @Nullable Duration expiresIn;
    final @Nullable Instant expiresAt;
    final boolean neverExpires;
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
        expiresAt = builder.expiresAt;
        neverExpires = builder.neverExpires;
        handOff = builder.handOff;
        metadata = builder.metadata;
        id = builder.id;
    }

    /**
     * Starts a specification.
     *
     * @param name a name for people, 1 to 200 code points
     * @return a builder
     * @throws InvalidArgumentException if the name is null, too long, or holds what is not allowed
     */
    public static Builder builder(String name) {
        return new Builder(Arguments.text("name", name, Arguments.MAX_NAME));
    }

    /**
     * Starts a changed copy, for a decorator that sets an owner or bounds a lifetime. Each value may be set once more;
     * each of {@link #expiresIn()}, {@link #expiresAt()} and {@link #neverExpires()} replaces the others.
     *
     * @return a builder that holds this specification's values
     */
    public Builder toBuilder() {
        Builder builder = new Builder(name);
        builder.description = description;
        builder.owner = owner;
        builder.role = role;
        builder.permissions = permissions;
        builder.expiresIn = expiresIn;
        builder.expiresAt = expiresAt;
        builder.neverExpires = neverExpires;
        builder.handOff = handOff;
        builder.metadata = metadata;
        builder.id = id;
        return builder;
    }

    /**
     * Returns the name.
     *
     * @return 1 to 200 code points
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
     * Returns the role.
     *
     * @return its name, or null
     */
    public @Nullable String role() {
        return role;
    }

    /**
     * Returns the permissions.
     *
     * @return the names, sorted; null for all of the role's
     */
    public @Nullable Set<String> permissions() {
        return permissions;
    }

    /**
     * Returns the lifetime of the key.
     *
     * @return the lifetime; null for the manager's default, or with {@link #expiresAt()} or {@link #neverExpires()}
     */
    public @Nullable Duration expiresIn() {
        return expiresIn;
    }

    /**
     * Returns the fixed end of the key.
     *
     * @return the moment, or null if none was set
     */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /**
     * Returns whether the key never expires, even if the manager has a default lifetime.
     *
     * @return true if {@link Builder#neverExpires()} was called
     */
    public boolean neverExpires() {
        return neverExpires;
    }

    /**
     * Returns how long the secret waits in the vault.
     *
     * @return the time, or null for no hand-off
     */
    public @Nullable Duration handOff() {
        return handOff;
    }

    /**
     * Returns the metadata.
     *
     * @return an immutable map, sorted; may be empty
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the chosen id.
     *
     * @return the id, or null for a random one
     */
    public @Nullable KeyId id() {
        return id;
    }

    private Described described() {
        return Described.as("KeySpec")
                .with("name", name)
                .with("description", description)
                .with("owner", owner)
                .with("role", role)
                .with("permissions", permissions)
                .with("expiresIn", expiresIn)
                .with("expiresAt", expiresAt)
                .with("neverExpires", neverExpires ? true : null)
                .with("handOff", handOff)
                .with("metadata", metadata)
                .with("id", id);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeySpec that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns all values that were set; secrets within the texts are masked. */
    @Override
    public String toString() {
        return described().toString();
    }

    /**
     * Builds a {@link KeySpec}. A role, permissions, or both must be given. Each setter throws
     * {@link IllegalStateException} at its second call. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private static final List<String> ENDS = List.of("expiresIn", "expiresAt", "neverExpires");

        private final Set<String> called = new HashSet<>();
        private final String name;
        private @Nullable String description;
        private @Nullable String owner;
        private @Nullable String role;
        private @Nullable Set<String> permissions;
        private @Nullable Duration expiresIn;
        private @Nullable Instant expiresAt;
        private boolean neverExpires;
        private @Nullable Duration handOff;
        private Map<String, String> metadata = Map.of();
        private @Nullable KeyId id;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the description.
         *
         * @param description 1 to 2 000 code points
         * @return this
         * @throws InvalidArgumentException if it is longer or holds what is not allowed
         */
        public Builder description(String description) {
            Setters.once(called, "description");
            this.description = Arguments.text("description", description, Arguments.MAX_DESCRIPTION);
            return this;
        }

        /**
         * Sets the owner.
         *
         * @param owner 1 to 200 code points
         * @return this
         * @throws InvalidArgumentException if it is longer or holds what is not allowed
         */
        public Builder owner(String owner) {
            Setters.once(called, "owner");
            this.owner = Arguments.text("owner", owner, Arguments.MAX_OWNER);
            return this;
        }

        /**
         * Sets the role, the upper bound of the key's permissions.
         *
         * @param role the name of a role that the manager knows
         * @return this
         * @throws InvalidArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder role(String role) {
            Setters.once(called, "role");
            this.role = Arguments.name("role", role);
            return this;
        }

        /**
         * Sets the permissions. With a role they must lie within the role's. Default: all of the role's. An empty set
         * grants none.
         *
         * @param permissions at most 128 names
         * @return this
         * @throws InvalidArgumentException if there are more, or a name is outside the grammar
         *     {@code [a-z][a-z0-9_.:-]{0,63}}
         */
        public Builder permissions(Set<String> permissions) {
            Setters.once(called, "permissions");
            this.permissions = Arguments.permissions("permissions", permissions);
            return this;
        }

        /**
         * Sets the lifetime of the key, which its successors in rotations have too, each from its own creation.
         * Default: the manager's default lifetime, else its maximum lifetime, else no expiry.
         *
         * @param lifetime from now on, at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is zero, negative or beyond 100 years
         * @throws IllegalStateException if {@link #expiresAt} or {@link #neverExpires()} was called
         */
        public Builder expiresIn(Duration lifetime) {
            replaceEnd("expiresIn");
            this.expiresIn = Arguments.positive("expiresIn", lifetime);
            return this;
        }

        /**
         * Sets a fixed end of the key, which its successors in rotations keep. A manager refuses to create the key if
         * the moment is not ahead, or is beyond its maximum lifetime.
         *
         * @param expiresAt a moment in the future, cut to milliseconds
         * @return this
         * @throws InvalidArgumentException if it is null, before 1970 or after 9998
         * @throws IllegalStateException if {@link #expiresIn} or {@link #neverExpires()} was called
         */
        public Builder expiresAt(Instant expiresAt) {
            replaceEnd("expiresAt");
            this.expiresAt = Arguments.instant("expiresAt", expiresAt);
            return this;
        }

        /**
         * Makes a key without expiry, even if the manager has a default lifetime. A manager with a maximum lifetime
         * refuses to create it.
         *
         * @return this
         * @throws IllegalStateException if {@link #expiresIn} or {@link #expiresAt} was called
         */
        public Builder neverExpires() {
            replaceEnd("neverExpires");
            this.neverExpires = true;
            return this;
        }

        /** Takes away the end that a copy began with; two ends from one caller contradict each other. */
        private void replaceEnd(String setter) {
            Setters.once(called, setter);
            for (String other : ENDS) {
                if (!other.equals(setter) && called.contains(other)) {
                    throw new IllegalStateException(other + " and " + setter + " were both called; call one of them");
                }
            }
            this.expiresIn = null;
            this.expiresAt = null;
            this.neverExpires = false;
        }

        /**
         * Requests a hand-off: the secret is sealed in the vault for this time, for the holder of the ticket.
         *
         * @param within from now on, at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is zero, negative or beyond 100 years
         */
        public Builder handOff(Duration within) {
            Setters.once(called, "handOff");
            this.handOff = Arguments.positive("handOff", within);
            return this;
        }

        /**
         * Sets the host's own data.
         *
         * @param metadata at most 32 entries, 4 KiB as JSON
         * @return this
         * @throws InvalidArgumentException if there is more, or a text holds what is not allowed
         */
        public Builder metadata(Map<String, String> metadata) {
            Setters.once(called, "metadata");
            this.metadata = Arguments.metadata(metadata);
            return this;
        }

        /**
         * Chooses the id, which makes the create safe to retry: a second create fails with
         * {@link dev.apikeys.spi.KeyExistsException} instead of creating another key.
         *
         * @param id an id from {@link KeyId#random()}
         * @return this
         * @throws InvalidArgumentException if the id is not of the standard form
         */
        public Builder id(KeyId id) {
            Setters.once(called, "id");
            this.id = Arguments.standardId(id);
            return this;
        }

        /**
         * Builds the specification.
         *
         * @return the specification
         * @throws InvalidArgumentException if neither a role nor permissions were given
         */
        public KeySpec build() {
            if (role == null && permissions == null) {
                String allowed = "a role, permissions, or both; permissions(Set.of()) for a key that grants nothing";
                throw Arguments.invalid("role", "Neither role nor permissions are given; allowed: " + allowed, allowed);
            }
            return new KeySpec(this);
        }
    }
}
