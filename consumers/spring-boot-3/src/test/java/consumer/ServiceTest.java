package consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ServiceTest {
    private final HttpClient client = HttpClient.newHttpClient();

    @Autowired
    private ApiKeyManager keys;

    @Autowired
    private ApplicationContext context;

    @Value("${local.server.port}")
    private int port;

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return answer;
    }

    private CreatedKey key(String role) {
        return keys.create(KeySpec.builder("ci").role(role).build());
    }

    @Test
    void isTheBootItSaysItIs() {
        assertThat(SpringBootVersion.getVersion()).startsWith(System.getProperty("expected.boot"));
    }

    @Test
    void aGoodKeyPassesAndNoSessionBegins() throws Exception {
        String secret = key("read_only").secret().reveal();
        assertThat(secret).startsWith("acme_");
        for (String path : new String[] {"/api/me", "/page"}) {
            HttpResponse<String> answer = get(path, "Authorization", "bearer " + secret);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ci");
            assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void withoutAGoodKeyTheAnswerIs401() throws Exception {
        assertThat(get("/api/me").statusCode()).isEqualTo(401);
        assertThat(get("/api/me").headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(get("/api/me", "X-API-Key", "acme_wrong").body()).contains("UNAUTHENTICATED");
        assertThat(get("/page", "X-API-Key", "acme_wrong").statusCode()).isEqualTo(401);
        CreatedKey revoked = key("read_only");
        keys.revoke(revoked.id(), "lost");
        assertThat(get("/api/me", "X-API-Key", revoked.secret().reveal()).body()).contains("REVOKED");
    }

    @Test
    void whatIsNotGrantedIs403() throws Exception {
        assertThat(get("/api/upload", "X-API-Key", key("read_only").secret().reveal())
                        .statusCode())
                .isEqualTo(403);
        assertThat(get("/api/upload", "X-API-Key", key("read_upload").secret().reveal())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aFormLoginBesideStays() throws Exception {
        HttpResponse<String> answer = get("/page", "Accept", "text/html");
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse("")).endsWith("/login");
    }

    @Test
    void metersAreBound() throws Exception {
        get("/api/me", "X-API-Key", key("read_only").secret().reveal());
        Map<String, ?> registries = context.getBeansOfType(io.micrometer.core.instrument.MeterRegistry.class);
        assertThat(registries).isNotEmpty();
        io.micrometer.core.instrument.MeterRegistry registry =
                context.getBean(io.micrometer.core.instrument.MeterRegistry.class);
        assertThat(registry.get("apikeys.verifications").tag("code", "VALID").functionCounter().count())
                .isPositive();
    }

    @Test
    void theServicesLoginStandsBeforeTheAdminPageAndNotBeforeClaims() throws Exception {
        String admin = "/keys-admin/";
        assertThat(get(admin, "Accept", "text/html").headers().firstValue("Location").orElse(""))
                .endsWith("/login");
        assertThat(get(admin + "session", "X-API-Key", key("admin").secret().reveal()).statusCode())
                .isEqualTo(403);
        assertThat(get("/claim/").statusCode()).isEqualTo(200);
        assertThat(get("/claim/").body()).contains("claim.js");
    }

    @Test
    void healthAndEndpointKnowTheKeysAndThePepperIsHidden() throws Exception {
        String secret = key("read_only").secret().reveal();
        assertThat(get("/actuator/health/apikeys", "X-API-Key", secret).body()).contains("\"UP\"", "answered");
        assertThat(get("/actuator/apikeys", "X-API-Key", secret).body()).contains("\"VALID\":");
        assertThat(get("/actuator/env/apikeys.pepper.value", "X-API-Key", secret).body())
                .contains("******")
                .doesNotContain("cGVwcGVy");
    }

    @Test
    void tablesComeBesideTheMigrationsOfTheService() {
        Integer histories = context.getBean(org.springframework.jdbc.core.JdbcTemplate.class)
                .queryForObject(
                        "SELECT count(*) FROM information_schema.tables WHERE lower(table_name) IN"
                                + " ('flyway_schema_history', 'apikeys_flyway_history', 'of_the_service')",
                        Integer.class);
        boolean hasFlyway = System.getProperty("apikeys.jdbc.initialize-schema") != null;
        assertThat(histories).isEqualTo(hasFlyway ? 3 : 0);
    }
}
