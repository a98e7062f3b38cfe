package dev.apikeys.http.jdk;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.apikeys.ApiKey;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes handlers for the HTTP server of the JDK. Paths are checked whole, with the path of the context.
 *
 * <pre>{@code
 * HttpServer server = HttpServer.create(address, 0);
 * server.createContext("/api/v1/files", JdkHandlers.guarded(guard, (exchange, key) -> answer(exchange, key)));
 * server.createContext(admin.path(), JdkHandlers.of(admin));
 * }</pre>
 *
 * <p>Or let {@link JdkServer} make the server, with bounds. Thread-safe.
 *
 * @since 0.1
 */
public final class JdkHandlers {
    private JdkHandlers() {}

    /** A service behind a guard. Implementations are thread-safe. */
    @FunctionalInterface
    public interface Service {
        /**
         * Answers a request. The key is an argument, since attributes of an exchange are those of its context before Java 26,
         * where one request would see the key of another.
         *
         * @param exchange the exchange; closed afterwards
         * @param key the key; empty if nothing was presented and the guard is optional
         * @throws IOException if the exchange failed
         */
        void handle(HttpExchange exchange, Optional<ApiKey> key) throws IOException;
    }

    /**
     * Returns a handler of the server for a handler of this library.
     *
     * @param handler answers requests
     * @return a handler
     */
    public static HttpHandler of(Handler handler) {
        Objects.requireNonNull(handler, "handler");
        return exchange -> {
            try (exchange) {
                send(exchange, handler.handle(new JdkRequest(exchange)));
            }
        };
    }

    /**
     * Returns a service behind a guard.
     *
     * @param guard decides about each request
     * @param service answers those that may go on
     * @return a handler
     */
    public static HttpHandler guarded(ApiKeyGuard guard, Service service) {
        Objects.requireNonNull(guard, "guard");
        Objects.requireNonNull(service, "service");
        return exchange -> {
            try (exchange) {
                guard(exchange, guard, service);
            }
        };
    }

    /**
     * As {@link #guarded}, for a service that answers the preflight requests of browsers itself: they carry no key and go to
     * it without one.
     *
     * @param guard decides about each other request
     * @param service answers those that may go on
     * @return a handler
     */
    public static HttpHandler guardedButPreflights(ApiKeyGuard guard, Service service) {
        HttpHandler guarded = guarded(guard, service);
        return exchange -> {
            JdkRequest request = new JdkRequest(exchange);
            if (!ApiKeyGuard.isPreflight(request) || !request.isWithinContext()) {
                guarded.handle(exchange);
                return;
            }
            try (exchange) {
                service.handle(exchange, Optional.empty());
            }
        };
    }

    private static void guard(HttpExchange exchange, ApiKeyGuard guard, Service service) throws IOException {
        JdkRequest request = new JdkRequest(exchange);
        if (!request.isWithinContext()) {
            send(exchange, Response.refusal(400, "BAD_REQUEST", "The path only begins like one that is served"));
            return;
        }
        ApiKeyGuard.Outcome outcome = guard.check(request);
        if (outcome instanceof ApiKeyGuard.Passed passed) {
            service.handle(exchange, passed.key());
        } else if (outcome instanceof ApiKeyGuard.Refused refused) {
            send(exchange, refused.response());
        }
    }

    /**
     * Sends a response.
     *
     * @param exchange the exchange; not closed
     * @param response what to send
     * @throws IOException if it could not be sent
     */
    public static void send(HttpExchange exchange, Response response) throws IOException {
        response.headers().forEach(exchange.getResponseHeaders()::put);
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        byte[] body = isHead ? new byte[0] : response.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(response.status(), body.length > 0 ? body.length : -1);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) { // goes out before what is left of the request is read
                out.write(body);
            }
        }
    }
}
