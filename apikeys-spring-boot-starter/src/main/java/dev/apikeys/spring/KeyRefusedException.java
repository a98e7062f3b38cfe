package dev.apikeys.spring;

import dev.apikeys.Verification;
import dev.apikeys.http.Response;
import java.time.Duration;
import org.springframework.security.access.AccessDeniedException;

/**
 * The manager, asked again within a request, said something else than that the key lacks a permission: it cannot decide now, or
 * the key ended meanwhile. Answered as the guard answers it, since clients throw keys away at 401 and 403 and not at 503.
 */
final class KeyRefusedException extends AccessDeniedException {
    private static final long serialVersionUID = 1L;

    private final transient Verification answer;

    KeyRefusedException(Verification answer) {
        super("The API key is refused: " + answer.publicCode());
        this.answer = answer;
    }

    Response response(String realm) {
        return switch (answer.publicCode()) {
            case INSUFFICIENT_PERMISSIONS -> insufficient(realm);
            case UNAVAILABLE ->
                refusal("This cannot be decided now; try again")
                        .with("Retry-After", Long.toString(retryAfter().toSeconds()));
            case DISABLED -> challenged(refusal("The API key is disabled"), realm, "insufficient_scope");
            case REVOKED -> challenged(refusal("The API key was revoked"), realm, "invalid_token");
            case EXPIRED -> challenged(refusal("The API key has expired"), realm, "invalid_token");
            case UNAUTHENTICATED -> challenged(refusal("The API key is not valid"), realm, "invalid_token");
            default -> challenged(refusal("The API key cannot be used"), realm, "insufficient_scope");
        };
    }

    static Response insufficient(String realm) {
        return challenged(
                Response.refusal(403, "INSUFFICIENT_PERMISSIONS", "The API key may not do this"),
                realm,
                "insufficient_scope");
    }

    private Response refusal(String message) {
        return Response.refusal(answer.httpStatus(), answer.publicCode().name(), message);
    }

    private Duration retryAfter() {
        return answer.retryAfter().orElse(Duration.ofSeconds(1));
    }

    private static Response challenged(Response response, String realm, String error) {
        return response.with("WWW-Authenticate", "Bearer realm=\"" + realm + "\", error=\"" + error + "\"");
    }
}
