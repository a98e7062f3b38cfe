package consumer;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.time.Duration;

/** What a stranger's first program does: create a key, hand it over, verify it, revoke it. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        try (ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
                .handOff(new InMemoryTempKeyStore())
                .build()) {
            CreatedKey created = keys.create(KeySpec.builder("stranger")
                    .role("read_upload")
                    .handOff(Duration.ofMinutes(1))
                    .build());
            String secret = created.secret().reveal();
            String ticket = created.handOff().orElseThrow().ticket().reveal();

            expect(keys.vault().claim(ticket).claimedSecret().orElseThrow().matches(secret), "the claim gives the secret");
            expect(keys.vault().claim(ticket).claimedSecret().isEmpty(), "nobody claims twice");
            expect(code(keys, secret, "upload") == Verification.Code.VALID, "the key may upload");
            expect(code(keys, secret, "admin") == Verification.Code.INSUFFICIENT_PERMISSIONS, "and no more");
            keys.revoke(created.id(), "left");
            expect(code(keys, secret, "upload") == Verification.Code.REVOKED, "a revoked key is refused");
        }
        System.out.println("lived through a key's life in " + ApiKeys.class.getModule());
    }

    private static Verification.Code code(ApiKeyManager keys, String secret, String permission) {
        return keys.verify(secret, Access.permission(permission)).code();
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }
}
