package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeySpec;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.cors.reactive.UrlBasedCorsConfigurationSource;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.util.context.Context;

/** Runs the Java of docs/webflux.md, on Reactor Netty with one event loop. */
class WebFluxGuideTest {
    private final InMemoryApiKeyStore memory = new InMemoryApiKeyStore();
    private final ApiKeyManager administrator = ApiKeys.builder(memory).build();
    private final String secret = secret("read_only");
    private final HangingStore store = new HangingStore();

    /** Without polls for changes: the first one drops all that is cached, and a test counts the reads. */
    private final ApiKeyManager keys =
            ApiKeys.builder(store.of(memory)).cacheMaxAge(Duration.ofHours(1)).build();

    private final LoopResources oneLoop = LoopResources.create("loop", 1, true);
    private final CountDownLatch aConnectionEnded = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private DisposableServer server;
    private Scheduler checks;

    /** Reads of a store, each of which waits to be let go on once they were told to hang. */
    private static final class HangingStore {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final Queue<String> threads = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        private volatile boolean hangs;

        private ApiKeyStore of(ApiKeyStore answering) {
            return (ApiKeyStore) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("find")) {
                            find();
                        }
                        try {
                            return method.invoke(answering, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private void find() {
            threads.add(Thread.currentThread().getName());
            if (hangs) {
                asked.countDown();
                try {
                    goOn.await();
                    interrupted.complete(Thread.currentThread().isInterrupted());
                } catch (InterruptedException e) {
                    interrupted.complete(true);
                }
            }
        }
    }

    @AfterEach
    void stop() {
        store.goOn.countDown();
        server.disposeNow();
        oneLoop.dispose();
        checks.dispose();
        keys.close();
        administrator.close();
    }

    private void start() {
        // snippet: docs/webflux.md, guard
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        Scheduler checks = Schedulers.newBoundedElastic(16, 10, "api-keys", 60, true); // 16 threads, each with a queue
        HttpHandler files = WebHttpHandlerBuilder.webHandler(new Files())
                .filter(new ApiKeyWebFilter(guard, checks)) // in Spring Boot: a bean of this type
                .build();
        // end of snippet
        serve(files, checks);
    }

    /** With one thread for checks, and room for one more that waits. */
    private void startSmall(ApiKeyManager keys) {
        start(keys, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), new Files());
    }

    private void start(ApiKeyManager keys, Scheduler checks, WebHandler handler, WebFilter... before) {
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        serve(
                WebHttpHandlerBuilder.webHandler(handler)
                        .filter(before)
                        .filter(new ApiKeyWebFilter(guard, checks))
                        .build(),
                checks);
    }

    private void serve(HttpHandler files, Scheduler checks) {
        this.checks = checks;
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(oneLoop)
                .doOnConnection(connection -> connection.onDispose(aConnectionEnded::countDown))
                .handle(new ReactorHttpHandlerAdapter(files))
                .bindNow();
    }

    private static final class Files implements WebHandler {
        @Override
        public Mono<Void> handle(ServerWebExchange exchange) {
            ApiKey key = exchange.getRequiredAttribute(ApiKeyWebFilter.KEY);
            assertThat(Schedulers.isInNonBlockingThread()).isTrue();
            byte[] text = ("the files of " + key.name()).getBytes(StandardCharsets.UTF_8);
            return exchange.getResponse()
                    .writeWith(Mono.just(exchange.getResponse().bufferFactory().wrap(text)));
        }
    }

    private CompletableFuture<HttpResponse<String>> ask(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofMinutes(1));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return ask(path, headers).get();
    }

    private String secret(String role) {
        return administrator
                .create(KeySpec.builder("ann").role(role).build())
                .secret()
                .reveal();
    }

