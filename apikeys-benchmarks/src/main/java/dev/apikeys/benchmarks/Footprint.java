package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyId;
import dev.apikeys.Secret;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.time.Duration;
import org.openjdk.jol.info.GraphLayout;

/** How many bytes of heap a key and a temp key take in the memory stores, counted object by object (JOL). */
final class Footprint {
    /** The figures are published for this many. */
    static final int KEYS = 100_000;

    static {
        // The JDK does not tell where the fields of a record lie; JOL then finds it out by itself.
        System.setProperty("jol.magicFieldOffset", "true");
    }

    private Footprint() {}

    /** Bytes per stored key: name of 20, owner of 12 characters, no metadata. */
    static double bytesPerKey(int count) {
        InMemoryApiKeyStore store = new InMemoryApiKeyStore();
        long empty = bytes(store);
        try (ApiKeyManager keys = ApiKeys.builder(store).build()) {
            Scene.fill(keys, count, 0);
        }
        return (double) (bytes(store) - empty) / count;
    }

    /** Bytes per waiting temp key. */
    static double bytesPerTempKey(int count) {
        InMemoryTempKeyStore store = new InMemoryTempKeyStore(count);
        long empty = bytes(store);
        try (ApiKeyManager keys =
                ApiKeys.builder(new InMemoryApiKeyStore()).handOff(store).build()) {
            Secret secret = Secret.of("x".repeat(79));
            for (int i = 0; i < count; i++) {
                keys.vault().put(KeyId.random(), secret, Duration.ofHours(1));
            }
        }
        return (double) (bytes(store) - empty) / count;
    }

    private static long bytes(Object root) {
        return GraphLayout.parseInstance(root).totalSize();
    }
}
