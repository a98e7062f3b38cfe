package dev.apikeys.http.jdk;

import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.http.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An exchange as a request. The context path is empty, so that paths are checked whole: a policy names them as clients do.
 *
 * @param exchange the exchange
 */
record JdkRequest(HttpExchange exchange) implements Request {

    @Override
    public String method() {
        return exchange.getRequestMethod();
    }

    /** As it was sent: of a target that begins with two slashes or three, the server reads a host that it then drops. */
    @Override
    public String rawPath() {
        URI target = exchange.getRequestURI();
        String sent = target.toString();
        if (sent.startsWith("/")) {
            int query = sent.indexOf('?');
            return query < 0 ? sent : sent.substring(0, query);
        }
        return target.getRawPath() == null ? "" : target.getRawPath();
    }

    @Override
    public String contextPath() {
        return "";
    }

    @Override
    public @Nullable String rawQuery() {
        return exchange.getRequestURI().getRawQuery();
    }

    @Override
    public List<String> headers(String name) {
        return exchange.getRequestHeaders().getOrDefault(name, List.of());
    }

    @Override
    public String remoteAddress() {
        return literal(exchange.getRemoteAddress().getAddress());
    }

    @Override
    public boolean isOnLoopback() {
        InetAddress local = exchange.getLocalAddress().getAddress();
        return local != null && local.isLoopbackAddress();
    }

    /** Without the zone of a link-local address, which names an interface of this machine. */
    private static String literal(@Nullable InetAddress address) {
        String text = address == null ? "" : address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    @Override
    public byte @Nullable [] body(int atMost) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(atMost + 1);
        return body.length > atMost ? null : body;
    }

    /** The server hands a context also what only begins like its path: {@code /appX} for {@code /app}. */
    boolean isWithinContext() {
        String context = exchange.getHttpContext().getPath();
        String path = exchange.getRequestURI().getPath();
        return context.endsWith("/") || path == null || path.equals(context) || path.startsWith(context + "/");
    }
}
