package starts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.CreatedKey;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What clients send to one running service, and what they are to get. */
final class Requests {
    private static final Pattern FORM_TOKEN = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");
    private static final Pattern VALID = Pattern.compile("\"VALID\":(\\d+)");

    private final Start start;
    private final Database database;
    private final Running service;
    private final Client client;
    private final Keys keys;

    Requests(Start start, Database database) throws Exception {
        this.start = start;
        this.database = database;
        this.service = Running.of(start, database);
        this.client = new Client(service.port());
        this.keys = new Keys(database);
    }

    String log() {
        return service.log();
    }

    /** Paths that take a key: in a chain of its own or behind the plain filter, and in one with a form login. */
    private List<String> paths() {
        return start.hasSecurity() ? List.of("/api/me", "/page") : List.of("/api/me");
    }

    private static void isRefused(HttpResponse<String> answer, int status, String code, String error) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"success\":false", "\"" + code + "\"");
        String realm = "Bearer realm=\"api\"";
        assertThat(answer.headers().allValues("WWW-Authenticate"))
                .containsExactly(error.isEmpty() ? realm : realm + ", error=\"" + error + "\"");
        isNoSession(answer);
    }

    private static void isNoSession(HttpResponse<String> answer) {
        assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
    }

    void tablesAreThereBeforeTheFirstRequest() throws Exception {
        assertThat(database.has("apikeys_key")).isTrue();
        for (String table : List.of("flyway_schema_history", "apikeys_flyway_history", "of_the_service")) {
            assertThat(database.has(table)).as(table).isEqualTo(start.hasFlyway());
        }
    }

    void aGoodKeyPassesHoweverItIsPresented() throws Exception {
        String secret = keys.good("read_only");
        for (String path : paths()) {
            for (String[] header : new String[][] {
                {"Authorization", "Bearer " + secret},
                {"Authorization", "bearer " + secret},
                {"Authorization", "Bearer   " + secret + "  "},
                {"X-API-Key", secret}
            }) {
                HttpResponse<String> answer = client.get(path, header);
                assertThat(answer.statusCode()).as(path + " " + header[0]).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("ci");
                isNoSession(answer);
            }
            assertThat(client.send("HEAD", path, "", "X-API-Key", secret).statusCode())
                    .isEqualTo(200);
            String head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
            try (Client.Raw newline = client.raw(head + "Authorization: Bearer " + secret + "\n\r\n")) {
                assertThat(newline.reads("HTTP/1.1 200")).isTrue();
            }
        }
    }

    void withoutAGoodKeyNothingIsServed() throws Exception {
        String secret = keys.good("read_only");
        isRefused(client.get("/api/me"), 401, "UNAUTHENTICATED", "");
        for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
            isRefused(client.send(method, "/api/change", ""), 401, "UNAUTHENTICATED", "");
        }
        isRefused(client.get("/api/me?key=" + secret), 401, "UNAUTHENTICATED", "");
        isRefused(client.get("/api/me", "Authorization", "Basic " + secret), 401, "UNAUTHENTICATED", "");
        isRefused(
                client.get("/api/me", "Authorization", "Bearer other_" + secret),
                401,
                "UNAUTHENTICATED",
                "invalid_token");
        isRefused(
                client.get("/api/me", "Authorization", "Bearer " + jwt("olga", "of another")),
                401,
                "UNAUTHENTICATED",
                "invalid_token");
        for (String path : paths()) {
            isRefused(client.get(path, "X-API-Key", secret + "%0A"), 401, "UNAUTHENTICATED", "invalid_token");
            isRefused(client.get(path, "X-API-Key", "acme_wrong"), 401, "UNAUTHENTICATED", "invalid_token");
            HttpResponse<String> two = client.get(path, "X-API-Key", secret, "Authorization", "Bearer " + secret);
            assertThat(two.statusCode()).isEqualTo(400);
        }
    }

    /** The container takes them for others, and Spring MVC for what they are. */
    void noDetourLeadsPastTheFilter() throws Exception {
        String secret = keys.good("read_only");
        assertThat(client.get("/api/dir/name", "X-API-Key", secret).body()).isEqualTo("a file of Optional[ci]");
        assertThat(client.get("/api/dir/name").statusCode()).isEqualTo(401);
        for (String path : List.of("/api/../name", "/api/%2e%2e/name", "/api/..;/name", "/%61pi/../name", "/x/../api/dir/name")) {
            try (Client.Raw raw = client.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
                assertThat(raw.reads("HTTP/1.1 400")).as(path).isTrue();
            }
        }
    }

    void aKeyThatEndedHasItsCode() throws Exception {
        for (String path : paths()) {
            isRefused(client.get(path, "X-API-Key", keys.revoked()), 401, "REVOKED", "invalid_token");
            isRefused(client.get(path, "X-API-Key", keys.expired()), 401, "EXPIRED", "invalid_token");
            isRefused(client.get(path, "X-API-Key", keys.deleted()), 401, "UNAUTHENTICATED", "invalid_token");
            isRefused(client.get(path, "X-API-Key", keys.disabled()), 403, "DISABLED", "insufficient_scope");
        }
    }

    void whatIsNotGrantedIs403() throws Exception {
        String reader = keys.good("read_only");
        String uploader = keys.good("read_upload");
        List<String> asked = start.hasSecurity()
                ? List.of("/api/upload", "/api/authority", "/api/expression", "/api/resource")
                : List.of("/api/upload");
        for (String path : asked) {
            isRefused(
                    client.get(path, "Authorization", "Bearer " + reader),
                    403,
                    "INSUFFICIENT_PERMISSIONS",
                    "insufficient_scope");
            assertThat(client.get(path, "Authorization", "Bearer " + uploader).body())
                    .as(path)
                    .isEqualTo("uploaded");
        }
    }

    void preflightsAreTheServices() throws Exception {
        assertThat(preflight("https://good.example")).isEqualTo(200);
        assertThat(preflight("https://evil.example")).isEqualTo(403);
    }

    private int preflight(String origin) throws Exception {
        return client.send(
                        "OPTIONS",
                        "/api/me",
                        "",
                        "Origin",
                        origin,
                        "Access-Control-Request-Method",
                        "GET",
                        "Access-Control-Request-Headers",
                        "X-API-Key")
                .statusCode();
    }

    void anAsyncDispatchKeepsTheKey() throws Exception {
        HttpResponse<String> answer = client.get("/api/async", "X-API-Key", keys.good("read_only"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ci");
    }

    void guessesAreLimitedByAddressAndAGoodKeyGoesOn() throws Exception {
        String[] guess = {"X-API-Key", keys.deleted(), "X-Forwarded-For", "203.0.113.9"};
        String good = keys.good("read_only");
        assertThat(client.get("/api/me", "X-API-Key", good).statusCode()).isEqualTo(200); // and is cached
        for (int i = 0; i < 20; i++) {
            assertThat(client.get("/api/me", guess).statusCode()).isEqualTo(401);
        }
        String fresh = keys.deleted(); // the absence of the other one may be cached
        for (String path : paths()) {
            HttpResponse<String> answer = client.get(path, "X-API-Key", fresh, "X-Forwarded-For", "203.0.113.9");
            assertThat(answer.statusCode()).as(path).isEqualTo(429);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("3600");
            assertThat(answer.body()).contains("RATE_LIMITED");
            isNoSession(answer);
            assertThat(client.get(path, "X-API-Key", good, "X-Forwarded-For", "203.0.113.9")
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(client.get("/api/me", "X-API-Key", fresh).statusCode()).isEqualTo(401); // from elsewhere
    }

    void securityStaysTheServices() throws Exception {
        if (!start.hasSecurity()) {
            assertThat(client.get("/page").body()).isEqualTo("nobody");
            return;
        }
        String secret = keys.good("read_only");
        assertThat(client.get("/page", "Accept", "text/html").headers().firstValue("Location"))
                .get()
                .asString()
                .endsWith("/login");
        aSessionBesideAKeyDoesNotCount(secret);
        aJwtBesideIsTheServices(secret);
        assertThat(client.send("POST", "/page/change", "").statusCode()).isEqualTo(403);
        for (String path : List.of("/api/change", "/page/change")) {
            assertThat(client.send("POST", path, "", "X-API-Key", secret).body()).isEqualTo("ci");
        }
        assertThat(client.get("/keys-admin/session", "X-API-Key", keys.good("admin"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.get("/claim/").body()).contains("claim.js");
        assertThat(client.get("/claim/none").statusCode()).isEqualTo(404);
        for (String path : List.of("/keys-admin/closed/page", "/claim/closed/page")) {
            assertThat(client.get(path, "Accept", "text/html").statusCode()).as("by its chain: " + path).isEqualTo(403);
        }
    }

    private void aSessionBesideAKeyDoesNotCount(String secret) throws Exception {
        HttpResponse<String> form = client.get("/login");
        Matcher token = FORM_TOKEN.matcher(form.body());
        assertThat(token.find()).isTrue();
        HttpResponse<String> in = client.send(
                "POST",
                "/login",
                "username=olga&password=of+olga&_csrf=" + token.group(1),
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Cookie",
                cookie(form));
        String session = cookie(in);
        assertThat(client.get("/page", "Cookie", session).body()).isEqualTo("nobody"); // olga, who has no key
        assertThat(client.get("/page", "Cookie", session, "X-API-Key", secret).body())
                .isEqualTo("ci");
        HttpResponse<String> async = client.get("/page/async", "Cookie", session, "X-API-Key", secret);
        assertThat(async.statusCode()).as("olga may not read, at an async dispatch either").isEqualTo(200);
        assertThat(async.body()).isEqualTo("ci");
        assertThat(client.get("/page", "Cookie", session, "X-API-Key", "acme_wrong").statusCode())
                .isEqualTo(401);
    }

    private static String cookie(HttpResponse<String> answer) {
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private void aJwtBesideIsTheServices(String secret) throws Exception {
        String good = jwt("olga", "of JWTs, and 256 bits or more of it");
        String bad = jwt("olga", "of another, and 256 bits or more of it");
        assertThat(client.get("/jwt/me", "Authorization", "Bearer " + good).body()).isEqualTo("olga");
        HttpResponse<String> refused = client.get("/jwt/me", "Authorization", "Bearer " + bad);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate").orElse("")).contains("JWT");
        HttpResponse<String> byKey = client.get("/jwt/me", "Authorization", "Bearer " + secret);
        assertThat(byKey.statusCode()).isEqualTo(200);
        assertThat(byKey.body()).startsWith("ak_");
    }

    private static String jwt(String subject, String key) throws Exception {
        String text = base64("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(("{\"sub\":\"" + subject + "\"}").getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return text + "." + base64(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    void actuatorKnowsTheKeysAndHidesThePepper() throws Exception {
        if (!start.hasActuator()) {
            assertThat(client.get("/actuator/health").statusCode()).isIn(302, 404);
            return;
        }
        long before = valid();
        client.get("/api/me", "X-API-Key", keys.good("read_only"));
        assertThat(valid()).as("each request is verified once").isEqualTo(before + 1);
        assertThat(client.get("/actuator/health/apikeys").body()).contains("\"UP\"", "answered");
        assertThat(client.get("/actuator/metrics/apikeys.verifications?tag=code:VALID").statusCode())
                .isEqualTo(200);
        for (String name : List.of("/actuator/env/apikeys.pepper.value", "/actuator/env")) {
            assertThat(client.get(name).body()).contains("******").doesNotContain(Keys.PEPPER);
        }
    }

    private long valid() throws Exception {
        Matcher figure = VALID.matcher(client.get("/actuator/apikeys").body());
        return figure.find() ? Long.parseLong(figure.group(1)) : 0;
    }

    /** Either with a request under way, or without a database. */
    void endsWhateverIsUnderWay() throws Exception {
        if (start.database() == Database.Kind.H2) {
            endsAfterTheRequestThatIsUnderWay();
        } else {
            anOutageIs503AndStopsNeitherOtherRequestsNorTheEnd();
        }
    }

    private void endsAfterTheRequestThatIsUnderWay() throws Exception {
        CreatedKey key = keys.make("read_upload");
        String head = "POST /api/slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n";
        String secret = keys.secret(key);
        try (Client.Raw slow = client.raw(head + "X-API-Key: " + secret + "\r\n\r\n")) {
            assertThat(slow.reads("begun")).isTrue();
            service.terminate();
            service.await(Pattern.compile("Commencing graceful shutdown"));
            slow.send("x");
            assertThat(slow.reads("ended")).isTrue();
        }
        assertThat(service.exitCode()).isEqualTo(143);
        assertThat(keys.uses(key.id())).as("what is written as the manager closes").isEqualTo(1);
    }

    private void anOutageIs503AndStopsNeitherOtherRequestsNorTheEnd() throws Exception {
        String used = keys.good("read_only");
        String cold = keys.good("read_only");
        assertThat(client.get("/api/me", "X-API-Key", used).statusCode()).isEqualTo(200);
        database.stop();
        for (String path : paths()) {
            HttpResponse<String> answer = client.get(path, "X-API-Key", cold);
            assertThat(answer.statusCode()).as(path).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            isNoSession(answer);
            assertThat(client.get(path, "X-API-Key", used).statusCode()).isEqualTo(200); // cached
        }
        assertThat(client.get("/open").body()).isEqualTo("open");
        if (start.hasActuator()) {
            assertThat(client.get("/actuator/health/apikeys").body()).contains("\"DOWN\"");
        }
        service.terminate();
        assertThat(service.exitCode()).isEqualTo(143);
        assertThat(service.log()).contains("The manager of API keys is closed, and not all was written");
    }

    void noSecretIsInTheLog() {
        service.kill();
        keys.close();
        assertThat(service.log()).doesNotContain(Keys.PEPPER, "of olga");
        assertThat(keys.secrets()).isNotEmpty().noneMatch(service.log()::contains);
    }
}
