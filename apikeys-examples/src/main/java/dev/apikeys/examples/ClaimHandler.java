package dev.apikeys.examples;

import static dev.apikeys.examples.ApiKeyHandler.send;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Opens the ticket in the body of a POST. Thread-safe.
 *
 * @param keys has the vault
 */
record ClaimHandler(ApiKeyManager keys) implements HttpHandler {
    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("POST")) {
                claim(exchange);
            } else {
                exchange.getResponseHeaders().set("Allow", "POST");
                send(exchange, 405, "METHOD_NOT_ALLOWED");
            }
        }
    }

    private void claim(HttpExchange exchange) throws IOException {
        try {
            // snippet: docs/http.md, claim
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            byte[] body = exchange.getRequestBody().readNBytes(256); // a ticket has 46 characters
            ClaimResult result = keys.vault().claim(new String(body, StandardCharsets.UTF_8).strip());
            if (result instanceof ClaimResult.Claimed claimed) {
                send(exchange, 200, claimed.secret().orElseThrow().reveal());
            } else if (result instanceof ClaimResult.AlreadyClaimed) {
                send(exchange, 409, "ALREADY_CLAIMED");
            } else if (result instanceof ClaimResult.Expired) {
                send(exchange, 410, "EXPIRED");
            } else {
                send(exchange, 404, "UNKNOWN");
            }
            // end of snippet
        } catch (StorageException e) {
            send(exchange, 503, "UNAVAILABLE");
        }
    }
}
