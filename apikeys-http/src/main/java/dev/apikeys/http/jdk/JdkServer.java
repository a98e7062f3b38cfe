package dev.apikeys.http.jdk;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.apikeys.http.Admin;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of the JDK within bounds: a fixed number of threads and of requests that wait for one, on the loopback
 * address unless set otherwise, for the host names that it was given. Thread-safe.
 *
 * <pre>{@code
 * try (JdkServer server = JdkServer.builder().handle(admin.path(), admin).start()) {
 *     …
 * }
 * }</pre>
 *
 * <p>The server reads requests without a deadline unless the system property {@code sun.net.httpserver.maxReqTime} sets one,
 * in seconds, before the first server of the JVM is made. A sender that is slow holds a thread until then, so have as many
 * threads as {@code jdk.httpserver.maxConnections} allows connections.
 *
 * @since 0.1
 */
public final class JdkServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JdkServer.class);
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern HOST = Pattern.compile("(\\[[^\\]]*]|[^:]*):[0-9]{1,5}");
    private static final int STOP_SECONDS = 10;
    private static final int IDLE_SECONDS = 60;

    private final HttpServer server;
    private final ThreadPoolExecutor threads;

    private JdkServer(HttpServer server, ThreadPoolExecutor threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Returns a builder for a server.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns where the server listens.
     *
     * @return address and port
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /**
     * Ends the server: requests under way get up to 10 seconds, and connections of new ones are closed. Doing it twice is
     * harmless.
     */
    @Override
    public void close() {
        threads.shutdown();
        try {
            // The server's own wait lasts to its end where the last request has just been answered.
            if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                log.warn(
                        "Requests are in progress {} seconds after the server was closed; they are cut off",
                        STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            server.stop(0);
        }
    }

    /** Collects what a server is to be. Not thread-safe. */
    public static final class Builder {
        private final Map<String, HttpHandler> contexts = new LinkedHashMap<>();
        private final Set<String> names = new HashSet<>(LOOPBACK_NAMES);
        private final Set<String> called = new HashSet<>();
        private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        private int threads = 200;
        private int waiting = 64;
        private boolean hasUnprotectedAdmin;

        private Builder() {}

        /**
         * Sets where the server listens; a free port of the loopback address unless set.
         *
         * @param address address and port
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder address(InetSocketAddress address) {
            this.address = Objects.requireNonNull(address, "address");
            return once("address");
        }

        /**
         * Adds names under which the server is reached, besides {@code localhost} and the loopback addresses. A request for
         * another name gets 421: a page of another site that had its name point here would else be taken for our own.
         *
         * @param names host names or addresses, without port
         * @return this
         */
        public Builder hostNames(String... names) {
            List.of(names).forEach(name -> this.names.add(name.toLowerCase(Locale.ROOT)));
            return this;
        }

        /**
         * Sets how many requests are read and answered at a time, and how many more may wait; 200 and 64 unless set. The
         * connection of one that comes then is closed. Headers and body are read on the thread that answers, so each slow
         * sender holds one; threads that are idle for a minute end.
         *
         * @param threads 1 to 1 000
         * @param waiting 1 to 10 000
         * @return this
         * @throws IllegalArgumentException if a number is out of bounds
         * @throws IllegalStateException if it was called before
         */
        public Builder threads(int threads, int waiting) {
            if (threads < 1 || threads > 1_000 || waiting < 1 || waiting > 10_000) {
                throw new IllegalArgumentException(
                        "threads: " + threads + " and " + waiting + "; allowed: 1 to 1000, and 1 to 10000 that wait");
            }
            this.threads = threads;
            this.waiting = waiting;
            return once("threads");
        }

        /**
         * Mounts a handler.
         *
         * @param path the path from which on it answers
         * @param handler answers requests; an {@link Admin} at its own {@link Admin#path()}
         * @return this
         */
        public Builder handle(String path, Handler handler) {
            hasUnprotectedAdmin |= handler instanceof Admin admin && !admin.hasAdministrators();
            return mount(path, JdkHandlers.of(handler));
        }

        /**
         * Mounts a service behind a guard.
         *
         * @param path the path from which on it answers
         * @param guard decides about each request
         * @param service answers those that may go on
         * @return this
         */
        public Builder guard(String path, ApiKeyGuard guard, JdkHandlers.Service service) {
            return mount(path, JdkHandlers.guarded(guard, service));
        }

        /** Refuses a second call: silently dropping one of two values would hide a mistake. */
        private Builder once(String setter) {
            if (!called.add(setter)) {
                throw new IllegalStateException(setter + " was called before; call each setter of a builder once");
            }
            return this;
        }

        private Builder mount(String path, HttpHandler handler) {
            if (contexts.putIfAbsent(path, handler) != null) {
                throw new IllegalArgumentException("path: " + path + " has a handler already");
            }
            return this;
        }

        /**
         * Starts the server.
         *
         * @return the server, which the caller closes
         * @throws IOException if the address cannot be listened on
         * @throws IllegalStateException if an admin API without administrators would be reachable from other machines
         */
        public JdkServer start() throws IOException {
            boolean isLocal =
                    address.getAddress() != null && address.getAddress().isLoopbackAddress();
            if (hasUnprotectedAdmin && !isLocal) {
                throw new IllegalStateException("The admin API has no administrators; set them before it listens on "
                        + address + ", or listen on the loopback address");
            }
            Deadline.warnIfUnset();
            ThreadPoolExecutor pool = new ThreadPoolExecutor(
                    threads,
                    threads,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(waiting),
                    JdkServer::thread);
            pool.allowCoreThreadTimeOut(true);
            HttpServer server = HttpServer.create(address, 0);
            server.setExecutor(pool);
            Set<String> known = Set.copyOf(names);
            contexts.forEach((path, handler) -> server.createContext(path, named(known, handler)));
            server.start();
            return new JdkServer(server, pool);
        }
    }

    /** Answers requests for other names itself. */
    private static HttpHandler named(Set<String> names, HttpHandler handler) {
        return exchange -> {
            List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
            if (hosts.size() == 1 && names.contains(withoutPort(hosts.get(0).toLowerCase(Locale.ROOT)))) {
                handler.handle(exchange);
                return;
            }
            try (exchange) {
                JdkHandlers.send(
                        exchange, Response.refusal(421, "MISDIRECTED", "This server does not go by this name"));
            }
        };
    }

    private static String withoutPort(String host) {
        Matcher matcher = HOST.matcher(host);
        return matcher.matches() ? matcher.group(1) : host;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(null, work, "apikeys-http", 0, false); // inherits no thread locals
        thread.setDaemon(true);
        return thread;
    }

    /** The deadline of all servers of the JVM: the JDK reads it once, with the first of them. */
    private static final class Deadline {
        static {
            if (System.getProperty("sun.net.httpserver.maxReqTime") == null) {
                log.warn("Requests are read without a deadline; set the system property sun.net.httpserver.maxReqTime");
            }
        }

        private Deadline() {}

        static void warnIfUnset() {
            // The initializer did, once.
        }
    }
}
