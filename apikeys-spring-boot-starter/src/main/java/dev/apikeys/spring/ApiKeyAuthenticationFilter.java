package dev.apikeys.spring;

import dev.apikeys.Verification;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.servlet.ServletGuard;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Proves the key of a request that presents one. A wrong one is refused here and with our codes: the handlers of the chain
 * would make 401 of an outage, at which clients throw good keys away. Without one the request goes on. No bean, since Boot
 * would run it a second time, on all paths.
 */
final class ApiKeyAuthenticationFilter extends OncePerRequestFilter {
    private static final String FILTERED = ApiKeyAuthenticationFilter.class.getName() + ".FILTERED";
    private static final int KEPT = 1 << 8;

    private final PresentedKey presented;
    private final ServletGuard guard;
    private final SecurityContextRepository contexts;

    /** Made once for each version of a key, not for each request; a place holds the last of the keys that share it. */
    private final AtomicReferenceArray<@Nullable ApiKeyAuthentication> kept = new AtomicReferenceArray<>(KEPT);

    ApiKeyAuthenticationFilter(PresentedKey presented, ServletGuard guard, SecurityContextRepository contexts) {
        this.presented = presented;
        this.guard = guard;
        this.contexts = contexts;
    }

    /** The same name as without this, which would join it anew for each request. */
    @Override
    protected String getAlreadyFilteredAttributeName() {
        return FILTERED;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        HttpServletRequest read = new CredentialsReadOnce(request);
        if (!presented.matches(read)) {
            chain.doFilter(request, response);
            return;
        }
        Optional<ApiKeyGuard.Passed> passed = guard.check(read, response);
        if (passed.isPresent()) {
            passed.get().verified().ifPresent(verified -> authenticate(verified, request, response));
            chain.doFilter(new WithoutCredentials(request), response);
        }
    }

    /** Another filter for bearer tokens would take the key for one of its own, and refuse it. */
    private static final class WithoutCredentials extends HttpServletRequestWrapper {

        WithoutCredentials(HttpServletRequest request) {
            super(request);
        }

        private static boolean isHidden(String name) {
            return name.equalsIgnoreCase(CredentialsReadOnce.AUTHORIZATION);
        }

        @Override
        public @Nullable String getHeader(String name) {
            return isHidden(name) ? null : super.getHeader(name);
        }

        @Override
        public Enumeration<String> getHeaders(String name) {
            return isHidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
        }

        @Override
        public Enumeration<String> getHeaderNames() {
            List<String> names = Collections.list(super.getHeaderNames());
            names.removeIf(WithoutCredentials::isHidden);
            return Collections.enumeration(names);
        }
    }

    /** Replaces the whole context, so that no session counts beside a key, and keeps it for async dispatches. */
    private void authenticate(
            Verification.Verified verified, HttpServletRequest request, HttpServletResponse response) {
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(authentication(verified));
        SecurityContextHolder.setContext(context);
        contexts.saveContext(context, request, response);
    }

    @SuppressWarnings("ReferenceEquality") // Verifications from one cached record have the very same key.
    private ApiKeyAuthentication authentication(Verification.Verified verified) {
        int place = verified.key().id().hashCode() & (KEPT - 1);
        ApiKeyAuthentication last = kept.get(place);
        if (last != null && last.key() == verified.key()) {
            return last;
        }
        ApiKeyAuthentication made = new ApiKeyAuthentication(verified);
        kept.set(place, made);
        return made;
    }
}
