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
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
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
                .register(new ApiKeyRequestFilter(guard, context -> "")); // the address of the client
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

    private static int preflight(HttpServer server) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/service/files/7"))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .headers("Origin", "https://pages.example.com", "Access-Control-Request-Method", "GET")
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .statusCode();
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
        HttpServer guarded = start(guarded(payroll, Files.class));
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

    private static ResourceConfig guarded(ApiKeyGuard guard, Class<?>... classes) {
        return new ResourceConfig(classes).register(new ApiKeyRequestFilter(guard, context -> ""));
    }

    @Path("files/pläne@public")
    public static class Plans {
        @GET
        public String read(@QueryParam("of") String of) {
            return "the public plans of " + of;
        }
    }

    /** Jersey matches the encoded path. */
    @Test
    void whatIsCheckedIsServedHoweverItIsEncoded() throws Exception {
        ApiKeyGuard plans = ApiKeyGuard.builder(keys)
                .route("GET", "/files/pläne@public", Access.permission("read"))
                .route("GET", "/files/**", Access.permission("admin"))
                .build();
        HttpServer guarded = start(guarded(plans, Files.class, Plans.class));
        try {
            for (String path :
                    List.of("/files/pl%C3%A4ne@public", "/files/pl%c3%a4ne%40publi%63", "/files/p%6C%C3%A4ne@public")) {
                assertThat(get(guarded, path + "?of=%2F%7B%25%7D", "Authorization", "Bearer " + secret("read_only"))
                                .body())
                        .as(path)
                        .isEqualTo("the public plans of /{%}");
            }
            assertThat(get(guarded, "/files/%7Bname%7D", "Authorization", "Bearer " + secret("admin"))
                            .body())
                    .isEqualTo("the files of ann");
        } finally {
            guarded.stop(0);
        }
    }

    @PreMatching
    private static final class Moved implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext context) {
            URI old = context.getUriInfo().getRequestUri();
            context.setRequestUri(URI.create(old.toString().replace("/old/", "/files/")));
        }
    }

    @Test
    void thePathIsCheckedAsOtherFiltersLeaveIt() throws Exception {
        ApiKeyGuard old = ApiKeyGuard.builder(keys)
                .route("GET", "/old/**", Access.permission("read"))
                .route("GET", "/files/**", Access.permission("admin"))
                .build();
        HttpServer guarded = start(guarded(old, Files.class).register(new Moved(), Integer.MAX_VALUE - 1));
        try {
            assertThat(get(guarded, "/old/7", "Authorization", "Bearer " + secret("read_only"))
                            .statusCode())
                    .isEqualTo(403);
        } finally {
            guarded.stop(0);
        }
    }

    @PreMatching
    private static final class Cors implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext context) {
            if (context.getMethod().equals("OPTIONS")) {
                context.abortWith(Response.noContent().build());
            }
        }
    }

    /** A resource that answers preflights would answer those of strangers. */
    @Test
    void aPreflightNeedsAKeyUnlessAFilterBeforeAnswersIt() throws Exception {
        assertThat(preflight(server)).isEqualTo(401);
        ApiKeyGuard guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/**", Access.permission("read"))
                .build();
        HttpServer open = start(guarded(guard, Files.class).register(new Cors()));
        try {
            assertThat(preflight(open)).isEqualTo(204);
        } finally {
            open.stop(0);
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
