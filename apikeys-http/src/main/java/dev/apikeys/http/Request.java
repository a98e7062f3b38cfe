package dev.apikeys.http;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request as an adapter for a server sees it. Nothing in it is decoded, normalised or trusted; that is done here,
 * once, in the same way for every server. Not thread-safe.
 *
 * @since 0.1
 */
public interface Request {

    /**
     * Returns the method exactly as it was sent.
     *
     * @return the method, such as {@code GET}
     */
    String method();

    /**
     * Returns the path as it was sent, percent-encoded, with the path of the context and without the query. Of a request
     * target in absolute form only the path. An adapter never normalises it.
     *
     * @return the path, normally beginning with {@code /}
     */
    String rawPath();

    /**
     * Returns the part of the path that names the application within the server, percent-encoded or not.
     *
     * @return the path, such as {@code /app}; empty for the root
     */
    String contextPath();

    /**
     * Returns the query as it was sent.
     *
     * @return the text after {@code ?}, percent-encoded, or null if there is none
     */
    @Nullable String rawQuery();

    /**
     * Returns the values of a header, one for each time the header was sent.
     *
     * @param name the name, in any case
     * @return the values in the order in which they were sent; empty if there are none
     */
    List<String> headers(String name);

    /**
     * Returns the address of the other end of the connection, which behind a proxy is the proxy's.
     *
     * @return an IPv4 or IPv6 literal, or an empty text if there is none
     */
    String remoteAddress();

    /**
     * Reads the body, if it is not too long. May be called once.
     *
     * @param atMost the most bytes that are read, at least 0
     * @return the body, empty if there is none; null if it is longer, in which case the rest stays unread
     * @throws IOException if it could not be read
     */
    byte @Nullable [] body(int atMost) throws IOException;

    /**
     * Tells whether the connection was accepted on a loopback address.
     *
     * @return true if this end of the connection has a loopback address; false where that is not known
     */
    default boolean isOnLoopback() {
        return false;
    }

    /**
     * Returns what the host attached to the request, for {@link Administrators} of the host's own.
     *
     * @param name the name of the attribute
     * @return its value, or null where there is none or the server knows no attributes
     */
    default @Nullable Object attribute(String name) {
        return null;
    }
}
