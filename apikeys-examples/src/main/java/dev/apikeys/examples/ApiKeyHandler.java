package dev.apikeys.examples;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.Verification;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request through to a service if its key may do what the request needs. Thread-safe.
 *
 * @param keys decides
 * @param need what a request needs; throws IllegalArgumentException for a path that could mean another one
 * @param service what the key opens
 */
record ApiKeyHandler(ApiKeyManager keys, Function<HttpExchange, Access> need, Service service) implements HttpHandler {

    /**
     * Is given the key as an argument. Before Java 26 an attribute of an exchange is one of its context, so that requests
     * under way at once would see each other's key.
     */
    interface Service {
        void handle(HttpExchange exchange, ApiKey key) throws IOException;
    }

    // snippet: docs/http.md, filter
    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Access access;
            try {
                access = need.apply(exchange);
            } catch (IllegalArgumentException e) { // the path could mean another one
                send(exchange, 400, "BAD_REQUEST");
                return;
            }
            Verification answer = keys.verify(bearer(exchange), access);
            if (answer instanceof Verification.Verified verified) {
                service.handle(exchange, verified.orElseThrow());
                return;
            }
            Headers headers = exchange.getResponseHeaders();
            if (answer.httpStatus() == 401) {
                headers.set("WWW-Authenticate", "Bearer realm=\"api\"");
            }
            answer.retryAfter().ifPresent(wait -> headers.set("Retry-After", Long.toString(wait.toSeconds())));
            send(exchange, answer.httpStatus(), answer.publicCode().name());
        }
    }

    private static @Nullable String bearer(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        boolean isBearer = header != null && header.regionMatches(true, 0, "Bearer ", 0, 7);
        return isBearer ? header.substring(7).strip() : null;
    }
    // end of snippet

    static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        boolean hasBody = !exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, hasBody ? body.length : -1);
        if (hasBody) {
            try (OutputStream out = exchange.getResponseBody()) { // goes out before what is left of the request is read
                out.write(body);
            }
        }
    }
}
