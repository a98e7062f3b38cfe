package dev.apikeys.spring;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/**
 * Asks the manager what a caller with a key may do, so that a refusal is counted and told like any other. The bean
 * {@code apiKeys} is for expressions; {@link #resources()} lets the service's authorizer decide by path and method. Who has no
 * key may nothing. Thread-safe.
 *
 * <pre>{@code
 * @PreAuthorize("@apiKeys.allows(authentication, 'upload')")
 * }</pre>
 *
 * @since 0.1
 */
public final class KeyPermissions {
    private final ApiKeyManager keys;

    /**
     * Creates one.
     *
     * @param keys decides; stays the caller's
     */
    public KeyPermissions(ApiKeyManager keys) {
        this.keys = Objects.requireNonNull(keys, "keys");
    }

    /**
     * Tells whether a caller's key grants a permission now. What denies for another reason is thrown, so that a chain with
     * {@link ApiKeysConfigurer} answers as the guard does: 503 where the store or the authorizer fails.
     *
     * @param caller the caller
     * @param permission the permission
     * @return true if the caller has a key that grants it
     * @throws dev.apikeys.InvalidArgumentException if the permission is outside the grammar
     * @throws org.springframework.security.access.AccessDeniedException if it cannot be decided now, or the key is valid no
     *     longer
     */
    public boolean allows(@Nullable Authentication caller, String permission) {
        return allows(caller, Access.permission(permission));
    }

    private boolean allows(@Nullable Authentication caller, Access access) {
        if (!(caller instanceof ApiKeyAuthentication key)) {
            return false;
        }
        Verification answer =
                keys.authorize(key.proof(), VerificationRequest.forProof().access(access));
        return switch (answer.publicCode()) {
            case VALID -> true;
            case INSUFFICIENT_PERMISSIONS -> false;
            default -> throw new KeyRefusedException(answer);
        };
    }

    /**
     * Returns a manager for {@code access(…)} that lets the service's authorizer decide by the path below the context and the
     * method, {@code GET} also for {@code HEAD}. It throws as {@link #allows(Authentication, String)} does.
     *
     * @return the manager
     */
    public AuthorizationManager<RequestAuthorizationContext> resources() {
        return new Resources(this);
    }

    /** Has the method of Spring Security 6 and that of 7, which each lack the other. */
    private record Resources(KeyPermissions permissions) implements AuthorizationManager<RequestAuthorizationContext> {

        @Override
        @Deprecated
        public AuthorizationDecision check(Supplier<Authentication> caller, RequestAuthorizationContext context) {
            return decision(caller, context);
        }

        @Override
        public AuthorizationResult authorize(Supplier<Authentication> caller, RequestAuthorizationContext context) {
            return decision(caller, context);
        }

        private AuthorizationDecision decision(Supplier<Authentication> caller, RequestAuthorizationContext context) {
            String path = context.getRequest().getServletPath()
                    + Objects.requireNonNullElse(context.getRequest().getPathInfo(), "");
            String method = context.getRequest().getMethod();
            return new AuthorizationDecision(allows(caller.get(), path, method.equals("HEAD") ? "GET" : method));
        }

        private boolean allows(@Nullable Authentication caller, String path, String method) {
            try {
                return permissions.allows(caller, Access.resource(path, method));
            } catch (InvalidArgumentException ambiguous) { // for strangers alone: the filter answers others with 400
                return false;
            }
        }
    }
}
