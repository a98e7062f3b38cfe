package dev.apikeys;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key that was just created, with its secret; no other type holds both. Thread-safe.
 *
 * @since 0.1
 */
public final class CreatedKey {
    private final ApiKey key;

    /** Transient, to hide it from mappers that read fields. */
    private final transient Secret secret;

    private final @Nullable HandOff handOff;

    CreatedKey(ApiKey key, Secret secret, @Nullable HandOff handOff) {
        this.key = key;
        this.secret = secret;
        this.handOff = handOff;
    }

    /**
     * Returns the key's public handle.
     *
     * @return the id
     */
    public KeyId id() {
        return key.id();
    }

    /**
     * Returns the key.
     *
     * @return the key as it was created
     */
    public ApiKey key() {
        return key;
    }

    /**
     * Returns the text that the holder of the key presents. The library keeps no copy.
     *
     * @return the secret
     */
    public Secret secret() {
        return secret;
    }

    /**
     * Returns the hand-off, if one was asked for.
     *
     * @return ticket and deadline
     */
    public Optional<HandOff> handOff() {
        return Optional.ofNullable(handOff);
    }

    /** Returns the id, never the secret. */
    @Override
    public String toString() {
        return "CreatedKey[" + key.id() + "]";
    }
}
