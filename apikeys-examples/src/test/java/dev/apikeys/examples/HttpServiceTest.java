package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the Java of docs/http.md behind a server on the loopback address, asked by the client of the JDK. */
class HttpServiceTest {
    private static final String BEARER = "Bearer realm=\"api\"";

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final ApiKeyManager keys = ApiKeys.builder(breakable(ApiKeyStore.class, new InMemoryApiKeyStore()))
            .handOff(breakable(TempKeyStore.class, new InMemoryTempKeyStore()))
            .authorizer(CasbinAuthorizer.fromPolicy(CasbinAuthorizer.examplePolicy()))
            .clock(clock)
            .cacheMaxAge(Duration.ZERO) // an outage shows at once
            .maintainedByHost()
            .build();
    private final CyclicBarrier bothAreIn = new CyclicBarrier(2);
    private volatile boolean down;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        ApiKeyHandler.Service service = HttpServiceTest::tellTheKey;
        // snippet: docs/http.md, routes
        Access mayUpload = Access.permission("upload");
        Function<HttpExchange, Access> route =
                exchange -> Access.resource(exchange.getRequestURI().getPath(), exchange.getRequestMethod());
        server.createContext("/upload", new ApiKeyHandler(keys, exchange -> mayUpload, service));
        server.createContext("/api/", new ApiKeyHandler(keys, route, service));
        server.createContext("/claim", new ClaimHandler(keys));
        // end of snippet
        Access mayRead = Access.permission("read");
        server.createContext("/together", new ApiKeyHandler(keys, exchange -> mayRead, this::waitForTheOther));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdown();
        keys.close();
    }

    private static void tellTheKey(HttpExchange exchange, ApiKey key) throws IOException {
        ApiKeyHandler.send(exchange, 200, "Hello " + key.name());
    }

    private void waitForTheOther(HttpExchange exchange, ApiKey key) throws IOException {
        try {
            bothAreIn.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IOException(e);
        }
        tellTheKey(exchange, key);
    }

    @Test
    void asksForAKeyWhereThereIsNone() throws Exception {
        HttpResponse<String> answer = send(request("/upload"));
        assertAnswer(answer, 401, "UNAUTHENTICATED");
        assertThat(answer.headers().allValues("WWW-Authenticate")).containsExactly(BEARER);
        assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "bearer ", "BEARER   "})
    void takesAKeyHoweverTheSchemeIsWritten(String scheme) throws Exception {
        assertAnswer(get("/upload", scheme + secret("read_upload")), 200, "Hello read_upload key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic ", "Bearer", "Bearer Bearer ", "Bearer x"})
    void takesNothingElse(String scheme) throws Exception {
        HttpResponse<String> answer = get("/upload", scheme + secret("read_upload"));
        assertAnswer(answer, 401, "UNAUTHENTICATED");
        assertThat(answer.headers().allValues("WWW-Authenticate")).containsExactly(BEARER);
    }

    @Test
    void theManagerWantsTheBareSecret() {
        assertThat(keys.verify("Bearer " + secret("read_upload")).code()).isEqualTo(Verification.Code.MALFORMED);
    }

    @Test
    void refusesAKeyThatMayNotDoThis() throws Exception {
        HttpResponse<String> answer = get("/upload", "Bearer " + secret("read_only"));
        assertAnswer(answer, 403, "INSUFFICIENT_PERMISSIONS");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    @Test
    void tellsThatAKeyIsNoLongerGood() throws Exception {
        CreatedKey created = create("read_upload");
        keys.revoke(created.id(), "laptop lost");
        HttpResponse<String> answer =
                get("/upload", "Bearer " + created.secret().reveal());
        assertAnswer(answer, 401, "REVOKED");
        assertThat(answer.headers().allValues("WWW-Authenticate")).containsExactly(BEARER);
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        HttpRequest.Builder head = request("/upload").method("HEAD", BodyPublishers.noBody());
        assertAnswer(send(head), 401, "");
        assertAnswer(send(head.header("Authorization", "Bearer " + secret("read_upload"))), 200, "");
    }

    @Test
    void decidesByPathAndMethod() throws Exception {
        String header = "Bearer " + secret("read_only");
        assertAnswer(get("/api/v1/files/7", header), 200, "Hello read_only key");
        assertAnswer(get("/api/v1/files/%37?part=2", header), 200, "Hello read_only key");
        assertAnswer(get("/api/v1/web/admin/users", header), 403, "INSUFFICIENT_PERMISSIONS");
        HttpRequest.Builder put = request("/api/v1/files/7").PUT(BodyPublishers.ofString("new"));
        assertAnswer(send(put.header("Authorization", header)), 403, "INSUFFICIENT_PERMISSIONS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..%2fb",
                "../b",
                "%2e%2e/b",
                "%252e%252e/b",
                "b%5c..%5cc",
                "/b",
                "%2fb",
                "b;x",
                "b%3bx",
                "b%3fx",
                "b%23x",
                "b%00",
                "%20b"
            })
    void refusesAPathThatCouldMeanAnother(String rest) throws Exception {
        assertAnswer(get("/api/" + rest, "Bearer " + secret("admin")), 400, "BAD_REQUEST");
    }

    @Test
    void saysWhenToAskAgainWhileTheStoreIsDown() throws Exception {
        String header = "Bearer " + secret("read_upload");
        down = true;
        HttpResponse<String> answer = get("/upload", header);
        assertAnswer(answer, 503, "UNAVAILABLE");
        assertThat(answer.headers().allValues("Retry-After")).containsExactly("1");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
        down = false;
        assertAnswer(get("/upload", header), 200, "Hello read_upload key");
    }

    @Test
    void eachOfTwoRequestsAtOnceSeesItsOwnKey() throws Exception {
        CompletableFuture<HttpResponse<String>> one = sendTogether("read_only");
        CompletableFuture<HttpResponse<String>> other = sendTogether("admin");
        assertAnswer(one.get(1, TimeUnit.MINUTES), 200, "Hello read_only key");
        assertAnswer(other.get(1, TimeUnit.MINUTES), 200, "Hello admin key");
    }

    private CompletableFuture<HttpResponse<String>> sendTogether(String role) {
        HttpRequest request = request("/together")
                .header("Authorization", "Bearer " + secret(role))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @Test
    void handsASecretOverOnce() throws Exception {
        CreatedKey created = createWithHandOff();
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        HttpResponse<String> answer = claim(ticket + "\n");
        assertAnswer(answer, 200, created.secret().reveal());
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertAnswer(get("/upload", "Bearer " + answer.body()), 200, "Hello robot");
        assertAnswer(claim(ticket), 409, "ALREADY_CLAIMED");
    }

    @Test
    void saysWhyATicketOpensNothing() throws Exception {
        String ticket = createWithHandOff().handOff().orElseThrow().ticket().reveal();
        down = true;
        assertAnswer(claim(ticket), 503, "UNAVAILABLE");
        down = false;
        clock.advance(Duration.ofMinutes(10));
        assertAnswer(claim(ticket), 410, "EXPIRED");
        assertAnswer(claim("ho_" + "0".repeat(43)), 404, "UNKNOWN");
        assertAnswer(claim(""), 404, "UNKNOWN");
        assertAnswer(claim("x".repeat(10_000)), 404, "UNKNOWN");
        assertThatThrownBy(() -> keys.vault().claim(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void takesATicketFromABodyAlone() throws Exception {
        String ticket = createWithHandOff().handOff().orElseThrow().ticket().reveal();
        HttpResponse<String> answer = send(request("/claim?ticket=" + ticket));
        assertAnswer(answer, 405, "METHOD_NOT_ALLOWED");
        assertThat(answer.headers().allValues("Allow")).containsExactly("POST");
        assertThat(claim(ticket).statusCode()).isEqualTo(200);
    }

    @Test
    void aRequestThatComesAfterCloseGetsNoAnswer() {
        String secret = secret("read_upload");
        keys.close();
        assertThatThrownBy(() -> keys.verify(secret)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> get("/upload", "Bearer " + secret)).isInstanceOf(IOException.class);
    }

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
        assertThat(keys.verify(secret).httpStatus()).isEqualTo(200); // as it is cached here
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(keys.verify(secret).publicCode()).isEqualTo(Verification.PublicCode.DISABLED);
        now.set(now.get().plus(hour));
        assertThat(keys.verify(secret).publicCode()).isEqualTo(Verification.PublicCode.EXPIRED);
        // end of snippet
        otherNode.close();
        keys.close();
    }

    private CreatedKey create(String role) {
        return keys.create(KeySpec.builder(role + " key").role(role).build());
    }

    private String secret(String role) {
        return create(role).secret().reveal();
    }

    private CreatedKey createWithHandOff() {
        return keys.create(KeySpec.builder("robot")
                .role("read_upload")
                .handOff(Duration.ofMinutes(10))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        InetSocketAddress address = server.getAddress();
        return HttpRequest.newBuilder(
                        URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + path))
                .timeout(Duration.ofMinutes(1));
    }

    private HttpResponse<String> get(String path, String authorization) throws IOException, InterruptedException {
        return send(request(path).header("Authorization", authorization));
    }

    private HttpResponse<String> claim(String body) throws IOException, InterruptedException {
        return send(request("/claim").POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static void assertAnswer(HttpResponse<String> answer, int status, String body) {
        assertThat(answer.statusCode() + " " + answer.body()).isEqualTo(status + " " + body);
    }

    /** A store that fails while it is said to be down. */
    private <T> T breakable(Class<T> type, T store) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (down) {
                        throw new StorageException("The store is down", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
