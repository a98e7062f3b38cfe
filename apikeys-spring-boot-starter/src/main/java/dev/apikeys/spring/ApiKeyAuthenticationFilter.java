package dev.apikeys.spring;

import dev.apikeys.Verification;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.servlet.ServletGuard;
import jakarta.servlet.DispatcherType;
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
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Proves the key of a request that presents one. A wrong one is refused here and with our codes: the handlers of the chain
 * would make 401 of an outage, at which clients throw good keys away. Without one the request goes on. No bean, since Boot
 * would run it a second time, on all paths.
 */
final class ApiKeyAuthenticationFilter extends OncePerRequestFilter {
    private static final String FILTERED = ApiKeyAuthenticationFilter.class.getName() + ".FILTERED";
    private static final String PASSED = ApiKeyAuthenticationFilter.class.getName() + ".PASSED";
    private static final int KEPT = 1 << 8;

    private final PresentedKey presented;
    private final ServletGuard guard;
    private final SecurityContextRepository contexts;
    private final SecurityContextHolderStrategy holder;

    /** Made once for each version of a key, not for each request; a place holds the last of the keys that share it. */
    private final AtomicReferenceArray<@Nullable ApiKeyAuthentication> kept = new AtomicReferenceArray<>(KEPT);

    ApiKeyAuthenticationFilter(
            PresentedKey presented,
            ServletGuard guard,
            SecurityContextRepository contexts,
            SecurityContextHolderStrategy holder) {
        this.presented = presented;
        this.guard = guard;
        this.contexts = contexts;
        this.holder = holder;
    }

    /** Returns whether a request came through a filter of this type with a good key. */
    static boolean hasPassed(HttpServletRequest request) {
        return request.getAttribute(PASSED) != null;
    }

    /** The same name as without this, which would join it anew for each request. */
    @Override
    protected String getAlreadyFilteredAttributeName() {
        return FILTERED;
    }

    /** Else the repository of the chain would load the person of a session instead. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected boolean shouldNotFilterErrorDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        DispatcherType type = request.getDispatcherType();
        if (type == DispatcherType.ASYNC || type == DispatcherType.ERROR) {
            filterAgain(request, response, chain);
            return;
        }
        HttpServletRequest read = new CredentialsReadOnce(request);
        if (!presented.matches(read)) {
            chain.doFilter(request, response);
            return;
        }
        Optional<ApiKeyGuard.Passed> passed = guard.check(read, response);
        if (passed.isPresent()) {
            passed.get().verified().ifPresent(verified -> authenticate(verified, request, response));
            chain.doFilter(new WithoutCredentials(request, presented), response);
        }
    }

    /** The key was checked when the request came. */
    private void filterAgain(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getAttribute(PASSED) instanceof ApiKeyAuthentication caller) {
            replaceContext(caller);
            chain.doFilter(new WithoutCredentials(request, presented), response);
        } else {
            chain.doFilter(request, response);
        }
    }

    /**
     * Another filter for bearer tokens would take the key for one of its own, and refuse it; what records headers, such as
     * Actuator's HTTP exchanges, would show it.
     */
    private static final class WithoutCredentials extends HttpServletRequestWrapper {
        private final PresentedKey presented;

        WithoutCredentials(HttpServletRequest request, PresentedKey presented) {
            super(request);
            this.presented = presented;
        }

        private boolean isHidden(String name) {
            return presented.isCredential(name);
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
            names.removeIf(this::isHidden);
            return Collections.enumeration(names);
        }
    }

    /** Keeps the caller for async and error dispatches, also for chains without a filter of this type. */
    private void authenticate(
            Verification.Verified verified, HttpServletRequest request, HttpServletResponse response) {
        ApiKeyAuthentication caller = authentication(verified);
        request.setAttribute(PASSED, caller);
        contexts.saveContext(replaceContext(caller), request, response);
    }

    /** The whole one, so that no session counts beside a key. */
    private SecurityContext replaceContext(ApiKeyAuthentication caller) {
        SecurityContext context = holder.createEmptyContext();
        context.setAuthentication(caller);
        holder.setContext(context);
        return context;
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
