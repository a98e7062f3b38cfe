package dev.apikeys.examples;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.time.Duration;

/** The Java code of the README: a key is created, handed over, verified and revoked. Not thread-safe. */
public final class QuickStart {
    private QuickStart() {}

    /**
     * Prints the codes named in the README's comments.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        // snippet: README.md
        ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
                .handOff(new InMemoryTempKeyStore())
                .build();
        CreatedKey created = keys.create(KeySpec.builder("ci deploy")
                .role("read_upload")
                .expiresIn(Duration.ofDays(90))
                .handOff(Duration.ofMinutes(10))
                .build());
        String ticket = created.handOff().orElseThrow().ticket().reveal(); // give it to the key's holder
        String secret = keys.vault().claim(ticket).claimedSecret().orElseThrow().reveal(); // the holder opens it, once
        System.out.println(keys.verify(secret, Access.permission("upload")).code()); // VALID
        System.out.println(keys.verify(secret, Access.permission("admin")).code()); // INSUFFICIENT_PERMISSIONS
        keys.revoke(created.id(), "laptop lost");
        System.out.println(keys.verify(secret).code()); // REVOKED
        keys.close(); // writes usage
        // end of snippet
    }
}
