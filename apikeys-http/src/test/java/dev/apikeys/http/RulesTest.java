package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every answer of the admin API and its page. */
class RulesTest {
    private static final String CREATE = "{\"name\":\"a\",\"role\":\"read_only\"}";

    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final String root = keys.secret("admin");

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void aBodyIsJsonOfAtMost64KiB() {
        TestRequest form = TestRequest.of("POST", BASE + "/api-keys")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("name=a".getBytes(StandardCharsets.UTF_8));
        assertRefused(ask(form), 415, "UNSUPPORTED_MEDIA_TYPE");
        TestRequest text = TestRequest.of("POST", BASE + "/api-keys").header("Content-Type", "text/plain");
        assertRefused(ask(text.body(CREATE.getBytes(StandardCharsets.UTF_8))), 415, "UNSUPPORTED_MEDIA_TYPE");
        TestRequest untyped = TestRequest.of("POST", BASE + "/api-keys").body(CREATE.getBytes(StandardCharsets.UTF_8));
        assertRefused(ask(untyped), 415, "UNSUPPORTED_MEDIA_TYPE");
        TestRequest latin = TestRequest.of("POST", BASE + "/api-keys")
                .header("Content-Type", "application/json; charset=iso-8859-1")
                .body(CREATE.getBytes(StandardCharsets.UTF_8));
        assertRefused(ask(latin), 415, "UNSUPPORTED_MEDIA_TYPE");
        TestRequest twice = TestRequest.post(BASE + "/api-keys", CREATE).header("Content-Type", "application/json");
        assertRefused(ask(twice), 415, "UNSUPPORTED_MEDIA_TYPE");
        TestRequest large = TestRequest.post(BASE + "/api-keys", "{\"name\":\"" + "a".repeat(64 * 1_024) + "\"}");
        assertRefused(ask(large), 413, "TOO_LARGE");
        TestRequest utf8 = TestRequest.of("POST", BASE + "/api-keys")
                .header("Content-Type", "Application/JSON ; charset=\"UTF-8\"")
                .body(CREATE.getBytes(StandardCharsets.UTF_8));
        assertThat(ask(utf8).status()).isEqualTo(201);
    }

