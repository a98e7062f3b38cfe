package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.http.Response;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;

/** What a question within a request is answered with, if more changed than a permission. */
class KeyPermissionsTest {
    private final AtomicBoolean isDown = new AtomicBoolean();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final ApiKeyStore store = StoppableStore.of(ApiKeyStore.class, new InMemoryApiKeyStore(), isDown);
    private final ApiKeyManager keys =
            ApiKeys.builder(store).clock(now::get).maintainedByHost().build();
    private final KeyPermissions permissions = new KeyPermissions(keys);
    private final CreatedKey key = keys.create(KeySpec.builder("ci")
            .permissions(Set.of("read"))
            .expiresIn(Duration.ofHours(2))
            .build());
    private final ApiKeyAuthentication caller = new ApiKeyAuthentication(
            (Verification.Verified) keys.verify(key.secret().reveal()));

    @AfterEach
    void close() {
        isDown.set(false);
        keys.close();
    }

    @Test
    void aPermissionIsGrantedOrNot() {
        assertThat(permissions.allows(caller, "read")).isTrue();
        assertThat(permissions.allows(caller, "upload")).isFalse();
        assertThat(permissions.allows(null, "read")).isFalse();
        assertThat(permissions.allows(new UsernamePasswordAuthenticationToken("olga", null, List.of()), "read"))
                .isFalse();
    }

    @Test
    void anOutageIs503() {
        try (ApiKeyManager cold = ApiKeys.builder(store).maintainedByHost().build()) {
            isDown.set(true);
            Response response = refused(new KeyPermissions(cold));
            isAnswer(response, 503, "UNAVAILABLE", null);
            assertThat(response.headers()).containsEntry("Retry-After", List.of("1"));
            isDown.set(false);
        }
    }

    @Test
    void aKeyThatEndedHasItsCode() {
        keys.disable(key.id());
        isAnswered(403, "DISABLED", "insufficient_scope");
        keys.enable(key.id());
        now.updateAndGet(time -> time.plus(Duration.ofHours(3)));
        isAnswered(401, "EXPIRED", "invalid_token");
        keys.revoke(key.id(), "lost");
        isAnswered(401, "REVOKED", "invalid_token");
        keys.delete(key.id());
        isAnswered(401, "UNAUTHENTICATED", "invalid_token");
    }

    /** For a service that handles it itself. */
    @Test
    void theExceptionIsThatOfADenialAndSaysNoId() {
        keys.revoke(key.id(), "lost");
        assertThatThrownBy(() -> permissions.allows(caller, "read"))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage("The API key is refused: REVOKED");
    }

    private void isAnswered(int status, String code, String error) {
        isAnswer(refused(permissions), status, code, error);
    }

    private static void isAnswer(Response response, int status, String code, String error) {
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).contains("\"" + code + "\"");
        List<String> challenge = error == null ? null : List.of("Bearer realm=\"r\", error=\"" + error + "\"");
        assertThat(response.headers().get("WWW-Authenticate")).isEqualTo(challenge);
    }

    private Response refused(KeyPermissions asked) {
        return catchThrowableOfType(KeyRefusedException.class, () -> asked.allows(caller, "read"))
                .response("r");
    }
}
