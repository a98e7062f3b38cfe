package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrator;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Claims;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Response;
import dev.apikeys.http.jdk.JdkHandlers;
import dev.apikeys.http.jdk.JdkServer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.servlet.AdminServlet;
import dev.apikeys.servlet.ApiKeyFilter;
import dev.apikeys.spi.ApiKeyStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs the Java of docs/http.md and docs/admin.md. */
class HttpGuideTest {
    private final ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
            .handOff(new InMemoryTempKeyStore())
            .authorizer(CasbinAuthorizer.fromPolicy(CasbinAuthorizer.examplePolicy()))
            .build();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void guardsAServiceOnTheServerOfTheJdk() throws Exception {
        // snippet: docs/http.md, guard
        FailureLimit limit = FailureLimit.standard(); // 100 a minute and address; share one
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .route("POST", "/files", Access.permission("upload"))
                .failureLimit(limit)
                .build();
        JdkServer server = JdkServer.builder()
                .guard("/files", guard, (exchange, key) -> serve(exchange, key.orElseThrow()))
                .handle("/claim", Claims.at("/claim", keys, limit))
                .start();
        // end of snippet
        try (server) {
            String base = "http://127.0.0.1:" + server.address().getPort();
            assertThat(get(base + "/files/7", secret("read_only")).body()).isEqualTo("hello read_only key");
            assertThat(get(base + "/files/7", secret("upload_only")).statusCode())
                    .isEqualTo(403);
            assertThat(get(base + "/claim/", null).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void guardsAServiceOnAServerThatIsThereAlready() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        // snippet: README.md, guard
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        HttpHandler files = JdkHandlers.guarded(guard, (exchange, key) -> serve(exchange, key.orElseThrow()));
        // end of snippet
        server.createContext("/files", files);
        server.start();
        try {
            String base = "http://127.0.0.1:" + server.getAddress().getPort();
            assertThat(get(base + "/files/7", secret("read_only")).body()).isEqualTo("hello read_only key");
            assertThat(get(base + "/files/7", null).statusCode()).isEqualTo(401);
        } finally {
            server.stop(0);
        }
    }

    private static void serve(HttpExchange exchange, ApiKey key) throws IOException {
        JdkHandlers.send(exchange, Response.of(200).withBody("text/plain", "hello " + key.name()));
    }

    @Test
    void letsTheAuthorizerDecide() {
        // snippet: docs/http.md, authorizer
        ApiKeyGuard guard =
                ApiKeyGuard.builder(keys).byAuthorizer().acceptApiKeyHeader().build();
        // end of snippet
        assertThat(guard).isNotNull();
    }

    @Test
    void guardsServlets() {
        ApiKeyGuard guard = ApiKeyGuard.builder(keys).byAuthorizer().build();
        Admin admin = Admin.builder(keys)
                .administrators(Administrators.byApiKey(keys))
                .build();
        assertThat(register(null, guard, admin)).isFalse();
    }

    private static boolean register(ServletContext context, ApiKeyGuard guard, Admin admin) {
        if (context == null) {
            return false;
        }
        // snippet: docs/http.md, servlet
        FilterRegistration.Dynamic filter = context.addFilter("api keys", new ApiKeyFilter(guard));
        filter.setAsyncSupported(true);
        filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/files/*");
        context.addServlet("api keys", new AdminServlet(admin)).addMapping(admin.path() + "/*");
        // end of snippet
        return true;
    }

    @Test
    void servesAHandlerOnAnotherServer() throws Exception {
        Admin admin = Admin.builder(keys)
                .administrators(Administrators.byApiKey(keys))
                .build();
        Server server = jetty(admin, new HttpConfiguration());
        try {
            String base = "http://127.0.0.1:" + server.getURI().getPort() + admin.path();
            assertThat(get(base + "/", null).body()).contains("<html");
            assertThat(get(base + "/api-keys", null).statusCode()).isEqualTo(401);
            HttpRequest create = HttpRequest.newBuilder(URI.create(base + "/api-keys"))
                    .header("Authorization", "Bearer " + secret("admin"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"name\":\"a\",\"role\":\"read_only\"}"))
                    .build();
            assertThat(http.send(create, BodyHandlers.ofString()).statusCode()).isEqualTo(201);
            HttpRequest head = HttpRequest.newBuilder(URI.create(base + "/"))
                    .method("HEAD", BodyPublishers.noBody())
                    .build();
            assertThat(http.send(head, BodyHandlers.ofString()).body()).isEmpty();
            assertThat(get(base + "/..%2fapi-keys", null).statusCode()).isEqualTo(400);
        } finally {
            server.stop();
        }
    }

    private static Server jetty(Handler handler, HttpConfiguration settings) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(settings));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new JettyAdapter(handler));
        server.start();
        return server;
    }

    /** In brackets it would be no address: failures of all clients with IPv6 would be counted together. */
    @Test
    void tellsTheAddressOfAClientWithIpv6() throws Exception {
        InetAddress client = InetAddress.getByName("fe80::1%5");
        HttpConfiguration settings = new HttpConfiguration();
        settings.addCustomizer((request, headers) -> new Request.Wrapper(request) {
            @Override
            public ConnectionMetaData getConnectionMetaData() {
                return new ConnectionMetaData.Wrapper(super.getConnectionMetaData()) {
                    @Override
                    public SocketAddress getRemoteSocketAddress() {
                        return new InetSocketAddress(client, 1);
                    }
                };
            }
        });
        Handler tells = request -> Response.of(200).withBody("text/plain", request.remoteAddress());
        Server server = jetty(tells, settings);
        try {
            assertThat(get(server.getURI().toString(), null).body()).isEqualTo("fe80:0:0:0:0:0:0:1");
        } finally {
            server.stop();
        }
    }

    @Test
    void servesTheAdminApiToHoldersOfAKey() throws Exception {
        byte[] secretOfAllNodes = new byte[32];
        // snippet: docs/admin.md, by key
        Admin admin = Admin.builder(keys)
                .administrators(Administrators.byApiKey(keys).sessionSecrets(secretOfAllNodes))
                .build();
        JdkServer server = JdkServer.builder().handle(admin.path(), admin).start();
        // end of snippet
        try (server) {
            String base = "http://127.0.0.1:" + server.address().getPort() + admin.path();
            assertThat(get(base + "/health", secret("admin")).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void servesTheAdminApiToThoseWhomTheHostKnows() throws Exception {
        // snippet: docs/admin.md, by host
        Administrators byHost = request -> request.attribute("user") instanceof User user
                ? new Administrator(user.actor(), user.rights(), Set.of("read", "upload"))
                : Administrators.Refusal.UNAUTHENTICATED;
        Handler admin =
                Admin.builder(keys).administrators(byHost).path("/console").build();
        // end of snippet
        try (JdkServer server = JdkServer.builder().handle("/console", admin).start()) {
            String base = "http://127.0.0.1:" + server.address().getPort() + "/console";
            assertThat(get(base + "/health", null).statusCode()).isEqualTo(401);
        }
    }

    private record User(dev.apikeys.Actor actor, Set<Administrator.Right> rights) {}

    @Test
    void timePassesByHand() {
        // snippet: docs/http.md, time
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
        AtomicLong nanos = new AtomicLong();
        ApiKeyStore store = new InMemoryApiKeyStore();
        ApiKeyManager keys =
                ApiKeys.builder(store).clock(now::get).ticker(nanos::get).build();
        ApiKeyManager otherNode = ApiKeys.builder(store).clock(now::get).build();
        Duration hour = Duration.ofHours(1);
        CreatedKey created = keys.create(
                KeySpec.builder("ci").role("read_only").expiresIn(hour).build());
        String secret = created.secret().reveal();
        assertThat(keys.verify(secret).httpStatus()).isEqualTo(200);
        otherNode.disable(created.id());
        assertThat(keys.verify(secret).httpStatus()).isEqualTo(200); // cached on this node
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(keys.verify(secret).publicCode()).isEqualTo(Verification.PublicCode.DISABLED);
        now.set(now.get().plus(hour));
        assertThat(keys.verify(secret).publicCode()).isEqualTo(Verification.PublicCode.EXPIRED);
        // end of snippet
        otherNode.close();
        keys.close();
    }

    private String secret(String role) {
        return keys.create(KeySpec.builder(role + " key").role(role).build())
                .secret()
                .reveal();
    }

    private HttpResponse<String> get(String url, String secret) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(1));
        Optional.ofNullable(secret).ifPresent(text -> request.header("Authorization", "Bearer " + text));
        return http.send(request.build(), BodyHandlers.ofString());
    }
}
