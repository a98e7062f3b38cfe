package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.apikeys.http.KeyAdministrators;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import java.io.OutputStream;
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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What stands around a container: a proxy, another node, a store that hangs. */
class AroundTest {
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @EnumSource(Container.class)
    void worksBehindAProxyThatRewritesThePath(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site);
                Proxied proxy = new Proxied("/team/keys", server.base() + Site.ADMIN)) {
            Client browser = new Client(proxy.base());
            HttpResponse<String> moved = browser.get("/team/keys");
            assertThat(moved.statusCode()).isEqualTo(308);
            URI page = URI.create(proxy.base() + "/team/keys")
                    .resolve(moved.headers().firstValue("Location").orElseThrow());
            assertThat(page.getPath()).isEqualTo("/team/admin/"); // the last segment is the one it knows
            assertThat(browser.get("/team/keys/").statusCode()).isEqualTo(200);
            HttpResponse<String> login =
                    browser.post("/team/keys/session", "{\"key\":\"" + site.secret("admin") + "\"}");
            assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
            HttpResponse<String> created =
                    browser.post("/team/keys/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}");
            assertThat(created.statusCode()).isEqualTo(201);
            String download = Client.json(created).at("/data/download_url").textValue();
            URI fromPage = URI.create(proxy.base() + "/team/keys/").resolve(download);
            HttpResponse<String> saved = browser.get(fromPage.getPath());
            assertThat(saved.body())
                    .isEqualTo(Client.json(created).at("/data/api_key/key").textValue());
            assertThat(browser.get("/team/keys/claim/").statusCode()).isEqualTo(200);
        }
    }

    /** A proxy that serves another server below a prefix of its own. */
    private static final class Proxied implements AutoCloseable {
        private static final Set<String> OWN =
                Set.of("host", "connection", "content-length", "transfer-encoding", "upgrade", "http2-settings");
        private final HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        private final HttpServer server;

        Proxied(String prefix, String target) throws Exception {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext(prefix, exchange -> {
                try (exchange) {
                    String rest = exchange.getRequestURI().toString().substring(prefix.length());
                    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target + rest))
                            .method(
                                    exchange.getRequestMethod(),
                                    BodyPublishers.ofByteArray(
                                            exchange.getRequestBody().readAllBytes()));
                    exchange.getRequestHeaders()
                            .forEach((name, values) -> values.stream()
                                    .filter(value -> !OWN.contains(name.toLowerCase(Locale.ROOT)))
                                    .forEach(value -> request.header(name, value)));
                    HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
                    response.headers().map().forEach((name, values) -> {
                        if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
                            exchange.getResponseHeaders().put(name, values);
                        }
                    });
                    exchange.sendResponseHeaders(
                            response.statusCode(), response.body().length == 0 ? -1 : response.body().length);
                    if (response.body().length > 0) {
                        try (OutputStream out = exchange.getResponseBody()) {
                            out.write(response.body());
                        }
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            server.start();
        }

        String base() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void aSessionIsGoodOnAllNodesWithItsSecret(Container container) throws Exception {
        ApiKeyStore store = new InMemoryApiKeyStore();
        Site.Change signed = administrators -> administrators.sessionSecrets(SECRET);
        try (Site one = new Site(store, new InMemoryTempKeyStore(), Site::hello, signed);
                Site two = new Site(store, new InMemoryTempKeyStore(), Site::hello, signed);
                Site stranger =
                        new Site(store, new InMemoryTempKeyStore(), Site::hello, KeyAdministrators::byAuthorizerToo);
                Container.Running first = container.start(one);
                Container.Running second = Container.JDK.start(two);
                Container.Running third = container.start(stranger)) {
            HttpResponse<String> login = new Client(first.base()).logIn(one.secret("admin"));
            String cookie =
                    login.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
            assertThat(list(second, cookie)).isEqualTo(200);
            assertThat(list(third, cookie)).isEqualTo(401);
        }
    }

    private static int list(Container.Running server, String cookie) throws Exception {
        Client client = new Client(server.base());
        return client.send(client.to(Site.ADMIN + "/api-keys").header("Cookie", cookie))
                .statusCode();
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void aStoreThatHangsUnderThePageStopsNoOtherTab(Container container) throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        boolean[] hangs = new boolean[1];
        ApiKeyStore store = new InMemoryApiKeyStore();
        ApiKeyStore hanging = (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    if (hangs[0] && method.getName().equals("list")) {
                        released.await(1, TimeUnit.MINUTES);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Site site = new Site(hanging, new InMemoryTempKeyStore());
                Container.Running server = container.start(site)) {
            Client browser = new Client(server.base());
            String admin = site.secret("admin");
            assertThat(browser.logIn(admin).statusCode()).isEqualTo(200);
            hangs[0] = true;
            Future<HttpResponse<String>> list = threads.submit(() -> browser.get(Site.ADMIN + "/api-keys"));
            for (int i = 0; i < 10; i++) { // other tabs, while that one waits
                assertThat(browser.get(Site.ADMIN + "/session").statusCode()).isEqualTo(200);
                assertThat(browser.get(Site.ADMIN + "/").statusCode()).isEqualTo(200);
            }
            HttpResponse<String> answer = list.get(20, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(Client.code(answer)).isEqualTo("UNAVAILABLE");
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            hangs[0] = false;
            assertThat(browser.get(Site.ADMIN + "/api-keys").statusCode()).isEqualTo(200);
        } finally {
            released.countDown();
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void aPageOfAnotherSiteChangesNothing(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            Client browser = new Client(server.base());
            browser.logIn(site.secret("admin"));
            for (List<String> header : List.of(
                    List.of("Sec-Fetch-Site", "cross-site"),
                    List.of("Sec-Fetch-Site", "same-site"),
                    List.of("Origin", "https://evil.example.com"),
                    List.of("Origin", "null"))) {
                HttpResponse<String> answer = browser.send(browser.to(Site.ADMIN + "/api-keys")
                        .header("Content-Type", "application/json")
                        .header(header.get(0), header.get(1))
                        .POST(BodyPublishers.ofString("{\"name\":\"a\",\"role\":\"admin\"}")));
                assertThat(answer.statusCode()).isEqualTo(403);
                assertThat(Client.code(answer)).isEqualTo("CROSS_ORIGIN");
            }
            HttpResponse<String> own = browser.send(browser.to(Site.ADMIN + "/api-keys")
                    .header("Content-Type", "application/json")
                    .header("Origin", server.base())
                    .POST(BodyPublishers.ofString("{\"name\":\"a\",\"role\":\"admin\"}")));
            assertThat(own.statusCode()).isEqualTo(201);
        }
    }
}
