package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a rotation; see {@link ApiKeyManager#rotate}. Each method returns a new rotation; each value can be
 * set once. Immutable and thread-safe.
 *
 * <pre>{@code
 * keys.rotate(id, Rotation.withGrace(Duration.ofHours(24)).handOff(Duration.ofMinutes(10)));
 * }</pre>
 *
 * @since 0.1
 */
public final class Rotation {
    private static final Rotation IMMEDIATE = new Rotation(Duration.ZERO, null, null, null, null);

    final Duration grace;
    final @Nullable Duration handOff;
    final @Nullable KeyId id;
    final @Nullable Map<String, String> metadata;
    final @Nullable Duration expiresIn;

    private Rotation(
            Duration grace,
            @Nullable Duration handOff,
            @Nullable KeyId id,
            @Nullable Map<String, String> metadata,
            @Nullable Duration expiresIn) {
        this.grace = grace;
        this.handOff = handOff;
        this.id = id;
        this.metadata = metadata;
        this.expiresIn = expiresIn;
    }

    /**
     * Returns a rotation that revokes the old key immediately.
     *
     * @return a rotation without grace
     */
    public static Rotation immediate() {
        return IMMEDIATE;
    }

    /**
     * Returns a rotation during whose grace both keys are valid.
     *
     * @param grace how long the old key stays valid, from zero to 100 years
     * @return a rotation
     * @throws InvalidArgumentException if the grace is null, negative or beyond 100 years
     */
    public static Rotation withGrace(Duration grace) {
        return new Rotation(Arguments.notNegative("grace", grace), null, null, null, null);
    }

    /**
     * Returns this rotation with a hand-off of the new secret.
     *
     * @param within how long the new secret waits in the vault, at least a millisecond
     * @return a rotation
     * @throws InvalidArgumentException if the time is null, zero, negative or beyond 100 years
     * @throws IllegalStateException if a hand-off was set before
     */
    public Rotation handOff(Duration within) {
        Arguments.unset(this.handOff, "handOff");
        return new Rotation(grace, Arguments.positive("handOff", within), id, metadata, expiresIn);
    }

    /**
     * Returns this rotation with the id of the new key, which makes the call safe to retry: a second one fails with
     * {@link dev.apikeys.spi.KeyExistsException} or {@link ConflictException} instead of creating another key.
     *
     * @param id an id from {@link KeyId#random()}
     * @return a rotation
     * @throws InvalidArgumentException if the id is not of the standard form
     * @throws IllegalStateException if an id was set before
     */
    public Rotation id(KeyId id) {
        Arguments.unset(this.id, "id");
        return new Rotation(grace, handOff, Arguments.standardId(id), metadata, expiresIn);
    }

    /**
     * Returns this rotation with metadata of the new key's own. Default: that of the old key.
     *
     * @param metadata at most 32 entries, 4 KiB as JSON
     * @return a rotation
     * @throws InvalidArgumentException if there is more, or a text holds what is not allowed
     * @throws IllegalStateException if metadata was set before
     */
    public Rotation metadata(Map<String, String> metadata) {
        Arguments.unset(this.metadata, "metadata");
        return new Rotation(grace, handOff, id, Arguments.metadata(metadata), expiresIn);
    }

    /**
     * Returns this rotation with a lifetime of the new key. Default: the lifetime requested when the old key was
     * created, counted from now; if that is unknown, or an update has set another expiry, the new key expires with the
     * old one. The manager's maximum lifetime bounds every new key.
     *
     * @param lifetime from now on, at least a millisecond
     * @return a rotation
     * @throws InvalidArgumentException if the time is null, zero, negative or beyond 100 years
     * @throws IllegalStateException if a lifetime was set before
     */
    public Rotation expiresIn(Duration lifetime) {
        Arguments.unset(this.expiresIn, "expiresIn");
        return new Rotation(grace, handOff, id, metadata, Arguments.positive("expiresIn", lifetime));
    }

    /**
     * Returns how long the old key stays valid.
     *
     * @return the grace; zero for none
     */
    public Duration grace() {
        return grace;
    }

    /**
     * Returns how long the new secret waits in the vault.
     *
     * @return the time, or null for no hand-off
     */
    public @Nullable Duration handOff() {
        return handOff;
    }

    /**
     * Returns the id of the new key.
     *
     * @return the id, or null for a random one
     */
    public @Nullable KeyId id() {
        return id;
    }

    /**
     * Returns the metadata of the new key.
     *
     * @return an immutable map, or null for that of the old key
     */
    public @Nullable Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the lifetime of the new key.
     *
     * @return the lifetime, or null if it was not set
     */
    public @Nullable Duration expiresIn() {
        return expiresIn;
    }

    private Described described() {
        return Described.as("Rotation")
                .with("grace", grace)
                .with("handOff", handOff)
                .with("id", id)
                .with("metadata", metadata)
                .with("expiresIn", expiresIn);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Rotation that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns all values that were set; secrets within the metadata are masked. */
    @Override
    public String toString() {
        return described().toString();
    }
}
