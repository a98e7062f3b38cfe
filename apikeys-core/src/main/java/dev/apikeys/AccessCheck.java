package dev.apikeys;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Rejected;
import java.util.Objects;
import java.util.Set;
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
     * @return the denial, or null if it is allowed
     */
    @Nullable Rejected denial(@Nullable Operation operation, ApiKey key, Access access) {
        Set<String> missing = access.missing(key.granted());
        if (!missing.isEmpty()) {
            return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, missing);
        }
        for (Access.Resource resource : access.resources) {
            if (authorizer == null) {
                log.noAuthorizer();
                return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, Set.of());
            }
            try {
                if (!authorizer.allows(Objects.requireNonNull(operation), key.granted(), resource)) {
                    return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, Set.of());
                }
            } catch (RuntimeException e) {
                log.authorizerFailed(key.id(), e);
                return new Rejected(Code.AUTHORIZER_FAILED, key.id(), key, Set.of(), e);
            }
        }
        return null;
    }
}
