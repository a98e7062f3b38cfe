package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DownloadsTest {
    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final String root = keys.secret("admin");

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void worksOnceInTheBrowserThatCreatedTheKey() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        String id = (String) at(created, "data.api_key.id");
        assertThat(created.headers().get("Set-Cookie"))
                .singleElement()
                .asString()
                .matches("__Secure-apikeys-download-" + id
                        + "=ho_\\w{43}; HttpOnly; SameSite=Strict; Secure; Max-Age=600");
        Response download = answer(admin, download(created, "GET"));
        assertThat(download.status()).isEqualTo(200);
        assertThat(download.body()).isEqualTo(at(created, "data.api_key.key"));
        assertThat(download.headers().get("Content-Disposition"))
                .containsExactly("attachment; filename=\"" + id + ".txt\"");
        assertThat(download.headers().get("Cache-Control")).containsExactly("no-store");
        assertThat(download.headers().get("X-Content-Type-Options")).containsExactly("nosniff");
        Response again = answer(admin, download(created, "GET"));
        assertRefused(again, 409, "ALREADY_CLAIMED");
        assertThat(at(again, "error.at")).isEqualTo("2026-11-23T12:00:00.000Z");
    }

    @Test
    void opensNothingAheadOfTimeOrInParts() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        assertRefused(answer(admin, download(created, "HEAD")), 405, "METHOD_NOT_ALLOWED");
        assertRefused(answer(admin, download(created, "GET").header("Range", "bytes=0-9")), 403, "FORBIDDEN");
        assertRefused(
                answer(admin, download(created, "GET").header("Sec-Purpose", "prefetch;prerender")), 403, "FORBIDDEN");
        assertRefused(answer(admin, download(created, "GET").header("Purpose", "prefetch")), 403, "FORBIDDEN");
        assertRefused(
                answer(admin, download(created, "GET").header("Sec-Fetch-Site", "cross-site")), 403, "CROSS_ORIGIN");
        assertRefused(answer(admin, download(created, "GET").without("Authorization")), 401, "UNAUTHENTICATED");
        assertThat(answer(admin, download(created, "GET")).status()).isEqualTo(200);
    }

    @Test
    void saysWithoutTheTicketWhatBecameOfTheSecret() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        assertRefused(answer(admin, download(created, "GET").without("Cookie")), 403, "TICKET_REQUIRED");
        assertRefused(answer(admin, download(created, "DELETE").without("Cookie")), 403, "TICKET_REQUIRED");
        keys.pass(Duration.ofMinutes(10));
        assertRefused(answer(admin, download(created, "GET").without("Cookie")), 410, "EXPIRED");
        assertRefused(answer(admin, download(created, "GET")), 410, "EXPIRED");
        CreatedKey other = keys.create("read_only");
        TestRequest none = TestRequest.get(BASE + "/api-keys/" + other.id().value() + "/download")
                .bearer(root);
        assertRefused(answer(admin, none), 404, "NOT_FOUND");
        Response claimed = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"b\",\"role\":\"read_only\"}"));
        answer(admin, download(claimed, "GET"));
        assertRefused(answer(admin, download(claimed, "GET").without("Cookie")), 409, "ALREADY_CLAIMED");
    }

    @Test
    void isGivenUpWhenTheDialogCloses() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        assertThat(answer(admin, download(created, "DELETE")).status()).isEqualTo(200);
        assertRefused(answer(admin, download(created, "GET")), 409, "ALREADY_CLAIMED");
    }

    /** Else whoever may create keys could take away what waits for somebody else. */
    @Test
    void isGivenUpByTheHolderOfTheTicketAlone() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        String id = (String) at(created, "data.api_key.id");
        for (String ticket : List.of("x", "ho_" + "a".repeat(43))) {
            TestRequest guessed = TestRequest.of("DELETE", BASE + "/" + at(created, "data.download_url"))
                    .bearer(root)
                    .header("Cookie", "__Secure-apikeys-download-" + id + "=" + ticket);
            assertRefused(answer(admin, guessed), 403, "TICKET_REQUIRED");
        }
        assertThat(answer(admin, download(created, "GET")).status()).isEqualTo(200);
    }

    @Test
    void opensNothingUnderAnotherId() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        String cookie = created.headers().get("Set-Cookie").get(0);
        String ticket = cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
        String other = keys.create("read_only").id().value();
        TestRequest under = TestRequest.get(BASE + "/api-keys/" + other + "/download")
                .bearer(root)
                .header("Cookie", "__Secure-apikeys-download-" + other + "=" + ticket);
        assertRefused(answer(admin, under), 404, "NOT_FOUND");
    }

    /** Of two cookies of one name none counts, and a neighbour of the host can plant one without the prefix. */
    @Test
    void aPlantedCookieTakesNoDownloadAway() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
        String planted = "apikeys-download-" + at(created, "data.api_key.id") + "=x";
        assertThat(answer(admin, download(created, "GET").header("Cookie", planted))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void withoutTlsItsCookieIsGoodOnTheOwnMachineAlone() {
        Response created = create(TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}")
                .onLoopback());
        assertThat(created.headers().get("Set-Cookie"))
                .singleElement()
                .asString()
                .startsWith("apikeys-download-ak_")
                .doesNotContain("Secure");
        assertRefused(answer(admin, download(created, "GET")), 403, "TICKET_REQUIRED");
        TestRequest onOwnMachine = download(created, "GET").onLoopback();
        assertThat(answer(admin, onOwnMachine).status()).isEqualTo(200);
    }

    @Test
    void keepsEightTicketsAndExpiresTheOldest() {
        Response last = null;
        TestRequest browser = TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}")
                .bearer(root);
        String first = null;
        for (int i = 0; i < 9; i++) {
            keys.pass(Duration.ofMillis(1));
            last = answer(admin, browser);
            browser.cookiesOf(last);
            first = first == null ? (String) at(last, "data.api_key.id") : first;
        }
        assertThat(last).isNotNull();
        List<String> cookies = last.headers().get("Set-Cookie");
        assertThat(cookies).hasSize(2);
        assertThat(cookies.get(1))
                .startsWith("__Secure-apikeys-download-" + first + "=;")
                .contains("Max-Age=0");
    }

    @Test
    void isNotOfferedWithoutATempKeyStore() {
        try (ApiKeyManager without = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            Admin bare = Admin.builder(without)
                    .administrators(Administrators.byApiKey(without))
                    .build();
            String secret = without.create(KeySpec.builder("a").role("admin").build())
                    .secret()
                    .reveal();
            Response created = answer(
                    bare,
                    TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}")
                            .bearer(secret));
            assertThat(created.status()).isEqualTo(201);
            assertThat(created.body()).doesNotContain("download_url");
            String id = (String) at(created, "data.api_key.id");
            TestRequest get = TestRequest.get(BASE + "/api-keys/" + id).bearer(secret);
            assertThat(at(answer(bare, get), "data.handOff.state")).isEqualTo("none");
            TestRequest download =
                    TestRequest.get(BASE + "/api-keys/" + id + "/download").bearer(secret);
            assertRefused(answer(bare, download), 404, "NOT_FOUND");
            Response link = answer(
                    bare,
                    TestRequest.post(
                                    BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\",\"delivery\":\"link\"}")
                            .bearer(secret));
            assertRefused(link, 422, "INVALID_ARGUMENT");
            assertThat(at(answer(bare, TestRequest.get(BASE + "/session").bearer(secret)), "data.features.handOff"))
                    .isEqualTo(false);
            assertRefused(answer(bare, TestRequest.post(BASE + "/claim/", "{\"ticket\":\"ho_x\"}")), 404, "NOT_FOUND");
        }
    }

    private Response create(TestRequest request) {
        return answer(admin, request.bearer(root));
    }

    private TestRequest download(Response created, String method) {
        return TestRequest.of(method, BASE + "/" + at(created, "data.download_url"))
                .bearer(root)
                .cookiesOf(created);
    }
}
