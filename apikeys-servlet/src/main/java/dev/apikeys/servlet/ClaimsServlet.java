package dev.apikeys.servlet;

import dev.apikeys.http.Claims;

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
public final class ClaimsServlet extends HandlerServlet {
    private static final long serialVersionUID = 1L;

    /**
     * Creates a servlet.
     *
     * @param claims answers the requests
     */
    public ClaimsServlet(Claims claims) {
        super(claims, "claims");
    }
}
