package dev.apikeys.spring;

import dev.apikeys.Actor;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.Roles;
import dev.apikeys.http.Administrator;
import dev.apikeys.http.Administrator.Right;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.Request;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * Makes administrators of those whom the service's own security let in, by their authorities: {@code apikeys:read}, {@code
 * apikeys:create} and so on. They may give whatever a role has; a caller with a key only what the key has, and only where keys
 * may administer at all.
 */
final class HostAdministrators implements Administrators {
    private static final String PREFIX = "apikeys:";

    private final Set<String> canGive = new HashSet<>();
    private final boolean isOpenToKeys;

    HostAdministrators(Roles roles, boolean isOpenToKeys) {
        roles.asMap().values().forEach(canGive::addAll);
        this.isOpenToKeys = isOpenToKeys;
    }

    @Override
    public Admission admit(Request request) {
        Authentication caller = SecurityContextHolder.getContext().getAuthentication();
        if (caller == null || !caller.isAuthenticated() || caller instanceof AnonymousAuthenticationToken) {
            return Refusal.UNAUTHENTICATED;
        }
        ApiKeyAuthentication key = caller instanceof ApiKeyAuthentication holder ? holder : null;
        Set<Right> rights = rights(caller);
        Actor actor = actor(caller);
        if (rights.isEmpty() || actor == null || (key != null && !isOpenToKeys)) {
            return Refusal.FORBIDDEN;
        }
        return new Administrator(
                actor, rights, key == null ? canGive : key.key().granted());
    }

    private static Set<Right> rights(Authentication caller) {
        Set<Right> rights = EnumSet.noneOf(Right.class);
        for (GrantedAuthority authority : caller.getAuthorities()) {
            for (Right right : Right.values()) {
                if ((PREFIX + right.name().toLowerCase(Locale.ROOT)).equals(authority.getAuthority())) {
                    rights.add(right);
                }
            }
        }
        return rights;
    }

    /** Null if the name cannot stand in the journal: nothing is changed by nobody. */
    private static @Nullable Actor actor(Authentication caller) {
        try {
            return Actor.of(caller.getName());
        } catch (InvalidArgumentException e) {
            return null;
        }
    }

    @Override
    public Optional<CsrfToken> csrfToken(Request request) {
        return request.attribute(org.springframework.security.web.csrf.CsrfToken.class.getName())
                        instanceof org.springframework.security.web.csrf.CsrfToken token
                ? Optional.of(new CsrfToken(token.getHeaderName(), token.getToken()))
                : Optional.empty();
    }
}
