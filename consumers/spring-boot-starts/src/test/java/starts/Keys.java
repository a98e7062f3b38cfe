package starts;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.Pepper;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Another node on the database of a service, which makes its keys. */
final class Keys implements AutoCloseable {
    static final String PEPPER = "cGVwcGVyIG9mIHRoaXMgc2VydmljZSwgMzIgYnl0ZXMgb3I=";

    private final ApiKeyManager keys;
    private final ApiKeyManager yesterday;
    private final List<String> secrets = new ArrayList<>();

    Keys(Database database) {
        keys = builder(database).build();
        yesterday = builder(database)
                .clock(() -> Instant.now().minus(Duration.ofDays(1)))
                .build();
    }

    private static ApiKeys.Builder builder(Database database) {
        return ApiKeys.builder(JdbcApiKeyStore.builder(database.source()).build())
                .format(KeyFormat.prefix("acme"))
                .pepper(Pepper.of("2026", Base64.getDecoder().decode(PEPPER)))
                .maintainedByHost();
    }

    ApiKeyManager manager() {
        return keys;
    }

    /** A key that is good, by its secret. */
    String good(String role) {
        return secret(make(role));
    }

    CreatedKey make(String role) {
        return keys.create(KeySpec.builder("ci").role(role).build());
    }

    String secret(CreatedKey created) {
        String secret = created.secret().reveal();
        secrets.add(secret);
        return secret;
    }

    String revoked() {
        CreatedKey created = make("read_only");
        keys.revoke(created.id(), "lost");
        return secret(created);
    }

    String disabled() {
        CreatedKey created = make("read_only");
        keys.disable(created.id());
        return secret(created);
    }

    String deleted() {
        CreatedKey created = make("read_only");
        keys.delete(created.id());
        return secret(created);
    }

    String expired() {
        return secret(yesterday.create(KeySpec.builder("ci")
                .role("read_only")
                .expiresIn(Duration.ofHours(1))
                .build()));
    }

    long uses(KeyId id) {
        return keys.find(id).orElseThrow().usageCount();
    }

    /** All that may stand in no log. */
    List<String> secrets() {
        return List.copyOf(secrets);
    }

    @Override
    public void close() {
        keys.close();
        yesterday.close();
    }
}
