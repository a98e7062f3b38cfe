package dev.apikeys.benchmarks;

import java.lang.reflect.Field;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.springframework.security.authentication.ott.DefaultOneTimeToken;
import org.springframework.security.authentication.ott.InMemoryOneTimeTokenService;
import org.springframework.security.authentication.ott.OneTimeToken;

/** Fills Spring's service past its public way, on which a million tokens would take hours of sweeps. */
final class SpringTokens {
    private SpringTokens() {}

    @SuppressWarnings("unchecked")
    static void fill(InMemoryOneTimeTokenService service, int count, Duration within)
            throws ReflectiveOperationException {
        Field field = InMemoryOneTimeTokenService.class.getDeclaredField("oneTimeTokenByToken");
        field.setAccessible(true);
        Map<String, OneTimeToken> tokens = (Map<String, OneTimeToken>) field.get(service);
        Instant deadline = Instant.now().plus(within);
        for (int i = 0; i < count; i++) {
            String token = UUID.randomUUID().toString();
            tokens.put(token, new DefaultOneTimeToken(token, "key", deadline));
        }
    }
}
