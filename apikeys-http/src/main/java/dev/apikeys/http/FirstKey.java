package dev.apikeys.http;

import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.spi.KeyExistsException;
import java.time.Duration;
import java.util.Optional;

/**
 * Lets the operator of a new installation become its first administrator, without a password that everybody knows. Thread-safe.
 *
 * <pre>{@code
 * FirstKey.offer(keys, "admin").ifPresent(handOff ->
 *         System.out.println(base + "/claim/#" + handOff.ticket().reveal())); // to the console, never to a log
 * }</pre>
 *
 * @since 0.1
 */
public final class FirstKey {
    /** The same on every node, so that the store decides between two that start at once. */
    private static final KeyId ID = KeyId.of("ak_" + "0".repeat(26));

    private static final Duration WAITS = Duration.ofMinutes(60);

    private FirstKey() {}

    /**
     * Creates the first key, if the store holds none at all. Its secret waits for 60 minutes. It is not offered again while
     * there is any key: also one that ended counts, until it is deleted or purged.
     *
     * @param keys a manager with a temp key store
     * @param role the role of an administrator
     * @return what opens the secret, or empty if there are keys, or another node offers this one
     * @throws IllegalArgumentException if the manager does not know the role
     * @throws IllegalStateException if there is no temp key store, or the manager is closed
     * @throws dev.apikeys.spi.StorageException if a store failed
     */
    public static Optional<HandOff> offer(ApiKeyManager keys, String role) {
        if (keys.count(KeyQuery.all(), 1) > 0) {
            return Optional.empty();
        }
        KeySpec spec = KeySpec.builder("first administrator")
                .role(role)
                .id(ID)
                .handOff(WAITS)
                .build();
        try {
            return keys.as(Actor.of("first key")).create(spec).handOff();
        } catch (KeyExistsException anotherNode) {
            return Optional.empty();
        }
    }
}
