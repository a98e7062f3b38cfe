package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What several benchmarks set up in the same way. */
final class Scene {
    /** A name of 20 and an owner of 12 characters, for which the heap per key is stated. */
    static final KeySpec SPEC = KeySpec.builder("deploys-from-the-ci1")
            .owner("team-platform")
            .role("read_upload")
            .build();

    /** The same with a hand-off. */
    static final KeySpec HANDED_OFF = KeySpec.builder("deploys-from-the-ci1")
            .owner("team-platform")
            .role("read_upload")
            .handOff(Duration.ofMinutes(10))
            .build();

    private static final int BATCH = 1_000;

    private Scene() {}

    /** Creates so many keys, and keeps the secrets of the first few. */
    static List<String> fill(ApiKeyManager keys, int count, int secretsKept) {
        List<String> secrets = new ArrayList<>();
        for (int done = 0; done < count; done += BATCH) {
            List<KeySpec> specs = new ArrayList<>();
            for (int i = done; i < Math.min(count, done + BATCH); i++) {
                specs.add(SPEC);
            }
            keys.createAll(specs).forEach(created -> {
                if (secrets.size() < secretsKept) {
                    secrets.add(created.secret().reveal());
                }
            });
        }
        return secrets;
    }
}
