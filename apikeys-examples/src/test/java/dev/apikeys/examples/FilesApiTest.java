package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeySpec;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.jdk.JdkServer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Behind a guard that allows all methods, unlike that of the example. */
class FilesApiTest {
    @Test
    void onlyAPostAddsAFileAndOnlyAPutReplacesOne() throws Exception {
        try (ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore()).build();
                JdkServer server = JdkServer.builder()
                        .guard(
                                FilesApi.PATH,
                                ApiKeyGuard.builder(keys)
                                        .rule((method, path, request) -> Access.permission("read"))
                                        .build(),
                                new FilesApi())
                        .start()) {
            String secret = keys.create(KeySpec.builder("ann").role("read_only").build())
                    .secret()
                    .reveal();
            String files = "http://127.0.0.1:" + server.address().getPort() + FilesApi.PATH;
            for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS")) {
                HttpResponse<String> refused = send(method, files, secret);
                assertThat(refused.statusCode()).as(method).isEqualTo(405);
                assertThat(refused.headers().firstValue("Allow")).hasValue("GET, HEAD, POST");
            }
            assertThat(send("DELETE", files + "/1", secret).statusCode()).isEqualTo(405);
            assertThat(send("GET", files, secret).body()).isEqualTo("1\n");
            assertThat(send("POST", files, secret).statusCode()).isEqualTo(201);
            assertThat(send("PUT", files + "/x", secret).statusCode()).isEqualTo(201);
            assertThat(send("GET", files, secret).body()).isEqualTo("1\n2\nx\n");
            assertThat(send("GET", files + "/3", secret).statusCode()).isEqualTo(404);
        }
    }

    private static HttpResponse<String> send(String method, String url, String secret) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofMinutes(1))
                .header("Authorization", "Bearer " + secret)
                .method(method, BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }
}
