package dev.apikeys.spring;

import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.servlet.ApiKeyFilter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Stands before all paths, and lets the guard decide about those that may need a key. */
final class GuardedPathsFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;

    private final transient GuardedPaths paths;
    private final transient ApiKeyFilter guarding;

    GuardedPathsFilter(GuardedPaths paths, ApiKeyGuard guard) {
        this.paths = paths;
        this.guarding = new ApiKeyFilter(guard);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (paths.mayInclude(request)) {
            guarding.doFilter(request, response, chain);
        } else {
            chain.doFilter(request, response);
        }
    }
}
