package consumer;

import com.fasterxml.jackson.core.json.PackageVersion;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.http.Claims;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.jdk.JdkServer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** What a stranger's first program does: create a key, hand it over, verify it, revoke it. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
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
        claimsByHttp();
        System.out.println("lived through a key's life in " + ApiKeys.class.getModule());
    }

    /** JSON is read and written, in rows and in bodies, by the Jackson that is on the class path. */
    private static void claimsByHttp() throws Exception {
        expect(System.getProperty("expected.jackson").equals(PackageVersion.VERSION.toString()), "this Jackson is used");
        try (ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
                        .handOff(new InMemoryTempKeyStore())
                        .build();
                JdkServer server = JdkServer.builder()
                        .handle("/claim", Claims.at("/claim", keys, FailureLimit.standard()))
                        .start()) {
            CreatedKey created = keys.create(KeySpec.builder("stranger")
                    .permissions(Set.of("read", "upload"))
                    .metadata(Map.of("of", "\"\u00e9\" and \uD83D\uDD11"))
                    .handOff(Duration.ofMinutes(1))
                    .build());
            String ticket = created.handOff().orElseThrow().ticket().reveal();
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + server.address().getPort() + "/claim/"))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"ticket\":\"" + ticket + "\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            expect(answer.statusCode() == 200, "the claim is answered");
            expect(answer.body().contains(created.secret().reveal()), "the claim gives the secret");
            ApiKey read = keys.find(created.id()).orElseThrow();
            expect(read.metadata().equals(created.key().metadata()), "metadata are read as they were written");
            expect(read.granted().equals(Set.of("read", "upload")), "permissions are read as they were written");
        }
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
