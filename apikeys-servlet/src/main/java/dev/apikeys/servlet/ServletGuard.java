package dev.apikeys.servlet;

import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Response;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks a guard about a request of a servlet container, and answers what it refuses: for a filter of another framework's.
 * {@link ApiKeyFilter} is such a filter without a framework. Thread-safe.
 *
 * <pre>{@code
 * Optional<ApiKeyGuard.Passed> passed = new ServletGuard(guard).check(request, response);
 * if (passed.isPresent()) {
 *     chain.doFilter(request, response); // otherwise it is answered
 * }
 * }</pre>
 *
 * @since 0.1
 */
public final class ServletGuard {
    private final ApiKeyGuard guard;

    /**
     * Creates an adapter.
     *
     * @param guard decides about each request
     */
    public ServletGuard(ApiKeyGuard guard) {
        this.guard = Objects.requireNonNull(guard, "guard");
    }

    /**
     * Checks a request, and answers it if it is refused.
     *
     * @param request the request; its body is not touched
     * @param response gets the refusal, and nothing if the request may go on
     * @return what passed; empty if the request is answered
     * @throws IOException if the refusal cannot be written
     */
    public Optional<ApiKeyGuard.Passed> check(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ApiKeyGuard.Outcome outcome = guard.check(new ServletExchange(request));
        if (outcome instanceof ApiKeyGuard.Refused refused) {
            send(request, response, refused.response());
            return Optional.empty();
        }
        return Optional.of((ApiKeyGuard.Passed) outcome);
    }

    /**
     * Writes an answer, its body included, without the container's error page.
     *
     * @param request the request
     * @param response gets the answer
     * @param answer what to write
     * @throws IOException if it cannot be written
     */
    public static void send(HttpServletRequest request, HttpServletResponse response, Response answer)
            throws IOException {
        ServletExchange.send(request, response, answer);
    }
}
