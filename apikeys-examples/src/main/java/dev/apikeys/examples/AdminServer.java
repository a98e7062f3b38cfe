package dev.apikeys.examples;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.HandOff;
import dev.apikeys.KeySpec;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.FirstKey;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Response;
import dev.apikeys.http.jdk.JdkServer;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The admin API and its page on this machine, with a service behind API keys to try them on. The keys are in an H2 file
 * below the working directory, unless the arguments name another place.
 */
public final class AdminServer implements AutoCloseable {
    private static final String H2 = "jdbc:h2:file:./apikeys-data/keys";
    private static final int PORT = 8080;
    private static final String ROLE = "admin";
    private static final Duration LINK = Duration.ofMinutes(60);

    /**
     * The bounds that the JDK's server reads once, before its first use: without them it waits for slow senders without
     * limit. There are as many threads as connections, so that each accepted connection has one, however slow the others
     * send.
     */
    static final Map<String, String> BOUNDS = Map.of(
            "sun.net.httpserver.maxReqTime", "5",
            "sun.net.httpserver.maxRspTime", "30",
            "sun.net.httpserver.nodelay", "true",
            "jdk.httpserver.maxConnections", "200");

    /**
     * The stores of the keys.
     *
     * @param keys the key store
     * @param tempKeys the temp key store
     * @param resource the resource to close last
     */
    record Stores(ApiKeyStore keys, TempKeyStore tempKeys, AutoCloseable resource) {

        static Stores inMemory() {
            return new Stores(new InMemoryApiKeyStore(), new InMemoryTempKeyStore(), () -> {});
        }

        /** Opens a database by a URL, with a user unless the URL has one. */
        static Stores inDatabase(List<String> database) {
            HikariDataSource pool = Node.pool(database.get(0), database.size() == 2 ? database.get(1) : null);
            try {
                JdbcSchema.create(pool);
                return new Stores(JdbcApiKeyStore.create(pool), JdbcTempKeyStore.create(pool), pool);
            } catch (RuntimeException e) {
                pool.close();
                throw e;
            }
        }
    }

    private final Stores stores;
    private final ApiKeyManager keys;
    private final Admin admin;
    private final JdkServer server;

    private AdminServer(Stores stores, ApiKeyManager keys, Admin admin, JdkServer server) {
        this.stores = stores;
        this.keys = keys;
        this.admin = admin;
        this.server = server;
    }

    /**
     * Starts the server and prints its addresses.
     *
     * @param arguments {@code --new-admin} for a link to another administrator's key; {@code --port=<port>}, 8080 unless
     *     set; then nothing for the H2 file, {@code memory}, or a JDBC URL, with or without a user, whose password is in the
     *     environment variable {@code APIKEYS_DB_PASSWORD}
     * @throws Exception if the database or the port is not available
     */
    public static void main(String[] arguments) throws Exception {
        List<String> places = new ArrayList<>(List.of(arguments));
        boolean isNewAdmin = places.remove("--new-admin");
        int port = takePort(places);
        if (places.size() > 2 || (!places.isEmpty() && places.get(0).startsWith("--"))) {
            throw new IllegalArgumentException(
                    "allowed: [--new-admin] [--port=<port>] [memory | <url> | <url> <user>], the password in"
                            + " APIKEYS_DB_PASSWORD");
        }
        BOUNDS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        Stores stores = places.equals(List.of("memory"))
                ? Stores.inMemory()
                : Stores.inDatabase(places.isEmpty() ? List.of(H2) : places);
        AdminServer server = start(stores, port);
        try {
            server.tell(System.out, isNewAdmin);
        } catch (RuntimeException e) {
            server.close(); // its threads would serve on, and no link was printed
            throw e;
        }
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            ended.countDown();
        }));
        ended.await();
    }

    /** Takes the port out of the arguments. */
    static int takePort(List<String> arguments) {
        int port = PORT;
        for (String argument : List.copyOf(arguments)) {
            if (argument.matches("--port=[0-9]{1,5}")) {
                port = Integer.parseInt(argument.substring(argument.indexOf('=') + 1));
                arguments.remove(argument);
            }
        }
        return port;
    }

    /** Starts a server on stores, which it closes with itself. */
    static AdminServer start(Stores stores, int port) throws IOException {
        ApiKeyManager keys = ApiKeys.builder(stores.keys())
                .handOff(stores.tempKeys())
                .authorizer(CasbinAuthorizer.fromPolicy(CasbinAuthorizer.examplePolicy()))
                .operationTimeout(Duration.ofSeconds(5))
                .build();
        FailureLimit limit = FailureLimit.standard();
        Admin admin = Admin.builder(keys)
                .administrators(Administrators.byApiKey(keys).byAuthorizerToo())
                .failureLimit(limit)
                .build();
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .byAuthorizer()
                .acceptApiKeyHeader()
                .failureLimit(limit)
                .build();
        Handler toThePage = request -> request.rawPath().equals("/")
                ? Response.of(302).with("Location", admin.path().substring(1) + "/")
                : Response.refusal(404, "NOT_FOUND", "There is nothing at this address");
        JdkServer server = JdkServer.builder()
                .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .handle("/", toThePage)
                .handle(admin.path(), admin)
                .guard(FilesApi.PATH, guard, new FilesApi())
                .start();
        return new AdminServer(stores, keys, admin, server);
    }

    String base() {
        return "http://127.0.0.1:" + server.address().getPort();
    }

    /** Prints the addresses to the operator's console only: the holder of a link becomes an administrator. */
    void tell(PrintStream out, boolean isNewAdmin) {
        out.println("The page:    " + base() + admin.path() + "/");
        out.println("The service: " + base() + FilesApi.PATH + " with Authorization: Bearer <key>");
        Optional<HandOff> first = FirstKey.offer(keys, ROLE);
        if (first.isPresent()) {
            out.println("The first administrator's key, once and within the hour; log in with it at the page:");
        } else if (isNewAdmin) {
            out.println("Another administrator's key, once and within the hour; log in with it at the page:");
        } else {
            out.println("Lost the last administrator's key? Start with --new-admin.");
        }
        first.or(() -> isNewAdmin ? another() : Optional.empty())
                .ifPresent(handOff -> out.println("  " + base() + admin.path() + "/claim/#"
                        + handOff.ticket().reveal()));
    }

    private Optional<HandOff> another() {
        KeySpec spec = KeySpec.builder("administrator").role(ROLE).handOff(LINK).build();
        return keys.as(Actor.of("console")).create(spec).handOff();
    }

    /** Closes the server, then the manager, which writes usage, then the database. */
    @Override
    public void close() {
        server.close();
        keys.close();
        try {
            stores.resource().close();
        } catch (Exception e) {
            throw new IllegalStateException("the database could not be closed", e);
        }
    }
}
