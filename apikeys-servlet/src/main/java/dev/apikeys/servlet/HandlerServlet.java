package dev.apikeys.servlet;

import dev.apikeys.http.Handler;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;

/** Serves a handler. */
abstract class HandlerServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Handler handler;

    HandlerServlet(Handler handler, String name) {
        this.handler = Objects.requireNonNull(handler, name);
    }

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange.send(request, response, handler.handle(new ServletExchange(request)));
    }
}
