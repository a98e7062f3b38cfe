package dev.apikeys;

import dev.apikeys.Verification.Code;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Authorizes a call of a valid key: by its permissions, then by the authorizer. */
final class AccessCheck {
    private final @Nullable GatedAuthorizer authorizer;
    private final VerifierLog log;

    AccessCheck(@Nullable GatedAuthorizer authorizer, VerifierLog log) {
        this.authorizer = authorizer;
        this.log = log;
    }

    /**
     * Checks an access.
     *
     * @param operation not null if a resource is asked for
     * @return the code of the denial, or null if it is allowed
     */
    @Nullable Code denial(@Nullable Operation operation, ApiKey key, Access access) {
        if (!access.missing(key.granted()).isEmpty()) {
            return Code.INSUFFICIENT_PERMISSIONS;
        }
        for (Access.Resource resource : access.resources) {
            if (authorizer == null) {
                log.noAuthorizer();
                return Code.INSUFFICIENT_PERMISSIONS;
            }
            try {
                if (!authorizer.allows(Objects.requireNonNull(operation), key.granted(), resource)) {
                    return Code.INSUFFICIENT_PERMISSIONS;
                }
            } catch (RuntimeException e) {
                log.authorizerFailed(key.id(), e);
                return Code.AUTHORIZER_FAILED;
            }
        }
        return null;
    }
}
