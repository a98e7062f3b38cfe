package dev.apikeys.http.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeySpec;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Response;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdkServerTest {
    private static final Handler HELLO =
            request -> Response.of(200).withBody("text/plain", "hello " + request.remoteAddress());

    private final ApiKeyManager keys =
            ApiKeys.builder(new InMemoryApiKeyStore()).build();
    private final ApiKeyGuard guard = ApiKeyGuard.builder(keys)
            .rule((method, path, request) -> Access.permission("read"))
            .build();

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void listensOnTheLoopbackAddressByDefault() throws Exception {
        try (JdkServer server = JdkServer.builder().handle("/", HELLO).start()) {
            assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
            assertThat(get(server, "/", "localhost")).startsWith("HTTP/1.1 200").endsWith("hello 127.0.0.1");
        }
    }

    /** In a JVM of its own, since it is said once for each. */
    @Test
    void warnsOnceThatItReadsWithoutADeadline() throws Exception {
        assertThat(logOfTwoServers("-Dn=1")).containsOnlyOnce("sun.net.httpserver.maxReqTime");
        assertThat(logOfTwoServers("-Dsun.net.httpserver.maxReqTime=5")).doesNotContain("maxReqTime");
    }

    private static String logOfTwoServers(String option) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        TwoServers.class.getName())
                .redirectErrorStream(true)
                .start();
        try (InputStream log = process.getInputStream()) {
            String text = new String(log.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text).endsWith("both have ended" + System.lineSeparator());
            return text;
        } finally {
            process.destroy();
        }
    }

    /** Starts two servers, one after the other. */
    static final class TwoServers {
        public static void main(String[] arguments) throws IOException {
            for (int i = 0; i < 2; i++) {
                JdkServer.builder().handle("/", HELLO).start().close();
            }
            System.out.println("both have ended");
        }
    }

    @Test
    void listensElsewhereOnlyWithAdministrators() throws Exception {
        InetSocketAddress everywhere = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0);
        Admin open = Admin.builder(keys).build();
        assertThatThrownBy(() -> JdkServer.builder()
                        .address(everywhere)
                        .handle(open.path(), open)
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("The admin API has no administrators");
        try (JdkServer local = JdkServer.builder().handle(open.path(), open).start()) {
            assertThat(get(local, open.path() + "/", "localhost")).startsWith("HTTP/1.1 404");
        }
        Admin closed = Admin.builder(keys)
                .administrators(Administrators.byApiKey(keys))
                .build();
        try (JdkServer server = JdkServer.builder()
                .address(everywhere)
                .handle(closed.path(), closed)
                .start()) {
            assertThat(get(server, closed.path() + "/session", "localhost")).startsWith("HTTP/1.1 401");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "LOCALHOST:8080, true",
        "127.0.0.1, true",
        "127.0.0.1:8080, true",
        "[::1]:8080, true",
        "keys.example.com, true",
        "keys.example.com:443, true",
        "evil.example.com, false",
        "localhost.evil.com, false",
        "'', false",
        "127.0.0.1.nip.io, false",
        "localhost:80x, false",
        "localhost:evil.com, false",
        "localhost:80:80, false",
        "[::1], true",
        "[::1]x, false",
    })
    void answersForItsOwnNames(String host, boolean isOwn) throws Exception {
        try (JdkServer server = JdkServer.builder()
                .hostNames("Keys.example.com")
                .handle("/", HELLO)
                .start()) {
            String answer = get(server, "/", host);
            if (isOwn) {
                assertThat(answer).startsWith("HTTP/1.1 200");
            } else {
                assertThat(answer).startsWith("HTTP/1.1 421").contains("\"code\":\"MISDIRECTED\"", "requestId");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/filesX", "/files%2f..%2fx", "//files/x", "///files/x", "/files/../x"})
    void servesNothingOutsideItsContext(String path) throws Exception {
        String secret = keys.create(KeySpec.builder("a").role("read_only").build())
                .secret()
                .reveal();
        try (JdkServer server =
                JdkServer.builder().guard("/files", guard, JdkServerTest::serve).start()) {
            String authorization = "\r\nAuthorization: Bearer " + secret;
            assertThat(get(server, "/files", "localhost" + authorization)).startsWith("HTTP/1.1 200");
            assertThat(get(server, "/files/x", "localhost" + authorization)).startsWith("HTTP/1.1 200");
            assertThat(get(server, path, "localhost" + authorization)).startsWith("HTTP/1.1 4");
        }
    }

    private static void serve(HttpExchange exchange, Optional<ApiKey> key) throws IOException {
        JdkHandlers.send(
                exchange,
                Response.of(200).withBody("text/plain", key.map(ApiKey::name).orElse("nobody")));
    }

    @Test
    void closesConnectionsBeyondItsQueueAndAnswersLaterOnes() throws Exception {
        CountDownLatch entered = new CountDownLatch(2);
        CountDownLatch released = new CountDownLatch(1);
        Handler waiting = request -> {
            entered.countDown();
            await(released);
            return Response.of(204);
        };
        List<Socket> sockets = new ArrayList<>();
        try (JdkServer server =
                JdkServer.builder().threads(2, 3).handle("/", waiting).start()) {
            for (int i = 0; i < 12; i++) {
                Socket socket = new Socket("127.0.0.1", server.address().getPort());
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(request("/", "localhost").getBytes(StandardCharsets.US_ASCII));
                sockets.add(socket);
                if (i == 1) {
                    assertThat(entered.await(1, TimeUnit.MINUTES)).isTrue();
                }
            }
            // Seven of the twelve find neither a thread nor a place.
            for (Socket beyond : sockets.subList(5, 12)) {
                assertThat(isClosed(beyond)).isTrue();
            }
            released.countDown();
            for (Socket within : sockets.subList(0, 5)) {
                assertThat(new String(within.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 204");
            }
            assertThat(get(server, "/", "localhost")).startsWith("HTTP/1.1 204");
        } finally {
            released.countDown();
            closeAll(sockets);
        }
    }

    /** Nothing ends them here: the deadline of the server is one for the whole JVM. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: local",
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
            })
    void answersWhileManySendSlowly(String begun) throws Exception {
        CountDownLatch reading = new CountDownLatch(begun.startsWith("POST") ? 100 : 0);
        Handler readsAll = request -> {
            reading.countDown();
            return Response.of(request.body(1_000) == null ? 413 : 204);
        };
        List<Socket> slow = new ArrayList<>();
        try (JdkServer server = JdkServer.builder().handle("/", readsAll).start()) {
            for (int i = 0; i < 100; i++) {
                Socket socket = new Socket("127.0.0.1", server.address().getPort());
                slow.add(socket);
                socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
            }
            await(reading);
            assertThat(get(server, "/", "localhost")).startsWith("HTTP/1.1 204");
            closeAll(slow); // or the server waits for them at its end
        } finally {
            closeAll(slow);
        }
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    @Timeout(8)
    void endsAtOnceIfNoRequestIsUnderWay() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (JdkServer server =
                    JdkServer.builder().handle("/", request -> Response.of(204)).start()) {
                assertThat(get(server, "/", "localhost")).startsWith("HTTP/1.1 204");
            }
        }
    }

    @Test
    void answersWhatIsUnderWayBeforeItEnds() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        JdkServer server = JdkServer.builder()
                .handle("/", request -> {
                    entered.countDown();
                    await(released);
                    return Response.of(204);
                })
                .start();
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream().write(request("/", "localhost").getBytes(StandardCharsets.US_ASCII));
            await(entered);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            // Until it ends, whoever asks is turned away.
            while (!isTurnedAway(server)) {
                Thread.onSpinWait();
            }
            assertThat(closing).isNotDone();
            released.countDown();
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 204");
            closing.get(1, TimeUnit.MINUTES);
        } finally {
            released.countDown();
            server.close();
        }
    }

    private static boolean isTurnedAway(JdkServer server) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request("/no", "elsewhere").getBytes(StandardCharsets.US_ASCII));
            return isClosed(socket);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Test
    void letsPreflightsPassIfConfigured() throws Exception {
        com.sun.net.httpserver.HttpServer plain =
                com.sun.net.httpserver.HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        plain.createContext("/files", JdkHandlers.guardedButPreflights(guard, JdkServerTest::serve));
        plain.start();
        try {
            String preflight =
                    "OPTIONS /files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: https://a.b\r\n"
                            + "Access-Control-Request-Method: POST\r\n\r\n";
            assertThat(ask(plain.getAddress().getPort(), preflight)).endsWith("nobody");
            String options = "OPTIONS /files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            assertThat(ask(plain.getAddress().getPort(), options)).startsWith("HTTP/1.1 401");
            assertThat(ask(plain.getAddress().getPort(), preflight.replace("/files", "/filesX")))
                    .startsWith("HTTP/1.1 400");
        } finally {
            plain.stop(0);
        }
    }

    @Test
    void refusesBoundsThatAreNone() {
        assertThatThrownBy(() -> JdkServer.builder().threads(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JdkServer.builder().threads(1, 10_001)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JdkServer.builder().handle("/", HELLO).handle("/", HELLO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String get(JdkServer server, String path, String host) throws IOException {
        return ask(server.address().getPort(), request(path, host));
    }

    private static String request(String path, String host) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    }

    private static String ask(int port, String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