    @Test
    void aKeyIsCheckedOnThreadsThatMayWait() throws Exception {
        start();
        for (int i = 0; i < 3; i++) {
            assertThat(get("/files/7", "Authorization", "Bearer " + secret).body())
                    .isEqualTo("the files of ann");
        }
        assertThat(get("/files/7", "Authorization", "Bearer " + secret("upload_only"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(store.threads).hasSize(2).allMatch(thread -> thread.startsWith("api-keys"));
    }

    @Test
    void aRefusalIsThatOfTheGuard() throws Exception {
        start();
        HttpResponse<String> none = get("/files/7");
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"api\"");
        assertThat(none.body()).contains("UNAUTHENTICATED");
        assertThat(get("/files/%2e%2e/7", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(400);
        assertThat(get("/files/7", "Authorization", "Bearer " + secret + ", Bearer x")
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("/other", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(403);
    }

    @Test
    void theEventLoopAnswersWhileTheStoreHangs() throws Exception {
        start();
        store.hangs = true;
        CompletableFuture<HttpResponse<String>> waits = ask("/files/7", "Authorization", "Bearer " + secret);
        store.asked.await();
        assertThat(get("/files/7").statusCode()).isEqualTo(401);
        store.goOn.countDown();
        assertThat(waits.get().statusCode()).isEqualTo(200);
    }

    @Test
    void moreThanThereIsRoomForIsRefused() throws Exception {
        startSmall(keys);
        store.hangs = true;
        CompletableFuture<HttpResponse<String>> first = ask("/files/7", "Authorization", "Bearer " + secret);
        store.asked.await();
        CompletableFuture<HttpResponse<String>> second = ask("/files/7", "Authorization", "Bearer " + secret);
        CompletableFuture<HttpResponse<String>> third = ask("/files/7", "Authorization", "Bearer " + secret);
        HttpResponse<?> refused =
                (HttpResponse<?>) CompletableFuture.anyOf(second, third).get();
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        store.goOn.countDown();
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(List.of(second.get().statusCode(), third.get().statusCode())).containsExactlyInAnyOrder(200, 503);
    }

    /** Also those that Reactor calls fatal, and throws where it should pass them on. */
    private static final List<Error> ERRORS = List.of(
            new AssertionError("planted"),
            new StackOverflowError("planted"),
            new NoClassDefFoundError("planted"),
            new OutOfMemoryError("planted"));

    @Test
    void aCheckThatEndsWithAnErrorIsAnswered() throws Exception {
        Queue<Error> errors = new ConcurrentLinkedQueue<>(ERRORS);
        ApiKeyManager failing = (ApiKeyManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyManager.class}, (proxy, method, arguments) -> {
                    throw errors.remove();
                });
        start(failing, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), new Files());
        assertEachIsAnswered500();
    }

    @Test
    void aHandlerThatEndsWithAnErrorIsAnswered() throws Exception {
        Queue<Error> errors = new ConcurrentLinkedQueue<>(ERRORS);
        WebHandler failing = exchange -> {
            throw errors.remove();
        };
        start(keys, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), failing);
        assertEachIsAnswered500();
    }

    @Test
    void aCheckForWhichThereIsNoThreadIsAnswered() throws Exception {
        Scheduler exhausted = (Scheduler) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Scheduler.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("schedule")) {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                    return null;
                });
        start(keys, exhausted, new Files());
        assertEachIsAnswered500();
    }

    private void assertEachIsAnswered500() throws Exception {
        for (Error error : ERRORS) {
            assertThat(get("/files/7", "Authorization", "Bearer " + secret).statusCode())
                    .as(error.toString())
                    .isEqualTo(500);
        }
    }

    /** A handler that answers preflights would answer those of strangers. */
    @Test
    void aPreflightNeedsAKeyUnlessAFilterBeforeAnswersIt() throws Exception {
        start();
        assertThat(preflight().statusCode()).isEqualTo(401);
        server.disposeNow();
        UrlBasedCorsConfigurationSource origins = new UrlBasedCorsConfigurationSource();
        CorsConfiguration all = new CorsConfiguration();
        all.addAllowedOrigin("https://pages.example.com");
        origins.registerCorsConfiguration("/**", all);
        start(keys, checks, new Files(), new CorsWebFilter(origins));
        HttpResponse<String> allowed = preflight();
        assertThat(allowed.statusCode()).isEqualTo(200);
        assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin")).hasValue("https://pages.example.com");
    }

    private HttpResponse<String> preflight() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/files/7"))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .headers("Origin", "https://pages.example.com", "Access-Control-Request-Method", "GET")
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Some servers reuse the request, for another client, while a check of the first one still runs. */
    @Test
    void aCheckReadsNothingOfTheServersRequest() throws Exception {
        start(keys, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), new Files(), (exchange, chain) -> {
            ServerHttpRequest request = new ServerHttpRequestDecorator(exchange.getRequest()) {
                @Override
                public HttpHeaders getHeaders() {
                    assertThat(Schedulers.isInNonBlockingThread()).isTrue();
                    return super.getHeaders();
                }

                @Override
                public InetSocketAddress getRemoteAddress() {
                    assertThat(Schedulers.isInNonBlockingThread()).isTrue();
                    return super.getRemoteAddress();
                }
            };
            return chain.filter(exchange.mutate().request(request).build());
        });
        assertThat(get("/files/7", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(200);
    }

    @Test
    void theHandlerHasTheContextOfFiltersBefore() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        WebHandler handler = exchange -> Mono.deferContextual(context -> {
            seen.complete(context.get("trace"));
            return Mono.empty();
        });
        WebFilter traces = (exchange, chain) -> chain.filter(exchange).contextWrite(Context.of("trace", "7"));
        start(keys, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), handler, traces);
        assertThat(get("/files/7", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(200);
        assertThat(seen).isCompletedWithValue("7");
    }

    @Test
    void aClientThatDisconnectsEndsTheHandler() throws Exception {
        CountDownLatch handled = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        WebHandler waits = exchange -> Mono.<Void>never()
                .doOnSubscribe(subscription -> handled.countDown())
                .doOnCancel(cancelled::countDown);
        start(keys, Schedulers.newBoundedElastic(1, 1, "api-keys", 60, true), waits);
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            send(socket);
            handled.await();
        }
        assertThat(cancelled.await(1, TimeUnit.MINUTES)).isTrue();
    }

    private void send(Socket socket) throws IOException {
        String request = "GET /files/7 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + secret + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aClientThatDisconnectsInterruptsNoCheck() throws Exception {
        start();
        store.hangs = true;
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            send(socket);
            store.asked.await();
        }
        aConnectionEnded.await();
        assertThat(get("/files/7").statusCode()).isEqualTo(401); // so the loop has done all about the one that ended
        store.goOn.countDown();
        assertThat(store.interrupted.get()).isFalse();
    }
}
