package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.CookieManager;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what a stranger does with the server: claims the first key, logs in, makes a key, uses it, revokes it. */
class AdminServerTest {
    private static final String ADMIN = "/api/v1/web/admin";
    private static final Pattern LINK = Pattern.compile("  (http://\\S+)/claim/#(ho_\\w{43})\\R");

    private final HttpClient http =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    @Test
    void aStrangerBecomesAdministratorAndMakesAKey(@TempDir Path directory) throws Exception {
        List<String> file = List.of("jdbc:h2:file:" + directory.resolve("keys"));
        String admin;
        try (AdminServer server = AdminServer.start(AdminServer.Stores.inDatabase(file), 0)) {
            String told = told(server, false);
            assertThat(told).contains("The page:    " + server.base() + ADMIN + "/");
            admin = claim(server, told);
            assertThat(told(server, false)).doesNotContain("ho_").contains("--new-admin");
            assertThat(send(server, "GET", ADMIN + "/", null, null).statusCode())
                    .isEqualTo(200);
            assertThat(send(server, "GET", ADMIN + "/api-keys", null, null).statusCode())
                    .isEqualTo(401);
            assertThat(send(server, "POST", ADMIN + "/session", null, "{\"key\":\"" + admin + "\"}")
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> created =
                    send(server, "POST", ADMIN + "/api-keys", null, "{\"name\":\"reader\",\"role\":\"read_only\"}");
            assertThat(created.statusCode()).isEqualTo(201);
            String reader = value(created, "key");
            assertThat(send(server, "GET", "/api/v1/files", reader, null).body())
                    .isEqualTo("1\n");
            assertThat(send(server, "GET", "/api/v1/files/1", reader, null).statusCode())
                    .isEqualTo(200);
            assertThat(send(server, "GET", "/api/v1/files/1/download", reader, null)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(server, "POST", "/api/v1/files", reader, "{}").statusCode())
                    .isEqualTo(403);
            assertThat(send(server, "POST", "/api/v1/files", admin, "{}").statusCode())
                    .isEqualTo(201);
            assertThat(send(server, "GET", "/api/v1/files/2/download", admin, null)
                            .body())
                    .isEqualTo("{}");
            String path = ADMIN + "/api-keys/" + value(created, "id") + "/revoke";
            assertThat(send(server, "POST", path, null, "{\"reason\":\"done\"}").statusCode())
                    .isEqualTo(200);
            assertThat(send(server, "GET", "/api/v1/files", reader, null).statusCode())
                    .isEqualTo(401);
        }
        try (AdminServer restarted = AdminServer.start(AdminServer.Stores.inDatabase(file), 0)) {
            assertThat(send(restarted, "GET", "/api/v1/files", admin, null).body())
                    .isEqualTo("1\n");
            String another = claim(restarted, told(restarted, true));
            assertThat(send(restarted, "GET", "/api/v1/files", another, null).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void nothingElseIsServedAndNoOtherNameIsAnswered() throws Exception {
        try (AdminServer server = AdminServer.start(AdminServer.Stores.inMemory(), 0)) {
            HttpResponse<String> root = send(server, "GET", "/", null, null);
            assertThat(root.statusCode()).isEqualTo(302);
            assertThat(root.headers().firstValue("Location")).contains("api/v1/web/admin/");
            assertThat(send(server, "GET", "/other", null, null).statusCode()).isEqualTo(404);
            assertThat(send(server, "GET", "/api/v1/files", null, null).statusCode())
                    .isEqualTo(401);
            assertThat(send(server, "GET", "/api/v1/filesX", null, null).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void refusesOtherArguments() {
        for (String[] arguments : new String[][] {{"a", "b", "c"}, {"--port=x"}, {"--help"}}) {
            assertThatThrownBy(() -> AdminServer.main(arguments))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("allowed: [--new-admin] [--port=<port>] [memory | <url> | <url> <user>]");
        }
    }

    @Test
    void listensOnTheChosenPort() {
        List<String> arguments = new ArrayList<>(List.of("--port=9090", "memory"));
        assertThat(AdminServer.takePort(arguments)).isEqualTo(9_090);
        assertThat(arguments).containsExactly("memory");
        assertThat(AdminServer.takePort(arguments)).isEqualTo(8_080);
    }

    /** Each holds a thread that reads; all the others must still be answered. */
    @Test
    void answersWhileManySendSlowly() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (AdminServer server = AdminServer.start(AdminServer.Stores.inMemory(), 0)) {
            int port = URI.create(server.base()).getPort();
            for (int i = 0; i < 40; i++) {
                Socket socket = new Socket("127.0.0.1", port);
                slow.add(socket);
                String begun = i % 2 == 0
                        ? "GET " + ADMIN + "/ HTTP/1.1\r\nHost: local"
                        : "POST " + ADMIN + "/claim/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 99\r\n\r\n{";
                socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(claim(server, told(server, false))).startsWith("sk_");
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
    void boundsWhatASenderAndAReaderCanHold() {
        assertThat(AdminServer.BOUNDS)
                .containsOnlyKeys(
                        "sun.net.httpserver.maxReqTime",
                        "sun.net.httpserver.maxRspTime",
                        "sun.net.httpserver.nodelay",
                        "jdk.httpserver.maxConnections");
    }

    /** A database that can be read only gives no key for the link, and its server would serve on without one. */
    @Test
    void endsIfItCannotOfferTheFirstKey(@TempDir Path directory) throws Exception {
        String url = "jdbc:h2:file:" + directory.resolve("keys");
        AdminServer.Stores.inDatabase(List.of(url)).resource().close();
        Process process = started(url + ";ACCESS_MODE_DATA=r");
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isNotZero();
        } finally {
            process.destroy();
        }
    }

    /** In a JVM of its own, since the server of the JDK reads its deadline once. */
    private static Process started(String place) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        AdminServer.class.getName(),
                        "--port=0",
                        place)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void cutsOffAClientThatSendsItsHeadersByteByByte() throws Exception {
        Process process = started("memory");
        try (BufferedReader told = process.inputReader();
                Socket socket = new Socket("127.0.0.1", port(told.readLine()))) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(100);
            int sent = 0;
            while (!isCutOff(socket)) {
                sent++;
                assertThat(sent).as("bytes sent, one each 100 ms").isLessThan(600);
            }
        } finally {
            process.destroy();
        }
    }

    private static int port(String told) {
        return URI.create(told.substring(told.indexOf("http:"))).getPort();
    }

    /** Waits for an answer for a moment, and sends a byte if there is none. */
    private static boolean isCutOff(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            socket.getOutputStream().write('x');
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    private static String told(AdminServer server, boolean isNewAdmin) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        server.tell(new PrintStream(out, true, StandardCharsets.UTF_8), isNewAdmin);
        return out.toString(StandardCharsets.UTF_8);
    }

    private String claim(AdminServer server, String told) throws Exception {
        Matcher link = LINK.matcher(told);
        assertThat(link.find()).as(told.replaceAll("ho_\\w+", "…")).isTrue();
        assertThat(link.group(1)).isEqualTo(server.base() + ADMIN);
        String body = "{\"ticket\":\"" + link.group(2) + "\"}";
        return value(send(server, "POST", ADMIN + "/claim/", null, body), "key");
    }

    private static String value(HttpResponse<String> response, String name) {
        Matcher value = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(response.body());
        assertThat(value.find()).as(name).isTrue();
        return value.group(1);
    }

    private HttpResponse<String> send(AdminServer server, String method, String path, String key, String json)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.base() + path))
                .timeout(Duration.ofMinutes(1))
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }
}