    /** A version there would not be checked. */
    @Test
    void theBodyOfADeletionIsRefused() {
        dev.apikeys.CreatedKey key = keys.create("read_only");
        String path = BASE + "/api-keys/" + key.id().value();
        TestRequest form = TestRequest.of("DELETE", path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("version=1".getBytes(StandardCharsets.UTF_8));
        assertRefused(ask(form), 415, "UNSUPPORTED_MEDIA_TYPE");
        Response json = ask(TestRequest.of("DELETE", path).json("{\"version\":2}"));
        assertRefused(json, 422, "INVALID_ARGUMENT");
        assertThat(Keys.at(json, "error.field")).isEqualTo("version");
        assertThat(keys.manager.find(key.id())).isPresent();
        assertThat(ask(TestRequest.of("DELETE", path + "?version=1").header("Content-Type", "application/json"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void headersOfProxiesAreNotRead() {
        TestRequest request = TestRequest.post(BASE + "/api-keys", CREATE)
                .header("Origin", "https://evil.example.com")
                .header("X-Forwarded-Host", "evil.example.com")
                .header("X-Forwarded-Proto", "https")
                .header("Forwarded", "host=evil.example.com;proto=https");
        assertRefused(ask(request), 403, "CROSS_ORIGIN");
        Response moved = answer(admin, TestRequest.get(BASE).header("X-Forwarded-Prefix", "/elsewhere"));
        assertThat(moved.headers().get("Location")).containsExactly("admin/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\"} {}", "null"})
    void aBodyThatIsNoObjectChangesNothing(String json) {
        Response answer = ask(TestRequest.post(BASE + "/api-keys", json));
        assertThat(answer.status()).isIn(400, 422);
        assertThat(keys.manager.count(dev.apikeys.KeyQuery.all(), 10)).isEqualTo(1);
    }

    @Test
    void otherSitesGetNothing() {
        for (String site : List.of("cross-site", "same-site", "none")) {
            TestRequest request = TestRequest.post(BASE + "/api-keys", CREATE).header("Sec-Fetch-Site", site);
            assertRefused(ask(request), 403, "CROSS_ORIGIN");
        }
        assertRefused(
                ask(TestRequest.get(BASE + "/api-keys").header("Sec-Fetch-Site", "cross-site")), 403, "CROSS_ORIGIN");
        assertRefused(
                ask(TestRequest.get(BASE + "/api-keys").header("Origin", "https://evil.example.com")),
                403,
                "CROSS_ORIGIN");
        assertRefused(
                answer(
                        admin,
                        TestRequest.post(BASE + "/session", "{\"key\":\"" + root + "\"}")
                                .header("Sec-Fetch-Site", "cross-site")),
                403,
                "CROSS_ORIGIN");
        assertThat(keys.manager.count(dev.apikeys.KeyQuery.all(), 10)).isEqualTo(1);
        assertThat(ask(TestRequest.post(BASE + "/api-keys", CREATE).header("Sec-Fetch-Site", "same-origin"))
                        .status())
                .isEqualTo(201);
        Admin trusting =
                keys.admin().trustedOrigins("https://console.example.com").build();
        TestRequest fromConsole =
                TestRequest.post(BASE + "/api-keys", CREATE).header("Origin", "https://console.example.com");
        assertThat(answer(trusting, fromConsole.bearer(root)).status()).isEqualTo(201);
    }

    @Test
    void pagesAreAnsweredWhereverTheLinkIs() {
        TestRequest fromMail = TestRequest.get(BASE + "/claim/").header("Sec-Fetch-Site", "cross-site");
        assertThat(answer(admin, fromMail).status()).isEqualTo(200);
        assertThat(answer(admin, TestRequest.get(BASE + "/").header("Sec-Fetch-Site", "cross-site"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void everyAnswerKeepsBrowsersInBounds() {
        Response saved = saved(ask(TestRequest.post(BASE + "/api-keys", CREATE)));
        for (Response answer : List.of(
                answer(admin, TestRequest.get(BASE + "/")),
                answer(admin, TestRequest.get(BASE + "/claim/")),
                answer(admin, TestRequest.get(BASE)),
                answer(admin, TestRequest.get(BASE + "/api-keys")),
                answer(admin, TestRequest.get(BASE + "/nothing")),
                saved,
                ask(TestRequest.get(BASE + "/openapi.json")),
                ask(TestRequest.get(BASE + "/api-keys")))) {
            Map<String, List<String>> headers = answer.headers();
            assertThat(headers.get("X-Content-Type-Options")).containsExactly("nosniff");
            assertThat(headers.get("Referrer-Policy")).containsExactly("no-referrer");
            assertThat(headers.get("Cross-Origin-Opener-Policy")).containsExactly("same-origin");
            assertThat(headers.get("Cross-Origin-Resource-Policy")).containsExactly("same-origin");
            assertThat(headers.keySet()).noneMatch(name -> name.startsWith("Access-Control-"));
            assertThat(headers.get("Content-Security-Policy")).hasSize(1);
            assertThat(headers.get("Content-Security-Policy").get(0))
                    .contains("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'");
        }
    }

    @Test
    void everyTextSaysItsCharset() {
        for (String asset : List.of("", "admin.css", "icon.svg", "main.js", "openapi.json", "claim/")) {
            Response answer = answer(admin, TestRequest.get(BASE + "/" + asset));
            assertThat(answer.headers().get("Content-Type"))
                    .as(asset)
                    .singleElement()
                    .asString()
                    .matches("(text/(html|css|javascript)|image/svg\\+xml); charset=utf-8|application/json");
        }
    }

    @Test
    void theApiIsNeverStored() {
        Response created = ask(TestRequest.post(BASE + "/api-keys", CREATE));
        Response saved = saved(created);
        for (Response answer : List.of(
                created,
                saved,
                answer(
                        admin,
                        TestRequest.post(BASE + "/session", "{\"key\":\"" + root + "\"}")
                                .onLoopback()),
                ask(TestRequest.get(BASE + "/session")),
                ask(TestRequest.get(BASE + "/openapi.json")),
                ask(TestRequest.get(BASE + "/api-keys")),
                ask(TestRequest.get(BASE + "/journal")),
                answer(admin, TestRequest.get(BASE + "/api-keys")),
                answer(admin, TestRequest.post(BASE + "/claim/", "{\"ticket\":\"ho_\"}")))) {
            assertThat(answer.headers().get("Cache-Control"))
                    .as(answer.toString())
                    .containsExactly("no-store");
        }
    }

    private Response saved(Response created) {
        Response saved = ask(TestRequest.get(BASE + "/" + Keys.at(created, "data.download_url"))
                .cookiesOf(created));
        assertThat(saved.body()).startsWith("sk_");
        return saved;
    }

    /** It would be in logs: of servers, proxies and browsers. */
    @ParameterizedTest
    @ValueSource(strings = {"key", "api_key", "apiKey", "access_token", "token"})
    void aKeyInTheQueryIsNone(String name) {
        assertRefused(answer(admin, TestRequest.get(BASE + "/api-keys?" + name + "=" + root)), 401, "UNAUTHENTICATED");
        Response beside = ask(TestRequest.get(BASE + "/api-keys?" + name + "=" + root));
        assertRefused(beside, 422, "INVALID_ARGUMENT");
        assertThat(beside.body()).doesNotContain(root);
        Response login = answer(admin, TestRequest.post(BASE + "/session?" + name + "=" + root, "{}"));
        assertThat(login.status()).isEqualTo(422);
        assertThat(login.headers()).doesNotContainKey("Set-Cookie");
    }

    @Test
    void thePageRunsNothingButItsOwnScripts() {
        Response page = answer(admin, TestRequest.get(BASE + "/"));
        assertThat(page.headers().get("Content-Type")).containsExactly("text/html; charset=utf-8");
        assertThat(page.headers().get("Content-Security-Policy"))
                .containsExactly("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                        + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                        + " require-trusted-types-for 'script'; trusted-types 'none'");
        assertThat(page.headers().get("Cache-Control")).containsExactly("no-cache");
        assertThat(page.body())
                .doesNotContainPattern("(src|href)=\"(/|https?:)")
                .doesNotContain("<style", "style=");
    }

    @Test
    void assetsAreAskedForAnewAndSentOnce() {
        Response page = answer(admin, TestRequest.get(BASE + "/"));
        String tag = page.headers().get("ETag").get(0);
        assertThat(tag).matches("\"[0-9a-f]{32}\"");
        Response again = answer(admin, TestRequest.get(BASE + "/").header("If-None-Match", tag));
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.headers()).containsKey("Content-Security-Policy");
        assertThat(answer(admin, TestRequest.get(BASE + "/").header("If-None-Match", "\"0\""))
                        .status())
                .isEqualTo(200);
        assertRefused(answer(admin, TestRequest.post(BASE + "/", "{}")), 405, "METHOD_NOT_ALLOWED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/openapi.json.js",
                "/page/index.html",
                "/Index.html",
                "/.html",
                "/index.html.bak",
                "/index.class",
                "/Admin.class",
                "/index",
                "/a/index.html"
            })
    void noOtherFileIsServed(String path) {
        assertRefused(answer(admin, TestRequest.get(BASE + path)), 404, "NOT_FOUND");
    }

    @Test
    void theBaseWithoutASlashLeadsToThePageBehindAnyPrefix() {
        Response answer = answer(admin, TestRequest.get(BASE));
        assertThat(answer.status()).isEqualTo(308);
        assertThat(answer.headers().get("Location")).containsExactly("admin/");
    }

    @Test
    void answersWithinAContext() {
        TestRequest request = TestRequest.get("/app" + BASE + "/api-keys").context("/app");
        assertThat(ask(request).status()).isEqualTo(200);
        assertRefused(ask(TestRequest.get("/app" + BASE + "/api-keys")), 404, "NOT_FOUND");
        assertRefused(ask(TestRequest.get("/appX" + BASE + "/api-keys").context("/app")), 400, "BAD_REQUEST");
        Admin elsewhere = keys.admin().path("/keys").build();
        assertThat(answer(elsewhere, TestRequest.get("/keys/api-keys").bearer(root))
                        .status())
                .isEqualTo(200);
        assertThatThrownBy(() -> keys.admin().path("/keys/")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.admin().path("keys")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.admin().path("/a/../b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aHeaderNeverBecomesTwo() {
        assertThatThrownBy(() -> Response.of(200).with("Location", "a\r\nSet-Cookie: b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("header Location holds a control character; allowed: none");
        assertThatThrownBy(() -> Response.of(99)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Response.of(200)
                        .with("Set-Cookie", "secret")
                        .withBody("text/plain", "secret")
                        .toString())
                .isEqualTo("Response[200, [Set-Cookie, Content-Type]]");
    }

    private Response ask(TestRequest request) {
        return answer(admin, request.bearer(root));
    }
}
