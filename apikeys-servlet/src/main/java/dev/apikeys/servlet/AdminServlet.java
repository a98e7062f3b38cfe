package dev.apikeys.servlet;

import dev.apikeys.http.Admin;

/**
 * Serves the admin API and its page. Map it to {@link Admin#path()} and to everything below, which includes the page for
 * claims. Thread-safe.
 *
 * <pre>{@code
 * context.addServlet("api keys", new AdminServlet(admin)).addMapping(admin.path() + "/*");
 * }</pre>
 *
 * @since 0.1
 */
public final class AdminServlet extends HandlerServlet {
    private static final long serialVersionUID = 1L;

    /**
     * Creates a servlet.
     *
     * @param admin answers the requests
     */
    public AdminServlet(Admin admin) {
        super(admin, "admin");
    }
}
