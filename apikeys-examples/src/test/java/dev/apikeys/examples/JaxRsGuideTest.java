package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeySpec;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.memory.InMemoryApiKeyStore;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.glassfish.jersey.jdkhttp.JdkHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs the Java of docs/jax-rs.md, on Jersey. */
class JaxRsGuideTest {
    private final ApiKeyManager keys =
            ApiKeys.builder(new InMemoryApiKeyStore()).build();
    private final HttpServer server = start();

    @AfterEach
    void stop() {
        server.stop(0);
        keys.close();
    }

    private HttpServer start() {
        // snippet: docs/jax-rs.md, guard
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        ResourceConfig service = new ResourceConfig(Files.class)
                .register(new ApiKeyRequestFilter(guard, context -> "")); // all clients share one limit of guesses
        // end of snippet
        return start(service);
    }

    private static HttpServer start(ResourceConfig service) {
        return JdkHttpServerFactory.createHttpServer(URI.create("http://127.0.0.1:0/service/"), service);
    }

    // snippet: docs/jax-rs.md, resource
    @Path("files/{name}")
    public static class Files {
        @GET
        public String read(@Context ContainerRequestContext request) {
            ApiKey key = (ApiKey) request.getProperty(ApiKeyRequestFilter.KEY);
            return "the files of " + key.name();
        }
    }
    // end of snippet

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return get(server, path, headers);
    }

    private static HttpResponse<String> get(HttpServer server, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/service" + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String secret(String role) {
        return keys.create(KeySpec.builder("ann").role(role).build()).secret().reveal();
    }

    @Test
    void aKeyIsCheckedBeforeTheResource() throws Exception {
        String secret = secret("read_only");
        assertThat(get("/files/7", "Authorization", "Bearer " + secret).body()).isEqualTo("the files of ann");
        assertThat(get("/files/7", "Authorization", "Bearer " + secret("upload_only"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(get("/files/%2e%2e", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(400);
        assertThat(get("/other", "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(403);
    }

    /** Jersey serves both paths. */
    @Test
    void aSlashAtTheEndLeadsAroundNoRoute() throws Exception {
        ApiKeyGuard payroll = ApiKeyGuard.builder(keys)
                .route("*", "/files/payroll", Access.permission("admin"))
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        HttpServer guarded =
                start(new ResourceConfig(Files.class).register(new ApiKeyRequestFilter(payroll, context -> "")));
        try {
            for (String path : List.of("/files/payroll", "/files/payroll/")) {
                assertThat(get(guarded, path, "Authorization", "Bearer " + secret("read_only"))
                                .statusCode())
                        .as(path)
                        .isEqualTo(403);
                assertThat(get(guarded, path, "Authorization", "Bearer " + secret("admin"))
                                .statusCode())
                        .as(path)
                        .isEqualTo(200);
            }
        } finally {
            guarded.stop(0);
        }
    }

    @Test
    void aRefusalIsThatOfTheGuard() throws Exception {
        HttpResponse<String> none = get("/files/7");
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"api\"");
        assertThat(none.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        assertThat(none.body()).contains("UNAUTHENTICATED");
    }
}
