package dev.apikeys.http;

import java.io.IOException;

/**
 * Answers requests: what an adapter for a server calls. {@link Claims} and {@link Admin} are handlers. Implementations are
 * thread-safe.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Handler {

    /**
     * Answers a request.
     *
     * @param request the request, valid during this call alone
     * @return the response
     * @throws IOException if the request's body could not be read; the connection is of no further use
     */
    Response handle(Request request) throws IOException;
}
