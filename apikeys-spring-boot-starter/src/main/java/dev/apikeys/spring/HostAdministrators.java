package dev.apikeys.spring;

import dev.apikeys.Actor;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyId;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Makes administrators of callers that the service's own security let in, by their authorities: {@code apikeys:read}, {@code
 * apikeys:create} and so on. They may give what a role has, but no right that they lack. A caller with a key is an
 * administrator only where keys may be, and gives what the key has.
 */
final class HostAdministrators implements Administrators {
    private static final String PREFIX = "apikeys:";

    private final Set<String> canGive = new HashSet<>();
    private final boolean isOpenToKeys;
    private final SecurityContextHolderStrategy holder;

    HostAdministrators(Roles roles, boolean isOpenToKeys, SecurityContextHolderStrategy holder) {
        roles.asMap().values().forEach(canGive::addAll);
        this.isOpenToKeys = isOpenToKeys;
        this.holder = holder;
    }

    @Override
    public Admission admit(Request request) {
        Authentication caller = holder.getContext().getAuthentication();
        if (caller == null || !caller.isAuthenticated() || caller instanceof AnonymousAuthenticationToken) {
            return Refusal.UNAUTHENTICATED;
        }
        ApiKeyAuthentication key = caller instanceof ApiKeyAuthentication holder ? holder : null;
        Set<Right> rights = rights(caller);
        Actor actor = key == null
                ? person(caller.getName())
                : Actor.of(caller.getName()).via("api key");
        if (rights.isEmpty() || actor == null || (key != null && !isOpenToKeys)) {
            return Refusal.FORBIDDEN;
        }
        return new Administrator(
                actor, rights, within(rights, key == null ? canGive : key.key().granted()));
    }

    /** A key that administers must not get rights that the one who makes it lacks. */
    private static Set<String> within(Set<Right> rights, Set<String> permissions) {
        Set<String> within = new HashSet<>(permissions);
        for (Right right : Right.values()) {
            if (!rights.contains(right)) {
                within.remove(permission(right));
            }
        }
        return within;
    }

    private static String permission(Right right) {
        return PREFIX + right.name().toLowerCase(Locale.ROOT);
    }

    private static Set<Right> rights(Authentication caller) {
        Set<Right> rights = EnumSet.noneOf(Right.class);
        for (GrantedAuthority authority : caller.getAuthorities()) {
            for (Right right : Right.values()) {
                if (permission(right).equals(authority.getAuthority())) {
                    rights.add(right);
                }
            }
        }
        return rights;
    }

    /** Null if the journal could not tell this person from the library or from a key, or cannot hold the name. */
    private static @Nullable Actor person(String name) {
        if (Actor.SYSTEM.name().equals(name) || isKeyId(name)) {
            return null;
        }
        try {
            return Actor.of(name).via("login");
        } catch (InvalidArgumentException e) {
            return null;
        }
    }

    private static boolean isKeyId(String name) {
        try {
            KeyId.of(name);
            return true;
        } catch (InvalidArgumentException e) {
            return false;
        }
    }

    @Override
    public Set<String> keyPermissions() {
        return isOpenToKeys
                ? Stream.of(Right.values()).map(HostAdministrators::permission).collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    @Override
    public Optional<CsrfToken> csrfToken(Request request) {
        return request.attribute(org.springframework.security.web.csrf.CsrfToken.class.getName())
                        instanceof org.springframework.security.web.csrf.CsrfToken token
                ? Optional.of(new CsrfToken(token.getHeaderName(), token.getToken()))
                : Optional.empty();
    }
}
