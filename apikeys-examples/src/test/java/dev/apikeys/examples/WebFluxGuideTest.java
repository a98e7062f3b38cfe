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
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Runs the Java of docs/webflux.md, on Reactor Netty. */
class WebFluxGuideTest {
    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore();
    private final ApiKeyManager administrator = ApiKeys.builder(store).build();

    /** Whether the thread that asked the store was one that must not wait. */
    private final Queue<Boolean> asked = new ConcurrentLinkedQueue<>();

    private final ApiKeyManager keys = ApiKeys.builder(watched()).build();
    private final DisposableServer server = start();

    @AfterEach
    void stop() {
        server.disposeNow();
        keys.close();
        administrator.close();
    }

    private ApiKeyStore watched() {
        return (ApiKeyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("find")) {
                        asked.add(Schedulers.isInNonBlockingThread());
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private DisposableServer start() {
        // snippet: docs/webflux.md, guard
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        HttpHandler files = WebHttpHandlerBuilder.webHandler(new Files())
                .filter(new ApiKeyWebFilter(guard)) // in Spring Boot: a bean of this type
                .build();
        // end of snippet
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(files))
                .bindNow();
    }

    private static final class Files implements WebHandler {
        @Override
        public Mono<Void> handle(ServerWebExchange exchange) {
            ApiKey key = exchange.getRequiredAttribute(ApiKeyWebFilter.KEY);
            byte[] text = ("the files of " + key.name()).getBytes(StandardCharsets.UTF_8);
            return exchange.getResponse()
                    .writeWith(Mono.just(exchange.getResponse().bufferFactory().wrap(text)));
        }
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String secret(String role) {
        return administrator
                .create(KeySpec.builder("ann").role(role).build())
                .secret()
                .reveal();
    }

    @Test
    void aKeyIsCheckedAndTheStoreIsAskedOnThreadsThatMayWait() throws Exception {
        String secret = secret("read_only");
        for (int i = 0; i < 3; i++) {
            assertThat(get("/files/7", "Authorization", "Bearer " + secret).body()).isEqualTo("the files of ann");
        }
        assertThat(get("/files/7", "Authorization", "Bearer " + secret("upload_only"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(asked).containsExactly(false, false);
    }

    @Test
    void aRefusalIsThatOfTheGuard() throws Exception {
        HttpResponse<String> none = get("/files/7");
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"api\"");
        assertThat(none.body()).contains("UNAUTHENTICATED");
        String secret = secret("read_only");
        assertThat(get("/files/%2e%2e/7", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(400);
        assertThat(get("/files/7", "Authorization", "Bearer " + secret + ", Bearer x")
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("/other", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(403);
    }
}
