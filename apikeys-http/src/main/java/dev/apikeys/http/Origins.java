package dev.apikeys.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells requests of our own page from those that another site makes a browser send. What sends neither header is no browser
 * and holds no cookie against its user's will.
 *
 * @param trusted origins that may send requests besides the host's own, such as {@code https://console.example.com}
 */
record Origins(Set<String> trusted) {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    Origins {
        trusted = Set.copyOf(trusted);
        for (String origin : trusted) {
            if (!origin.matches("https?://[a-z0-9.\\[\\]:-]+")) {
                throw new IllegalArgumentException("trustedOrigins: " + origin
                        + "; allowed: scheme, host in lower case and port, such as" + " https://console.example.com");
            }
        }
    }

    /** @throws Failure if another site sent the request */
    void require(Request request) {
        List<String> sites = request.headers("Sec-Fetch-Site");
        List<String> origins = request.headers("Origin");
        boolean isOurs =
                sites.isEmpty() ? isOurs(origins, request) : sites.size() == 1 && isOurs(sites.get(0), request);
        if (!isOurs) {
            throw new Failure(403, "CROSS_ORIGIN", "Another site sent this request");
        }
    }

    private static boolean isOurs(String site, Request request) {
        boolean isRead = RequestPath.method(request).equals("GET");
        return site.equals("same-origin") || (isRead && site.equals("none"));
    }

    private boolean isOurs(List<String> origins, Request request) {
        return origins.isEmpty() || (origins.size() == 1 && isOwn(origins.get(0), request.headers("Host")));
    }

    private boolean isOwn(String origin, List<String> hosts) {
        String lower = lowerCase(origin);
        int host = lower.indexOf("://") + 3;
        return trusted.contains(lower)
                || (host > 3 && hosts.size() == 1 && lower.substring(host).equals(lowerCase(hosts.get(0))));
    }

    private static String lowerCase(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** How far a cookie goes in the clear. */
    enum Transport {
        /** Nowhere: the browser speaks TLS, or is not known to speak anything else. */
        SECURE,
        /** Within the browser's own machine. */
        PLAIN_LOOPBACK,
        /** Over a network. */
        PLAIN_NETWORK
    }

    static Transport transport(Request request) {
        List<String> origins = request.headers("Origin");
        if (origins.isEmpty()) {
            return request.isOnLoopback() ? Transport.PLAIN_LOOPBACK : Transport.SECURE;
        }
        String origin = lowerCase(origins.get(0));
        if (!origin.startsWith("http://")) {
            return Transport.SECURE;
        }
        String host = name(origin.substring("http://".length()));
        return LOOPBACK.contains(host) ? Transport.PLAIN_LOOPBACK : Transport.PLAIN_NETWORK;
    }

    /**
     * Tells whether a request may come without TLS from the browser's own machine. On a read browsers send no origin, but the
     * host; a program on the machine of the server may name any host.
     */
    static boolean mayBePlain(Request request) {
        if (!request.headers("Origin").isEmpty()) {
            return transport(request) == Transport.PLAIN_LOOPBACK;
        }
        List<String> hosts = request.headers("Host");
        boolean isBrowser = !request.headers("Sec-Fetch-Site").isEmpty();
        return (hosts.size() == 1 && LOOPBACK.contains(name(lowerCase(hosts.get(0)))))
                || (!isBrowser && request.isOnLoopback());
    }

    /** Takes the port off. */
    private static String name(String hostAndPort) {
        int port = hostAndPort.lastIndexOf(':');
        boolean hasPort = port > hostAndPort.lastIndexOf(']') && port >= 0;
        return hasPort ? hostAndPort.substring(0, port) : hostAndPort;
    }
}
