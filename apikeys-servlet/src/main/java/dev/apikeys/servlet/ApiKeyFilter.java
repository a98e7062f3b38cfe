package dev.apikeys.servlet;

import dev.apikeys.ApiKey;
import dev.apikeys.http.ApiKeyGuard;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Lets requests through whose API key may do what the route needs. Put it after a filter that changes the method of requests,
 * and before the servlets, with support for async where they have it. Preflight requests pass, also those of a stranger: they
 * carry no key, so a servlet that handles OPTIONS itself must treat them as anonymous. Async and error dispatches are not
 * checked again; forwards and includes are the host's own. Thread-safe.
 *
 * <pre>{@code
 * context.addFilter("api keys", new ApiKeyFilter(guard))
 *         .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
 * ApiKey key = ApiKeyFilter.key(request).orElseThrow(); // in a servlet behind it
 * }</pre>
 *
 * @since 0.1
 */
public final class ApiKeyFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final String KEY = ApiKeyFilter.class.getName() + ".key";

    private final transient ApiKeyGuard guard;

    /**
     * Creates a filter.
     *
     * @param guard decides about each request
     */
    public ApiKeyFilter(ApiKeyGuard guard) {
        this.guard = Objects.requireNonNull(guard, "guard");
    }

    /**
     * Returns the key of a request that came through a filter of this type.
     *
     * @param request the request
     * @return the key; empty if nothing was presented and the guard is optional, or there is no such filter
     */
    public static Optional<ApiKey> key(HttpServletRequest request) {
        return Optional.ofNullable((ApiKey) request.getAttribute(KEY));
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ServletExchange exchange = new ServletExchange(request);
        if (request.getDispatcherType() != DispatcherType.REQUEST || ApiKeyGuard.isPreflight(exchange)) {
            chain.doFilter(request, response);
            return;
        }
        ApiKeyGuard.Outcome outcome = guard.check(exchange);
        if (outcome instanceof ApiKeyGuard.Passed passed) {
            request.setAttribute(KEY, passed.key().orElse(null));
            chain.doFilter(request, response);
        } else if (outcome instanceof ApiKeyGuard.Refused refused) {
            ServletExchange.send(request, response, refused.response());
        }
    }
}
