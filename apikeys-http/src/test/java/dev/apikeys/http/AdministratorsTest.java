package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.http.Administrator.Right;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may use the admin API, and for how long. */
class AdministratorsTest {
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);

    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final CreatedKey root = keys.create("admin");

    @AfterEach
    void close() {
        keys.close();
    }

    // Refuse by default

    @Test
    void servesNothingWithoutAdministrators() {
        Admin nobody;
        try (CapturedLog log = new CapturedLog()) {
            nobody = Admin.builder(keys.manager).build();
            assertThat(log.text()).containsOnlyOnce("answers 404 to everything");
        }
        for (String path : List.of("", "/", "/index.html", "/session", "/api-keys", "/claim/", "/openapi.json")) {
            assertRefused(
                    answer(
                            nobody,
                            TestRequest.get(BASE + path).bearer(root.secret().reveal())),
                    404,
                    "NOT_FOUND");
        }
        assertThat(nobody.hasAdministrators()).isFalse();
        assertThat(admin.hasAdministrators()).isTrue();
    }

    @Test
    void everyRouteButTheSessionsTakesARight() {
        for (Route route : admin.routes()) {
            Response answer = answer(
                    admin,
                    TestRequest.of(route.method(), BASE + route.path().replace("*", "ak_1"))
                            .json("{}"));
            if (route.path().equals("/session") && !route.method().equals("GET")) {
                assertThat(answer.status()).as(route.path()).isIn(200, 422);
            } else {
                assertRefused(answer, 401, "UNAUTHENTICATED");
                assertThat(at(answer, "error.login")).isEqualTo("key");
                assertThat(answer.headers().get("WWW-Authenticate")).containsExactly("ApiKey realm=\"admin\"");
            }
        }
    }

    @Test
    void aKeyThatIsNoAdministratorsIsRefused() {
        assertRefused(list(TestRequest.get(BASE + "/api-keys").bearer(keys.secret("read_only"))), 403, "FORBIDDEN");
        assertRefused(list(TestRequest.get(BASE + "/api-keys").bearer("sk_x")), 401, "UNAUTHENTICATED");
        assertRefused(logIn(keys.secret("read_only")), 403, "FORBIDDEN");
        assertRefused(logIn("sk_x"), 401, "UNAUTHENTICATED");
        assertRefused(logIn(""), 401, "UNAUTHENTICATED");
    }

    @Test
    void anotherPermissionCanMakeAnAdministrator() {
        Admin byUpload = Admin.builder(keys.manager)
                .administrators(Administrators.byApiKey(keys.manager, "upload"))
                .build();
        CreatedKey uploader = keys.create("read_upload");
        Response session = answer(
                byUpload,
                TestRequest.get(BASE + "/session").bearer(uploader.secret().reveal()));
        assertThat(at(session, "data.canGive")).isEqualTo(List.of("read", "upload"));
        assertThatThrownBy(() -> Administrators.byApiKey(keys.manager, "No"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theAuthorizerIsAskedTooIfConfigured() {
        Keys denying = new Keys((granted, resource, action) -> !resource.equals(BASE + "/journal"));
        Admin asking = denying.adminBy(Administrators.byApiKey(denying.manager).byAuthorizerToo())
                .build();
        String secret = denying.secret("admin");
        assertThat(answer(asking, TestRequest.get(BASE + "/api-keys").bearer(secret))
                        .status())
                .isEqualTo(200);
        assertRefused(answer(asking, TestRequest.get(BASE + "/journal").bearer(secret)), 403, "FORBIDDEN");
        denying.close();
    }

    @Test
    void theAuthorizerIsAskedForHeadAsForGet() {
        try (Keys denying = new Keys((granted, resource, action) -> !action.equals("GET"))) {
            Admin asking = denying.adminBy(
                            Administrators.byApiKey(denying.manager).byAuthorizerToo())
                    .build();
            TestRequest head = TestRequest.of("HEAD", BASE + "/api-keys").bearer(denying.secret("admin"));
            assertRefused(answer(asking, head), 403, "FORBIDDEN");
        }
    }

    @Test
    void anAuthorizerThatFailsIs503() {
        Keys failing = new Keys((granted, resource, action) -> {
            throw new UnsupportedOperationException("policy");
        });
        Admin asking = failing.adminBy(Administrators.byApiKey(failing.manager).byAuthorizerToo())
                .build();
        Response answer = answer(asking, TestRequest.get(BASE + "/api-keys").bearer(failing.secret("admin")));
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(answer.body()).doesNotContain("key store");
        failing.close();
    }

    // Sessions

    @Test
    void tellsByWhenEveryNodeRefusesAsTheManagerIsSet() {
        try (ApiKeyManager slow = ApiKeys.builder(keys.store)
                .cacheMaxAge(Duration.ofSeconds(30))
                .maintainedByHost()
                .build()) {
            Admin admin = Admin.builder(slow)
                    .administrators(request -> new Administrator(Actor.of("ops"), Set.of(Right.READ), Set.of()))
                    .build();
            assertThat(at(answer(admin, TestRequest.get(BASE + "/session")), "data.features.refusedWithin"))
                    .isEqualTo("PT30S");
            assertThat(at(answer(admin, TestRequest.get(BASE + "/health")), "data.maxAge"))
                    .isEqualTo("PT30S");
        }
    }

    @Test
    void aSessionIsACookieThatOnlyThisServerReads() {
        Response login = answer(admin, login(root.secret().reveal()).header("Origin", "https://keys.example.com"));
        assertThat(login.status()).isEqualTo(200);
        assertThat(at(login, "data.actor")).isEqualTo("admin key");
        assertThat(at(login, "data.keyId")).isEqualTo(root.id().value());
        assertThat(at(login, "data.rights")).isEqualTo(List.of("READ", "CREATE", "CHANGE", "REVOKE", "REPAIR"));
        assertThat(at(login, "data.canGive")).isEqualTo(List.of("admin", "download", "read", "upload"));
        assertThat(at(login, "data.roles.read_only")).isEqualTo(List.of("read"));
        assertThat(at(login, "data.features.handOff")).isEqualTo(true);
        assertThat(at(login, "data.features.refusedWithin")).isEqualTo("PT5S");
        assertThat(login.headers().get("Set-Cookie"))
                .singleElement()
                .asString()
                .matches("__Host-apikeys-admin=[A-Za-z0-9._-]+; HttpOnly; SameSite=Strict; Path=/; Secure")
                .doesNotContain(root.secret().reveal());
        Response session = list(session(login));
        assertThat(session.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080, true, apikeys-admin=",
        "http://127.0.0.1, false, apikeys-admin=",
        "http://[::1]:8080, false, apikeys-admin=",
        "https://keys.example.com, true, __Host-apikeys-admin=",
    })
    void theCookieIsSecureButOnTheOwnMachine(String origin, boolean onLoopback, String name) {
        TestRequest login = login(root.secret().reveal())
                .without("Host")
                .header("Host", origin.substring(origin.indexOf("://") + 3))
                .header("Origin", origin);
        Response answer = answer(admin, onLoopback ? login.onLoopback() : login);
        String cookie = answer.headers().get("Set-Cookie").get(0);
        assertThat(cookie).startsWith(name);
        assertThat(cookie.contains("; Secure")).isEqualTo(name.startsWith("__Host-"));
    }

    @Test
    void aProgramOnThisMachineNeedsNoTls() {
        assertThat(answer(admin, login(root.secret().reveal()).onLoopback())
                        .headers()
                        .get("Set-Cookie")
                        .get(0))
                .startsWith("apikeys-admin=")
                .doesNotContain("Secure");
        assertThat(answer(admin, login(root.secret().reveal()))
                        .headers()
                        .get("Set-Cookie")
                        .get(0))
                .startsWith("__Host-apikeys-admin=");
    }

    @Test
    void refusesToSendASessionOverPlainHttp() {
        Response answer = answer(admin, login(root.secret().reveal()).header("Origin", "http://keys.example.com"));
        assertRefused(answer, 400, "INSECURE_ORIGIN");
        assertThat(answer.headers()).doesNotContainKey("Set-Cookie");
        TestRequest forwarded = login(root.secret().reveal())
                .header("Origin", "http://keys.example.com")
                .header("X-Forwarded-Proto", "https")
                .header("Forwarded", "proto=https");
        assertRefused(answer(admin, forwarded), 400, "INSECURE_ORIGIN");
    }

    @Test
    void endsWithItsKey() {
        CreatedKey other = keys.create("admin");
        Response login = logIn(other.secret().reveal());
        assertThat(list(session(login)).status()).isEqualTo(200);
        keys.manager.revoke(other.id(), "gone");
        assertRefused(list(session(login)), 401, "UNAUTHENTICATED");
        Response second = logIn(root.secret().reveal());
        keys.manager.disable(root.id());
        assertRefused(list(session(second)), 401, "UNAUTHENTICATED");
    }

    @Test
    void endsAlsoWhereAnotherKeyIsMadeAnewUnderTheId() {
        KeyId id = KeyId.random();
        KeySpec spec = KeySpec.builder("a").role("admin").id(id).build();
        Response login = logIn(keys.manager.create(spec).secret().reveal());
        keys.manager.delete(id);
        keys.pass(Duration.ofMillis(1));
        keys.manager.create(spec);
        assertRefused(list(session(login)), 401, "UNAUTHENTICATED");
    }

    @Test
    void losesRightsWithItsKey() {
        CreatedKey other = keys.create("admin");
        Response login = logIn(other.secret().reveal());
        keys.manager.update(
                other.id(),
                dev.apikeys.KeyUpdate.builder().permissions(Set.of("read")).build());
        assertRefused(list(session(login)), 403, "FORBIDDEN");
    }

    @Test
    void staysWhileTheStoreIsDown() {
        Response login = logIn(root.secret().reveal());
        keys.pass(Duration.ofSeconds(30)); // beyond what is cached
        keys.failure = new StorageException("down", null);
        Response answer = list(session(login));
        assertRefused(answer, 503, "UNAVAILABLE");
        assertThat(answer.headers()).doesNotContainKey("Set-Cookie");
        keys.failure = null;
        assertThat(list(session(login)).status()).isEqualTo(200);
    }

    @Test
    void endsUnusedAfterHalfAnHourAndIsRenewedOnceAMinute() {
        Response login = logIn(root.secret().reveal());
        keys.pass(Duration.ofSeconds(59));
        assertThat(list(session(login)).headers()).doesNotContainKey("Set-Cookie");
        keys.pass(Duration.ofMinutes(28));
        Response used = list(session(login));
        assertThat(used.headers().get("Set-Cookie")).hasSize(1);
        keys.pass(Duration.ofMinutes(2));
        assertRefused(list(session(login)), 401, "UNAUTHENTICATED"); // the copy that was not renewed
        assertThat(list(TestRequest.get(BASE + "/api-keys").cookiesOf(used)).status())
                .isEqualTo(200);
    }

    @Test
    void isNotKeptAliveByThePageThatLooksAfterIt() {
        Response login = logIn(root.secret().reveal());
        keys.pass(Duration.ofMinutes(10));
        for (String path : List.of("/session", "/health")) {
            Response answer = answer(admin, TestRequest.get(BASE + path).cookiesOf(login));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).doesNotContainKey("Set-Cookie");
        }
    }

    @Test
    void endsAfterEightHoursHoweverBusy() {
        Response last = logIn(root.secret().reveal());
        for (int i = 0; i < 24 - 1; i++) {
            keys.pass(Duration.ofMinutes(20));
            last = list(TestRequest.get(BASE + "/api-keys").cookiesOf(last));
            assertThat(last.status()).isEqualTo(200);
        }
        keys.pass(Duration.ofMinutes(20));
        assertRefused(list(TestRequest.get(BASE + "/api-keys").cookiesOf(last)), 401, "UNAUTHENTICATED");
    }

    @Test
    void endsWithTheNextLoginOfTheBrowser() {
        Response first = logIn(root.secret().reveal());
        Response second = answer(
                admin,
                TestRequest.post(
                                BASE + "/session", "{\"key\":\"" + root.secret().reveal() + "\"}")
                        .cookiesOf(first));
        assertThat(second.status()).isEqualTo(200);
        assertRefused(list(TestRequest.get(BASE + "/api-keys").cookiesOf(first)), 401, "UNAUTHENTICATED");
        assertThat(list(TestRequest.get(BASE + "/api-keys").cookiesOf(second)).status())
                .isEqualTo(200);
    }

    @Test
    void endsWithALogout() {
        Response login = logIn(root.secret().reveal());
        Response logout =
                answer(admin, TestRequest.of("DELETE", BASE + "/session").cookiesOf(login));
        assertThat(logout.status()).isEqualTo(200);
        assertThat(logout.headers().get("Set-Cookie")).hasSize(2).allMatch(cookie -> cookie.contains("Max-Age=0"));
        assertRefused(list(session(login)), 401, "UNAUTHENTICATED"); // a copy of the cookie
        assertThat(list(session(logIn(root.secret().reveal()))).status()).isEqualTo(200);
    }

    @Test
    void aClockThatFailsAfterTheChangeCostsNoSecret() {
        Admin failing = Admin.builder(keys.manager)
                .administrators(Administrators.byApiKey(keys.manager))
                .clock(() -> {
                    if (keys.called.contains("write")) {
                        throw new IllegalStateException("planted");
                    }
                    return keys.now;
                })
                .build();
        keys.called.clear();
        Response login = answer(failing, login(root.secret().reveal()));
        keys.pass(Duration.ofMinutes(2)); // the next use of the session is noted

        Response created = answer(
                failing,
                TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}")
                        .cookiesOf(login));

        assertThat(created.status()).isEqualTo(201);
        assertThat(keys.called).contains("write");
        assertThat(created.headers().get("Set-Cookie")).anyMatch(cookie -> cookie.startsWith("__Host-"));
        String secret = (String) at(created, "data.api_key.key");
        assertThat(keys.manager.verify(secret).httpStatus()).isEqualTo(200);
    }

    /** A copy that was used later lives longer than the cookie that was logged out. */
    @Test
    void aLogoutIsRememberedForAsLongAsACopyCouldLive() {
        Response login = logIn(root.secret().reveal());
        keys.pass(Duration.ofMinutes(20));
        Response copy = list(session(login)); // renewed
        assertThat(copy.headers()).containsKey("Set-Cookie");
        answer(admin, TestRequest.of("DELETE", BASE + "/session").cookiesOf(login));
        keys.pass(Duration.ofMinutes(15));
        Response other = logIn(root.secret().reveal());
        answer(admin, TestRequest.of("DELETE", BASE + "/session").cookiesOf(other)); // forgets what has ended
        assertRefused(list(TestRequest.get(BASE + "/api-keys").cookiesOf(copy)), 401, "UNAUTHENTICATED");
    }

    @ParameterizedTest
    @CsvSource({"__Host-apikeys-admin, apikeys-admin", "apikeys-admin, __Host-apikeys-admin"})
    void aDeadCookieOfTheOtherNameStopsNoSession(String name, String other) {
        boolean isPlain = name.equals("apikeys-admin");
        TestRequest login = login(root.secret().reveal()).header("Cookie", other + "=dead");
        Response answer = answer(admin, over(isPlain, login));
        assertThat(answer.headers().get("Set-Cookie"))
                .hasSize(2)
                .anyMatch(cookie -> cookie.startsWith(name + "=") && !cookie.contains("Max-Age"))
                .anyMatch(cookie -> cookie.startsWith(other + "=;") && cookie.contains("Max-Age=0"));
        TestRequest both = over(isPlain, session(answer).header("Cookie", other + "=dead"));
        assertThat(list(both).status()).isEqualTo(200);
        keys.pass(Duration.ofMinutes(2));
        assertThat(list(both).headers().get("Set-Cookie"))
                .singleElement()
                .asString()
                .startsWith(name + "=");
        TestRequest logout =
                TestRequest.of("DELETE", BASE + "/session").cookiesOf(answer).header("Cookie", other + "=dead");
        answer(admin, over(isPlain, logout));
        assertRefused(list(over(isPlain, session(answer))), 401, "UNAUTHENTICATED");
    }

    private static TestRequest over(boolean isPlain, TestRequest request) {
        return isPlain ? request.onLoopback() : request;
    }

    @Test
    void aLogoutEndsTheSessionsOfBothNames() {
        Response secure = logIn(root.secret().reveal());
        Response plain = answer(admin, login(root.secret().reveal()).onLoopback());
        answer(
                admin,
                TestRequest.of("DELETE", BASE + "/session")
                        .onLoopback()
                        .cookiesOf(secure)
                        .cookiesOf(plain));
        assertRefused(list(session(secure)), 401, "UNAUTHENTICATED");
        assertRefused(list(session(plain).onLoopback()), 401, "UNAUTHENTICATED");
    }

    @Test
    void aSessionIsGoodUnderTheNameAloneThatItWasIssuedUnder() {
        String secure = cookie(logIn(root.secret().reveal()));
        String plain = cookie(answer(admin, login(root.secret().reveal()).onLoopback()));
        assertThat(plain).startsWith("apikeys-admin=");
        assertThat(list(sending(plain).onLoopback()).status()).isEqualTo(200);
        assertRefused(list(sending("__Host-" + plain).onLoopback()), 401, "UNAUTHENTICATED");
        String renamed = secure.substring("__Host-".length());
        assertRefused(list(sending(renamed).onLoopback()), 401, "UNAUTHENTICATED");
    }

    /** Else a page of plain http, or of a neighbour of the host, could plant a session of its own. */
    @Test
    void aSessionOfPlainHttpIsNoneOverTls() {
        String plain = cookie(answer(admin, login(root.secret().reveal()).onLoopback()));
        TestRequest read = sending(plain).without("Host").header("Host", "localhost:8080");
        assertThat(list(read.header("Sec-Fetch-Site", "same-origin")).status()).isEqualTo(200);
        assertThat(list(sending(plain).header("Origin", "http://keys.example.com"))
                        .status())
                .isEqualTo(401);
        assertThat(list(sending(plain)).status()).isEqualTo(401);
        TestRequest throughProxyOnThisMachine = sending(plain).onLoopback();
        assertThat(list(throughProxyOnThisMachine.header("Sec-Fetch-Site", "same-origin"))
                        .status())
                .isEqualTo(401);
        TestRequest change = sending(plain).onLoopback().header("Origin", "https://keys.example.com");
        assertThat(list(change).status()).isEqualTo(401);
    }

    /** A browser sends the cookie of TLS from there too, where it does not know Sec-Fetch-Site. */
    @Test
    void aSessionOfTlsIsNoneFromPlainHttp() {
        Response login = answer(admin, login(root.secret().reveal()).header("Origin", "https://keys.example.com"));
        String path = BASE + "/api-keys/" + keys.create("read_only").id().value() + "/disable";
        TestRequest fromPlain = TestRequest.of("POST", path).cookiesOf(login);
        assertRefused(answer(admin, fromPlain.header("Origin", "http://keys.example.com")), 401, "UNAUTHENTICATED");
        TestRequest fromTls = TestRequest.of("POST", path).cookiesOf(login);
        assertThat(answer(admin, fromTls.header("Origin", "https://keys.example.com"))
                        .status())
                .isEqualTo(200);
    }

    private static TestRequest sending(String cookie) {
        return TestRequest.get(BASE + "/api-keys").header("Cookie", cookie);
    }

    @Test
    void aUserWhoMayNotAdministerSeesTheirNameAndCanLogOut() {
        CreatedKey other = keys.create("admin");
        Response login = logIn(other.secret().reveal());
        keys.manager.update(
                other.id(),
                dev.apikeys.KeyUpdate.builder().permissions(Set.of("read")).build());
        for (Response refused : List.of(
                answer(admin, TestRequest.get(BASE + "/session").cookiesOf(login)),
                answer(admin, login(other.secret().reveal())))) {
            assertRefused(refused, 403, "FORBIDDEN");
            assertThat(at(refused, "error.login")).isEqualTo("key");
            assertThat(at(refused, "error.keyId")).isEqualTo(other.id().value());
            assertThat(at(refused, "error.permission")).isEqualTo("admin");
        }
        answer(admin, TestRequest.of("DELETE", BASE + "/session").cookiesOf(login));
        assertRefused(answer(admin, TestRequest.get(BASE + "/session").cookiesOf(login)), 401, "UNAUTHENTICATED");
    }

    private static String cookie(Response login) {
        String header = login.headers().get("Set-Cookie").get(0);
        return header.substring(0, header.indexOf(';'));
    }

    @Test
    void isKnownToAllNodesWithItsSecretAndToNoOther() {
        Admin one = keys.adminBy(signed(SECRET)).build();
        Admin two = keys.adminBy(signed(SECRET)).build();
        Response login = answer(one, login(root.secret().reveal()));
        assertThat(answer(two, session(login)).status()).isEqualTo(200);
        assertRefused(list(session(login)), 401, "UNAUTHENTICATED");
        byte[] next = "next".repeat(8).getBytes(StandardCharsets.UTF_8);
        Admin later = keys.adminBy(Administrators.byApiKey(keys.manager).sessionSecrets(next, SECRET))
                .build();
        assertThat(answer(later, session(login)).status()).isEqualTo(200);
        Admin elsewhere = keys.adminBy(signed(SECRET)).path("/elsewhere").build();
        assertRefused(
                answer(elsewhere, TestRequest.get("/elsewhere/api-keys").cookiesOf(login)), 401, "UNAUTHENTICATED");
        assertThatThrownBy(() -> Administrators.byApiKey(keys.manager).sessionSecrets(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private KeyAdministrators signed(byte[] secret) {
        return Administrators.byApiKey(keys.manager).sessionSecrets(secret);
    }

    @Test
    void refusesASessionBesideAKey() {
        Response login = logIn(root.secret().reveal());
        assertRefused(list(session(login).bearer(root.secret().reveal())), 400, "BAD_REQUEST");
        TestRequest twice = session(login).cookiesOf(login);
        assertRefused(list(twice), 401, "UNAUTHENTICATED"); // of two cookies of one name neither counts
        assertRefused(
                answer(admin, login(root.secret().reveal()).bearer(root.secret().reveal())), 400, "BAD_REQUEST");
    }

    /** A neighbour of the host can plant one, and must not lock a program out. */
    @Test
    void aCookieThatIsNoSessionStopsNoKey() {
        String key = root.secret().reveal();
        Response login = logIn(key);
        TestRequest twice = session(login).cookiesOf(login);
        TestRequest dead = TestRequest.get(BASE + "/api-keys").header("Cookie", "__Host-apikeys-admin=dead");
        for (TestRequest request : List.of(twice, dead)) {
            assertThat(list(request.bearer(key)).status()).isEqualTo(200);
        }
    }

    @Test
    void limitsFailedLogins() {
        Admin limited = keys.adminBy(Administrators.byApiKey(keys.manager), 3).build();
        try (Keys others = new Keys()) {
            for (int i = 0; i < 3; i++) {
                assertRefused(answer(limited, login(others.secret("admin"))), 401, "UNAUTHENTICATED");
            }
            assertRefused(answer(limited, login(others.secret("admin"))), 429, "RATE_LIMITED");
            TestRequest byHeader = TestRequest.get(BASE + "/api-keys").bearer(others.secret("admin"));
            assertRefused(answer(limited, byHeader), 429, "RATE_LIMITED");
        }
        assertRefused(answer(limited, TestRequest.post(BASE + "/claim/", "{\"ticket\":\"ho_x\"}")), 404, "UNKNOWN");
        keys.manager.verify(root.secret().reveal());
        assertThat(answer(limited, login(root.secret().reveal())).status()).isEqualTo(200); // in use, so from the cache
    }

    // Rights

    @ParameterizedTest
    @EnumSource(Right.class)
    void theServerEnforcesRights(Right right) {
        for (Route route : admin.routes()) {
            if (route.right() != null) {
                Admin only = of(new Administrator(Actor.of("ops"), Set.of(right), Set.of()));
                Response answer = answer(
                        only,
                        TestRequest.of(route.method(), BASE + route.path().replace("*", "ak_1"))
                                .json("{}"));
                assertThat(answer.status() == 403).as(route.toString()).isEqualTo(route.right() != right);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Right.class,
            names = {"REVOKE", "CHANGE"})
    void aRightToChangeIsNoneToRead(Right right) {
        CreatedKey key = keys.create("read_only");
        String path = BASE + "/api-keys/" + key.id().value();
        TestRequest stale = right == Right.REVOKE
                ? TestRequest.post(path + "/revoke", "{\"reason\":\"x\",\"version\":0}")
                : TestRequest.post(path + "/disable", "{\"version\":0}");
        Response refused = answer(of(new Administrator(Actor.of("ops"), Set.of(right), Set.of())), stale);
        assertRefused(refused, 409, "VERSION");
        assertThat(refused.body()).doesNotContain("read_only", "current");
        Response shown = answer(of(new Administrator(Actor.of("ops"), Set.of(right, Right.READ), Set.of())), stale);
        assertThat(at(shown, "error.current.id")).isEqualTo(key.id().value());
    }

    /** Also in the conflicts that core finds, in whose answers the key is read anew. */
    @Test
    void aConflictShowsNoKeyWithoutTheRightToRead() {
        CreatedKey key = keys.create("read_only");
        keys.manager.revoke(key.id(), "lost");
        TestRequest enable = TestRequest.post(BASE + "/api-keys/" + key.id().value() + "/enable", "{}");
        Response refused = answer(of(new Administrator(Actor.of("ops"), Set.of(Right.CHANGE), Set.of("read"))), enable);
        assertRefused(refused, 409, "NOT_ACTIVE");
        assertThat(refused.body()).doesNotContain("read_only", "current");
    }

    @Test
    void whoTriesMoreThanTheirRightsIsInTheLog() {
        Admin limited = of(new Administrator(Actor.of("ops \u2028 x"), Set.of(Right.CREATE), Set.of("read")));
        String id = root.id().value();
        try (CapturedLog log = new CapturedLog()) {
            answer(limited, TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}"));
            assertThat(log.text()).isEmpty();
            Response lacking = answer(limited, TestRequest.post(BASE + "/api-keys/" + id + "/disable", "{}"));
            Response beyond = answer(
                    limited, TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"permissions\":[\"x\\ny\"]}"));
            assertRefused(lacking, 403, "FORBIDDEN");
            assertRefused(beyond, 403, "FORBIDDEN");
            List<String> lines = log.text().lines().toList();
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0))
                    .contains((String) at(lacking, "error.requestId"), "ops \\u2028 x", "POST /api-keys/*/disable");
            assertThat(lines.get(1)).contains((String) at(beyond, "error.requestId"), "POST /api-keys");
        }
    }

    @Test
    void readOnlyTakesAllOtherRights() {
        Admin readOnly = keys.admin().readOnly().build();
        String secret = root.secret().reveal();
        assertThat(answer(readOnly, TestRequest.get(BASE + "/api-keys").bearer(secret))
                        .status())
                .isEqualTo(200);
        assertThat(at(answer(readOnly, login(secret)), "data.rights")).isEqualTo(List.of("READ"));
        Response refused = answer(
                readOnly,
                TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_only\"}")
                        .bearer(secret));
        assertRefused(refused, 403, "FORBIDDEN");
        assertThat(at(refused, "error.right")).isEqualTo("CREATE");
    }

    @Test
    void noAdministratorGrantsMoreThanTheyCan() {
        Admin limited = of(new Administrator(Actor.of("ops"), EnumSet.allOf(Right.class), Set.of("read", "upload")));
        CreatedKey reader = keys.create("read_only");
        CreatedKey strong = keys.create("admin");
        String path = BASE + "/api-keys/" + strong.id().value();
        keys.manager.disable(strong.id());
        for (TestRequest request : List.of(
                TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"admin\"}"),
                TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"permissions\":[\"admin\"]}"),
                TestRequest.of("PATCH", BASE + "/api-keys/" + reader.id().value())
                        .json("{\"version\":1,\"role\":\"admin\",\"permissions\":[\"read\",\"admin\"]}"),
                TestRequest.of("PATCH", path).json("{\"version\":2,\"name\":\"mine\"}"),
                TestRequest.post(path + "/enable", "{}"),
                TestRequest.post(path + "/rotate", "{}"),
                TestRequest.post(path + "/disable", "{}"),
                TestRequest.of("DELETE", path),
                TestRequest.post(
                        BASE + "/permission-repairs/apply",
                        "{\"id\":\"" + reader.id().value() + "\",\"permissions\":[\"admin\"]}"))) {
            Response answer = answer(limited, request);
            assertRefused(answer, 403, "FORBIDDEN");
            assertThat(at(answer, "error.field")).isEqualTo("permissions");
        }
        assertThat(keys.manager.find(strong.id()).orElseThrow().version()).isEqualTo(2);
        assertThat(keys.manager.count(KeyQuery.all(), 100)).isEqualTo(3);
        assertThat(answer(limited, TestRequest.post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"read_upload\"}"))
                        .status())
                .isEqualTo(201);
        // a narrow key of a wide role can be changed, but not widened
        CreatedKey narrow = keys.manager.create(
                KeySpec.builder("n").role("admin").permissions(Set.of("read")).build());
        String narrowPath = BASE + "/api-keys/" + narrow.id().value();
        assertThat(answer(limited, TestRequest.of("PATCH", narrowPath).json("{\"version\":1,\"name\":\"b\"}"))
                        .status())
                .isEqualTo(200);
        assertRefused(
                answer(
                        limited,
                        TestRequest.of("PATCH", narrowPath).json("{\"version\":2,\"permissions\":[\"admin\"]}")),
                403,
                "FORBIDDEN");
        // whoever may revoke may revoke anything: it gives nothing
        assertThat(answer(limited, TestRequest.post(path + "/revoke", "{\"reason\":\"leaked\"}"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whatIsCheckedIsWhatIsChanged() {
        Admin limited = of(new Administrator(Actor.of("ops"), EnumSet.allOf(Right.class), Set.of("read")));
        for (String change : List.of("/enable", "/disable", "/rotate")) {
            CreatedKey key = keys.manager.create(KeySpec.builder("a")
                    .role("admin")
                    .permissions(Set.of("read"))
                    .build());
            keys.afterFind = () -> keys.manager.update(
                    key.id(),
                    dev.apikeys.KeyUpdate.builder().permissions(Set.of("admin")).build());
            String path = BASE + "/api-keys/" + key.id().value();
            assertRefused(answer(limited, TestRequest.post(path + change, "{}")), 409, "VERSION");
            assertThat(keys.manager.find(key.id()).orElseThrow().version()).isEqualTo(2);
        }
    }

    @Test
    void whatIsCheckedIsWhatIsDeleted() {
        Admin limited = of(new Administrator(Actor.of("ops"), EnumSet.allOf(Right.class), Set.of("read")));
        CreatedKey key = keys.manager.create(
                KeySpec.builder("a").role("admin").permissions(Set.of("read")).build());
        keys.afterFind = () -> keys.manager.update(
                key.id(),
                dev.apikeys.KeyUpdate.builder().permissions(Set.of("admin")).build());
        TestRequest delete =
                TestRequest.of("DELETE", BASE + "/api-keys/" + key.id().value());
        assertRefused(answer(limited, delete), 409, "VERSION");
        assertThat(keys.manager.find(key.id())).isPresent();
    }

    // The host's own

    @Test
    void theHostDecidesByWhatItAttached() {
        Admin byHost = Admin.builder(keys.manager)
                .administrators(new Administrators() {
                    @Override
                    public Admission admit(Request request) {
                        Object user = request.attribute("user");
                        if ("busy".equals(user)) {
                            return Refusal.UNAVAILABLE;
                        }
                        return user == null
                                ? Refusal.UNAUTHENTICATED
                                : user.equals("ops")
                                        ? new Administrator(
                                                Actor.of("ops").via("sso"), Set.of(Right.READ, Right.REVOKE), Set.of())
                                        : Refusal.FORBIDDEN;
                    }

                    @Override
                    public Optional<CsrfToken> csrfToken(Request request) {
                        return Optional.of(new CsrfToken("X-CSRF-TOKEN", "t"));
                    }
                })
                .build();
        TestRequest ops = TestRequest.get(BASE + "/session").attribute("user", "ops");
        Response session = answer(byHost, ops);
        assertThat(at(session, "data.actor")).isEqualTo("ops");
        assertThat(at(session, "data.login")).isEqualTo("host");
        assertThat(at(session, "data.csrf.header")).isEqualTo("X-CSRF-TOKEN");
        Response nobody = answer(byHost, TestRequest.get(BASE + "/session"));
        assertRefused(nobody, 401, "UNAUTHENTICATED");
        assertThat(at(nobody, "error.login")).isEqualTo("host");
        assertThat(nobody.headers().get("WWW-Authenticate")).containsExactly("Login realm=\"admin\"");
        assertRefused(answer(byHost, TestRequest.get(BASE + "/session").attribute("user", "x")), 403, "FORBIDDEN");
        assertRefused(answer(byHost, TestRequest.get(BASE + "/session").attribute("user", "busy")), 503, "UNAVAILABLE");
        assertRefused(answer(byHost, login(root.secret().reveal()).attribute("user", "ops")), 404, "NOT_FOUND");
        CreatedKey key = keys.create("read_only");
        answer(
                byHost,
                TestRequest.post(BASE + "/api-keys/" + key.id().value() + "/revoke", "{\"reason\":\"r\"}")
                        .attribute("user", "ops"));
        Actor actor = keys.manager
                .journal(JournalQuery.all().key(key.id()))
                .items()
                .get(0)
                .actor();
        assertThat(actor.name()).isEqualTo("ops");
        assertThat(actor.via()).isEqualTo("sso");
        assertThat(actor.requestId()).isNotBlank();
    }

    @Test
    void whatOpensSomethingIsInNoToString() {
        Response login = logIn(root.secret().reveal());
        String cookie = cookie(login).substring("__Host-apikeys-admin=".length());
        assertThat(Cookies.of(session(login)).toString())
                .contains("__Host-apikeys-admin")
                .doesNotContain(cookie);
        KeyAdministrators.LoggedIn loggedIn =
                signed(SECRET).logIn(TestRequest.get(BASE), root.secret().reveal());
        assertThat(loggedIn.toString())
                .doesNotContain(loggedIn.setCookies().get(0))
                .doesNotContain("apikeys-admin=");
        assertThat(new Administrators.CsrfToken("X-CSRF-TOKEN", "t0ken").toString())
                .contains("X-CSRF-TOKEN")
                .doesNotContain("t0ken");
    }

    private static Admin of(Keys keys, Administrator administrator) {
        return Admin.builder(keys.manager)
                .administrators(request -> administrator)
                .build();
    }

    private Admin of(Administrator administrator) {
        return of(keys, administrator);
    }

    private static TestRequest login(String secret) {
        return TestRequest.post(BASE + "/session", "{\"key\":\"" + secret + "\"}");
    }

    private Response logIn(String secret) {
        return answer(admin, login(secret));
    }

    private static TestRequest session(Response login) {
        return TestRequest.get(BASE + "/api-keys").cookiesOf(login);
    }

    private Response list(TestRequest request) {
        return answer(admin, request);
    }
}
