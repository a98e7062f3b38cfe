package dev.apikeys;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A key that was just created, with its secret: nothing else ever holds both. Thread-safe. */
public final class CreatedKey {
    private final ApiKey key;
    private final Secret secret;
    private final @Nullable HandOff handOff;

    CreatedKey(ApiKey key, Secret secret, @Nullable HandOff handOff) {
        this.key = key;
        this.secret = secret;
        this.handOff = handOff;
    }

    /**
     * The key's public handle.
     *
     * @return the id
     */
    public KeyId id() {
        return key.id();
    }

    /**
     * The key.
     *
     * @return the key as it was created
     */
    public ApiKey key() {
        return key;
    }

    /**
     * What the holder of the key presents. The library keeps no copy.
     *
     * @return the secret
     */
    public Secret secret() {
        return secret;
    }

    /**
     * The hand-off, if one was asked for.
     *
     * @return ticket and deadline
     */
    public Optional<HandOff> handOff() {
        return Optional.ofNullable(handOff);
    }

    /** The id, never the secret. */
    @Override
    public String toString() {
        return "CreatedKey[" + key.id() + "]";
    }
}
