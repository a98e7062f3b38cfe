package dev.apikeys.http;

import dev.apikeys.ApiKeyManager;
import java.util.Optional;
import java.util.Set;

/**
 * Decides who may use the admin API. Without one, {@link Admin} serves nothing. Implementations are thread-safe.
 *
 * <pre>{@code
 * Administrators byKey = Administrators.byApiKey(keys);
 * Administrators byHost = request -> request.attribute("user") instanceof User user && user.isOperator()
 *         ? new Administrator(Actor.of(user.name()), Set.of(Right.READ), Set.of())
 *         : Administrators.Refusal.UNAUTHENTICATED;
 * }</pre>
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Administrators {

    /** What a request gets: an {@link Administrator} or a {@link Refusal}. */
    sealed interface Admission permits Administrator, Refusal {}

    /** Why a request gets nothing. */
    enum Refusal implements Admission {
        /** Nobody is logged in: 401. */
        UNAUTHENTICATED,
        /** Whoever is logged in is no administrator: 403. */
        FORBIDDEN,
        /** It cannot be decided now: 503, and the caller tries again. */
        UNAVAILABLE
    }

    /**
     * A token of the host's against forged requests, which the page sends back with each change.
     *
     * @param header the name of the header
     * @param token its value
     */
    record CsrfToken(String header, String token) {
        /** Never the token. */
        @Override
        public String toString() {
            return "CsrfToken[" + header + "]";
        }
    }

    /**
     * Decides about a request.
     *
     * @param request the request; its body must not be read
     * @return an administrator or a refusal
     */
    Admission admit(Request request);

    /**
     * Returns the token that the host wants to see with each change.
     *
     * @param request the request
     * @return the token; empty unless the host has one
     */
    default Optional<CsrfToken> csrfToken(Request request) {
        return Optional.empty();
    }

    /**
     * Returns the permissions with which a key makes an administrator. A bulk revocation leaves such keys out unless it is
     * asked to include them.
     *
     * @return the permissions; none where keys make no administrators
     */
    default Set<String> keyPermissions() {
        return Set.of();
    }

    /**
     * Returns administrators by API key: who holds a key that grants {@code admin}.
     *
     * @param keys decides about keys; stays the caller's
     * @return administrators that log in with a key
     */
    static KeyAdministrators byApiKey(ApiKeyManager keys) {
        return byApiKey(keys, "admin");
    }

    /**
     * Returns administrators by API key: who holds a key that grants a permission.
     *
     * @param keys decides about keys; stays the caller's
     * @param permission the permission that makes an administrator
     * @return administrators that log in with a key
     * @throws IllegalArgumentException if the permission is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     */
    static KeyAdministrators byApiKey(ApiKeyManager keys, String permission) {
        return new KeyAdministrators(keys, permission);
    }
}
