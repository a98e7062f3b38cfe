package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sends paths that servers and filters read differently, with a key that may read and is no administrator's: whatever a
 * container serves, it never serves what is below {@code /files/admin}. The number of paths is the system property
 * {@code apikeys.fuzz}; {@code apikeys.seed} repeats a run.
 */
class PathFuzzTest {
    private static final int PATHS = Integer.getInteger("apikeys.fuzz", 2_000);
    private static final long FIXED_SEED = 20_261_123L;
    private static final long SEED = Long.getLong("apikeys.seed", System.nanoTime());
    private static final List<String> PIECES = List.of(
            "files",
            "admin",
            "public",
            "x",
            "app",
            "FILES",
            "Admin",
            "..",
            ".",
            "",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "%2e",
            "..;",
            ".;",
            "..;x=1",
            "admin;",
            "admin;jsessionid=1",
            ";admin",
            "%61dmin",
            "adm%69n",
            "%2561dmin",
            "admin%20",
            "%20admin",
            "admin%00",
            "admin%0a",
            "admin%2e",
            "admin.",
            "..%00",
            "%c0%ae%c0%ae",
            "%u002e",
            "%",
            "%2",
            "%zz",
            "ａｄｍｉｎ",
            "admin%3b",
            "admin%3f",
            "admin%23",
            "admin\\",
            "..\\",
            "%5c..",
            "%5cadmin",
            "\\admin",
            "admin%5c");
    private static final List<String> SEPARATORS =
            List.of("/", "/", "/", "/", "/", "//", "%2f", "%2F", "\\", "%5c", "/./", ";/", "/;/");

    @ParameterizedTest
    @EnumSource(Container.class)
    void neverServesAnotherPathThanWasChecked(Container container) throws Exception {
        fuzz(container, "", "");
    }

    @ParameterizedTest
    @EnumSource(value = Container.class, names = "JDK", mode = EnumSource.Mode.EXCLUDE)
    void neverServesAnotherPathThanWasCheckedWithinAContext(Container container) throws Exception {
        fuzz(container, "/app", "/app");
    }

    private static void fuzz(Container container, String context, String prefix) throws Exception {
        Random fixed = new Random(FIXED_SEED);
        Random other = new Random(SEED);
        System.out.println(
                "PathFuzzTest: " + PATHS + " paths on " + container + context + ", half of them of seed " + SEED);
        List<String> served = new ArrayList<>();
        try (Site site = new Site();
                Container.Running server = container.start(site, context);
                Connection connection = new Connection(server.port(), site.secret("read_only"))) {
            for (int i = 0; i < PATHS; i++) {
                String target = path(i % 2 == 0 ? fixed : other, prefix);
                Answer answer = connection.get(target);
                if (answer.status() == 200) {
                    served.add(target);
                    String decoded = URLDecoder.decode(target.replace("+", "%2B"), StandardCharsets.UTF_8);
                    String path = decoded.substring(context.length());
                    assertThat(answer.body()).isEqualTo(path + " read_only key");
                    assertThat(path).startsWith("/files");
                    assertThat(path + "/").doesNotStartWith("/files/admin/");
                } else { // 301 and 302: the container's own, to the root of the context
                    assertThat(answer.status() / 100).as(target).isIn(3, 4);
                }
            }
        }
        assertThat(served).as("some are plain").isNotEmpty();
    }

    private static String path(Random random, String prefix) {
        StringBuilder path = new StringBuilder(random.nextInt(4) == 0 ? "" : prefix + "/files");
        int pieces = 1 + random.nextInt(5);
        for (int i = 0; i < pieces; i++) {
            path.append(SEPARATORS.get(random.nextInt(SEPARATORS.size())));
            path.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return path.toString();
    }

    /** The paths that let a read-only key into an admin handler where the container's own reading was checked. */
    @ParameterizedTest
    @EnumSource(Container.class)
    void theKnownDetoursLeadNowhere(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site);
                Connection connection = new Connection(server.port(), site.secret("read_only"))) {
            for (String path : List.of(
                    "/files/public/../admin/x",
                    "/files/admin/../public/x",
                    "/files/admin/..;/public/x",
                    "/files/admin/%2e%2e/public/x",
                    "/x/../files/admin/x",
                    "/files//admin/x",
                    "/files/./admin/x",
                    "/files/%61dmin/x",
                    "/files/admin;a=b/x",
                    "/files/;/admin/x",
                    "/files/admin%2fx",
                    "//files/admin/x",
                    "/filesX")) {
                assertThat(connection.get(path).status()).as(path).isBetween(400, 499);
            }
            assertThat(connection.get("/files/public/x").status()).isEqualTo(200);
            String absolute = "http://127.0.0.1:" + server.port();
            assertThat(connection.get(absolute + "/files/public/x").status()).isEqualTo(200);
            assertThat(connection.get(absolute + "/files/admin/x").status()).isEqualTo(403);
            assertThat(connection.get(absolute + "/files/public/../admin/x").status())
                    .isEqualTo(400);
        }
    }

    private record Answer(int status, String body) {}

    /** Keeps a connection open, and opens another where the server closed it. */
    private static final class Connection implements AutoCloseable {
        private final int port;
        private final String secret;
        private Socket socket;
        private InputStream in;

        Connection(int port, String secret) {
            this.port = port;
            this.secret = secret;
        }

        Answer get(String target) throws IOException {
            String head = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer "
                    + secret + "\r\n\r\n";
            for (int attempt = 0; ; attempt++) {
                try {
                    open();
                    OutputStream out = socket.getOutputStream();
                    out.write(head.getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    return read(target);
                } catch (IOException closed) {
                    close();
                    if (attempt == 2) {
                        return new Answer(400, ""); // the server does not answer what it cannot read
                    }
                }
            }
        }

        private void open() throws IOException {
            if (socket == null) {
                socket = new Socket("127.0.0.1", port);
                socket.setSoTimeout(10_000);
                in = new BufferedInputStream(socket.getInputStream());
            }
        }

        private Answer read(String target) throws IOException {
            String status = line();
            assertThat(status).as("the answer to " + target).matches("HTTP/1\\.1 [1-5][0-9]{2}( .*)?");
            int length = 0;
            boolean isLast = false;
            boolean isChunked = false;
            for (String header = line(); !header.isEmpty(); header = line()) {
                String lower = header.toLowerCase(java.util.Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(lower.substring(15).strip());
                }
                isChunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
                isLast |= lower.startsWith("connection:") && lower.contains("close");
            }
            String body = isChunked ? chunks() : new String(in.readNBytes(length), StandardCharsets.UTF_8);
            if (isLast) {
                close();
            }
            return new Answer(Integer.parseInt(status.split(" ")[1]), body);
        }

        private String chunks() throws IOException {
            StringBuilder body = new StringBuilder();
            for (int size = size(); size > 0; size = size()) {
                body.append(new String(in.readNBytes(size), StandardCharsets.UTF_8));
                line();
            }
            line();
            return body.toString();
        }

        private int size() throws IOException {
            return Integer.parseInt(line(), 16);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("closed");
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            if (socket != null) {
                socket.close();
                socket = null;
            }
        }
    }
}
