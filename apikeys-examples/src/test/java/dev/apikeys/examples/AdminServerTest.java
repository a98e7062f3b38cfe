package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        assertThatThrownBy(() -> AdminServer.main(new String[] {"a", "b"}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("allowed: [--new-admin] [memory | <url> | <url> <user> <password>]");
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
