package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.HandOff;
import dev.apikeys.KeySpec;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes over the wire, byte by byte, to each container. */
class WireTest {

    @ParameterizedTest
    @EnumSource(Container.class)
    void takesAKeyHoweverItsHeaderIsWritten(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String secret = site.secret("read_only");
            for (String header : List.of(
                    "Authorization: Bearer " + secret,
                    "authorization: bearer " + secret,
                    "AUTHORIZATION:BEARER " + secret,
                    "Authorization: \t Bearer \t" + secret + " \t",
                    "aUtHoRiZaTiOn: bEaReR   " + secret,
                    "X-API-Key: " + secret,
                    "x-api-key:\t" + secret + "\t",
                    "Authorization: Basic eDp5\r\nX-API-Key: " + secret)) {
                assertThat(get(server, header)).as(header.replace(secret, "…")).contains("/files/7 read_only key");
            }
            for (String header : List.of(
                    "Authorization: Bearer " + secret + "\r\nAuthorization: Bearer " + secret,
                    "Authorization: Bearer " + secret + ", Bearer " + secret,
                    "Authorization: Bearer " + secret + "\r\nX-API-Key: " + secret,
                    "X-API-Key: " + secret + "\r\nx-api-key: " + secret,
                    "X-API-Key: " + secret + "," + secret)) {
                assertThat(get(server, header)).as(header.replace(secret, "…")).startsWith("HTTP/1.1 400");
            }
            for (String header : List.of("Authorization: Bearer", "Authorization: Basic eDp5", "X-API-Key:", "A: b")) {
                assertThat(get(server, header)).as(header).startsWith("HTTP/1.1 401");
            }
            String inQuery = Client.raw(
                    server.port(),
                    "GET /files/7?api_key=" + secret + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            assertThat(inQuery).startsWith("HTTP/1.1 401");
        }
    }

    private static String get(Container.Running server, String header) throws Exception {
        return Client.raw(
                server.port(),
                "GET /files/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + header + "\r\n\r\n");
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void answersHeadWithTheHeadersAlone(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String head = "HEAD /files/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
            String refused = Client.raw(server.port(), head + "\r\n");
            assertThat(refused)
                    .startsWith("HTTP/1.1 401")
                    .endsWith("\r\n\r\n")
                    .containsIgnoringCase("www-authenticate: bearer");
            String passed =
                    Client.raw(server.port(), head + "Authorization: Bearer " + site.secret("read_only") + "\r\n\r\n");
            assertThat(passed).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
            String page = Client.raw(
                    server.port(), "HEAD " + Site.ADMIN + "/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            assertThat(page).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void refusesTraceAndAnswersOptionsLikeOthers(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String trace = Client.raw(
                    server.port(),
                    "TRACE /files/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer x\r\n\r\n");
            assertThat(trace).startsWith("HTTP/1.1 405").doesNotContain("Bearer x");
            String options = Client.raw(
                    server.port(), "OPTIONS /files/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            assertThat(options).startsWith("HTTP/1.1 401");
            String preflight = Client.raw(
                    server.port(),
                    "OPTIONS /files/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nOrigin: https://a.b\r\n"
                            + "Access-Control-Request-Method: POST\r\n\r\n");
            assertThat(preflight).startsWith(container == Container.JDK ? "HTTP/1.1 401" : "HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void takesNoBodyOf34Megabytes(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String secret = site.secret("admin");
            String start = "POST " + Site.ADMIN + "/api-keys HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                    + secret + "\r\nContent-Type: application/json\r\n";
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.setSoTimeout(20_000);
                OutputStream out = socket.getOutputStream();
                out.write((start + "Content-Length: 34000000\r\n\r\n{\"name\":\"").getBytes(StandardCharsets.US_ASCII));
                out.write("a".repeat(80_000).getBytes(StandardCharsets.US_ASCII));
                out.flush();
                byte[] answer = socket.getInputStream().readNBytes(12); // while most of the body was not sent
                assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
            }
            Client client = new Client(server.base());
            HttpResponse<String> chunked = client.send(client.to(Site.ADMIN + "/api-keys")
                    .header("Authorization", "Bearer " + secret)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(" ".repeat(70_000) + "{}"))));
            assertThat(chunked.statusCode()).isEqualTo(413);
            assertThat(Client.code(chunked)).isEqualTo("TOO_LARGE");
            assertThat(client.get("/files/7", secret).statusCode()).isEqualTo(200); // others go on
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void handsASecretOverByPostAlone(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            Client receiver = new Client(server.base());
            for (String path : List.of("/claim/", Site.ADMIN + "/claim/")) {
                KeySpec spec = KeySpec.builder("robot")
                        .role("read_only")
                        .handOff(Duration.ofMinutes(10))
                        .build();
                HandOff handOff = site.keys.create(spec).handOff().orElseThrow();
                String ticket = "{\"ticket\":\"" + handOff.ticket().reveal() + "\"}";
                assertThat(receiver.get(path).statusCode()).isEqualTo(200);
                assertThat(receiver.get(path + "claim.js").statusCode()).isEqualTo(200);
                HttpResponse<String> head = receiver.send(receiver.to(path).method("HEAD", BodyPublishers.noBody()));
                assertThat(head.statusCode()).isEqualTo(200);
                HttpResponse<String> opened = receiver.post(path, ticket);
                assertThat(opened.statusCode()).as(path).isEqualTo(200);
                String secret = Client.json(opened).at("/data/key").textValue();
                assertThat(receiver.get("/files/7", secret).body()).isEqualTo("/files/7 robot");
                assertThat(Client.code(receiver.post(path, ticket))).isEqualTo("ALREADY_CLAIMED");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void slowSendersBlockNoOtherClient(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String secret = site.secret("admin");
            Socket[] slow = new Socket[8];
            try {
                for (int i = 0; i < slow.length; i++) {
                    slow[i] = new Socket("127.0.0.1", server.port());
                    slow[i].getOutputStream()
                            .write(("POST " + Site.ADMIN
                                            + "/api-keys HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                                            + secret
                                            + "\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
                                    .getBytes(StandardCharsets.US_ASCII));
                    slow[i].getOutputStream().flush();
                }
                Client client = new Client(server.base());
                for (int i = 0; i < 20; i++) {
                    assertThat(client.get("/files/7", secret).statusCode()).isEqualTo(200);
                }
            } finally {
                for (Socket socket : slow) {
                    if (socket != null) {
                        socket.close();
                    }
                }
            }
            assertThat(site.keys.count(dev.apikeys.KeyQuery.all(), 10)).isEqualTo(1); // nothing came of half a body
        }
    }
}
