package dev.apikeys.servlet;

import dev.apikeys.http.Admin;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;

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
public final class AdminServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Admin admin;

    /**
     * Creates a servlet.
     *
     * @param admin answers the requests
     */
    public AdminServlet(Admin admin) {
        this.admin = Objects.requireNonNull(admin, "admin");
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange.answer(admin, request, response);
    }
}
