package dev.apikeys.servlet;

import dev.apikeys.http.Claims;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;

/**
 * Hands secrets over to the holders of tickets, apart from the admin API, where people without an account reach it. Map it to
 * {@link Claims#path()} and to everything below. Thread-safe.
 *
 * <pre>{@code
 * context.addServlet("claims", new ClaimsServlet(claims)).addMapping(claims.path() + "/*");
 * }</pre>
 *
 * @since 0.1
 */
public final class ClaimsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Claims claims;

    /**
     * Creates a servlet.
     *
     * @param claims answers the requests
     */
    public ClaimsServlet(Claims claims) {
        this.claims = Objects.requireNonNull(claims, "claims");
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange.answer(claims, request, response);
    }
}
