package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static dev.apikeys.http.Keys.assertRefused;
import static dev.apikeys.http.Keys.at;
import static dev.apikeys.http.TestRequest.get;
import static dev.apikeys.http.TestRequest.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Actor;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.http.Administrator.Right;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with a request is said in the envelope, and changes nothing. Other tests look at each kind more closely. */
class BadInputTest {
    private static final String CREATE = "{\"name\":\"a\",\"role\":\"read_only\"}";

    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final CreatedKey root = keys.create("admin");
    private final CreatedKey key = keys.manager.create(KeySpec.builder("waiting")
            .owner("team-a")
            .role("read_only")
            .handOff(Duration.ofHours(1))
            .build());

    @AfterEach
    void close() {
        keys.close();
    }

    /**
     * A request and its refusal.
     *
     * @param what is wrong
     * @param status of the answer
     * @param code of the error
     * @param field that is named, or null
     * @param request makes the request, and what it needs before it
     */
    private record Bad(
            String what, int status, String code, String field, Function<BadInputTest, TestRequest> request) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Bad bad(
            String what, int status, String code, String field, Function<BadInputTest, TestRequest> request) {
        return new Bad(what, status, code, field, request);
    }

    static Stream<Bad> requests() {
        return Stream.of(bodies(), recordsAndCursors(), sessions(), originsAndPaths(), claims())
                .flatMap(List::stream);
    }

    private static List<Bad> bodies() {
        return List.of(
                bad("no JSON", 400, "BAD_REQUEST", null, test -> test.create("name=a")),
                bad("too large", 413, "TOO_LARGE", null, test -> test.create(CREATE + " ".repeat(64 * 1_024))),
                bad(
                        "of another type",
                        415,
                        "UNSUPPORTED_MEDIA_TYPE",
                        null,
                        test -> test.asRoot(TestRequest.of("POST", BASE + "/api-keys")
                                .header("Content-Type", "text/plain")
                                .body(CREATE.getBytes(StandardCharsets.UTF_8)))),
                bad("an unknown field", 422, "INVALID_ARGUMENT", "nme", test -> test.create("{\"nme\":\"a\"}")),
                bad(
                        "a doubled field",
                        400,
                        "BAD_REQUEST",
                        "name",
                        test -> test.create("{\"name\":\"a\",\"name\":\"b\",\"role\":\"read_only\"}")),
                bad(
                        "too deep",
                        400,
                        "BAD_REQUEST",
                        null,
                        test -> test.create("{\"metadata\":" + "[".repeat(16) + "]".repeat(16) + "}")));
    }

    private static List<Bad> recordsAndCursors() {
        return List.of(
                bad(
                        "an id of another form, to be created",
                        422,
                        "INVALID_ARGUMENT",
                        "id",
                        test -> test.create("{\"name\":\"a\",\"role\":\"read_only\",\"id\":\"7\"}")),
                bad(
                        "an id of another form",
                        404,
                        "NOT_FOUND",
                        "id",
                        test -> test.asRoot(post(BASE + "/api-keys/7/disable", "{}"))),
                bad(
                        "a version that is not there",
                        409,
                        "VERSION",
                        null,
                        test -> test.asRoot(
                                TestRequest.of("PATCH", test.path()).json("{\"version\":9,\"name\":\"b\"}"))),
                bad(
                        "a version that is not there, to be deleted",
                        409,
                        "VERSION",
                        null,
                        test -> test.asRoot(TestRequest.of("DELETE", test.path() + "?version=9"))),
                bad(
                        "a cursor that is none",
                        422,
                        "INVALID_ARGUMENT",
                        "cursor",
                        test -> test.asRoot(get(BASE + "/api-keys?cursor=x"))),
                bad(
                        "a cursor of another query",
                        422,
                        "INVALID_ARGUMENT",
                        "cursor",
                        test -> test.asRoot(get(BASE + "/api-keys?owner=team-a&cursor=" + test.cursor("/api-keys")))),
                bad(
                        "a cursor of the journal",
                        422,
                        "INVALID_ARGUMENT",
                        "cursor",
                        test -> test.asRoot(get(BASE + "/api-keys?cursor=" + test.cursor("/journal")))),
                bad(
                        "more rights than the administrator can give",
                        403,
                        "FORBIDDEN",
                        "permissions",
                        test -> post(BASE + "/api-keys", "{\"name\":\"a\",\"role\":\"admin\"}")
                                .attribute("user", "limited")));
    }

    private static List<Bad> sessions() {
        return List.of(
                bad("no session", 401, "UNAUTHENTICATED", null, test -> post(BASE + "/api-keys", CREATE)),
                bad("an expired session", 401, "UNAUTHENTICATED", null, test -> {
                    TestRequest request = test.inSession();
                    test.keys.pass(Duration.ofMinutes(31));
                    return request;
                }),
                bad(
                        "a forged session",
                        401,
                        "UNAUTHENTICATED",
                        null,
                        test -> post(BASE + "/api-keys", CREATE).header("Cookie", test.cookie() + "x")),
                bad(
                        "a session copied to the other name",
                        401,
                        "UNAUTHENTICATED",
                        null,
                        test -> post(BASE + "/api-keys", CREATE)
                                .onLoopback()
                                .header("Cookie", test.cookie().substring("__Host-".length()))),
                bad("a session that was logged out", 401, "UNAUTHENTICATED", null, test -> {
                    String cookie = test.cookie();
                    answer(
                            test.admin,
                            TestRequest.of("DELETE", BASE + "/session").header("Cookie", cookie));
                    return post(BASE + "/api-keys", CREATE).header("Cookie", cookie);
                }),
                bad("a session of a revoked key", 401, "UNAUTHENTICATED", null, test -> {
                    TestRequest request = test.inSession();
                    test.keys.manager.revoke(test.root.id(), "leaked");
                    return request;
                }),
                bad("a session of a key that was made anew", 401, "UNAUTHENTICATED", null, test -> {
                    TestRequest request = test.inSession();
                    test.keys.manager.delete(test.root.id());
                    test.keys.pass(Duration.ofSeconds(1));
                    test.keys.manager.create(KeySpec.builder("anew")
                            .id(test.root.id())
                            .role("admin")
                            .build());
                    return request;
                }),
                bad("a session of a time ahead", 401, "UNAUTHENTICATED", null, test -> {
                    TestRequest request = test.inSession();
                    test.keys.now = test.keys.now.minusSeconds(61);
                    return request;
                }),
                bad("a session and a key", 400, "BAD_REQUEST", null, test -> test.asRoot(test.inSession())));
    }

    private static List<Bad> originsAndPaths() {
        return List.of(
                bad(
                        "another origin",
                        403,
                        "CROSS_ORIGIN",
                        null,
                        test -> test.inSession().header("Origin", "https://evil.example.com")),
                bad(
                        "another site",
                        403,
                        "CROSS_ORIGIN",
                        null,
                        test -> test.inSession().header("Sec-Fetch-Site", "cross-site")),
                bad("dots", 400, "BAD_REQUEST", null, test -> test.asRoot(post(BASE + "/x/../api-keys", CREATE))),
                bad(
                        "an encoded slash",
                        400,
                        "BAD_REQUEST",
                        null,
                        test -> test.asRoot(post(BASE + "%2fapi-keys", CREATE))),
                bad("NUL", 400, "BAD_REQUEST", null, test -> test.asRoot(post(BASE + "/api-keys%00", CREATE))),
                bad(
                        "another context",
                        400,
                        "BAD_REQUEST",
                        null,
                        test -> test.asRoot(post(BASE + "/api-keys", CREATE).context("/app"))));
    }

    private static List<Bad> claims() {
        return List.of(
                bad("a claim of nothing", 422, "INVALID_ARGUMENT", "ticket", test -> post(BASE + "/claim/", "{}")),
                bad("a claim of what is not there", 404, "UNKNOWN", null, test -> claim("ho_" + "0".repeat(43))),
                bad("a second claim", 409, "ALREADY_CLAIMED", null, test -> {
                    test.keys.manager.vault().claim(test.ticket());
                    return claim(test.ticket());
                }),
                bad("a late claim", 410, "EXPIRED", null, test -> {
                    test.keys.pass(Duration.ofHours(1));
                    return claim(test.ticket());
                }),
                bad(
                        "a claim by another method",
                        405,
                        "METHOD_NOT_ALLOWED",
                        null,
                        test -> TestRequest.of("PUT", BASE + "/claim/").json("{\"ticket\":\"" + test.ticket() + "\"}")),
                bad(
                        "a download by HEAD",
                        405,
                        "METHOD_NOT_ALLOWED",
                        null,
                        test -> test.asRoot(TestRequest.of("HEAD", test.path() + "/download")
                                .header("Cookie", test.download()))),
                bad(
                        "a download ahead of time",
                        403,
                        "FORBIDDEN",
                        null,
                        test -> test.asRoot(get(test.path() + "/download")
                                .header("Cookie", test.download())
                                .header("Sec-Purpose", "prefetch"))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isRefusedInTheEnvelopeAndChangesNothing(Bad bad) {
        TestRequest request = bad.request.apply(this);
        String before = stored();
        Response refusal = answer(request.attribute("user") == null ? admin : limited(), request);
        assertRefused(refusal, bad.status, bad.code);
        assertThat(at(refusal, "error.field")).isEqualTo(bad.field);
        assertThat(stored()).isEqualTo(before);
    }

    /** Everything that a request could have changed. */
    private String stored() {
        return keys.manager.list(KeyQuery.all()).items() + " "
                + keys.manager.journal(JournalQuery.all()).items() + " "
                + keys.manager.vault().handOffStatus(key.id());
    }

    private Admin limited() {
        return keys.adminBy(
                        request -> new Administrator(Actor.of("limited"), EnumSet.allOf(Right.class), Set.of("read")))
                .build();
    }

    private TestRequest create(String json) {
        return asRoot(post(BASE + "/api-keys", json));
    }

    private TestRequest asRoot(TestRequest request) {
        return request.bearer(root.secret().reveal());
    }

    private TestRequest inSession() {
        return post(BASE + "/api-keys", CREATE).header("Cookie", cookie());
    }

    /** The cookie of a new session. */
    private String cookie() {
        String key = root.secret().reveal();
        Response login = answer(admin, post(BASE + "/session", "{\"key\":\"" + key + "\"}"));
        String header = login.headers().get("Set-Cookie").get(0);
        return header.substring(0, header.indexOf(';'));
    }

    /** A cursor to the second page of a list. */
    private String cursor(String list) {
        return (String) at(answer(admin, asRoot(get(BASE + list + "?limit=1"))), "data.next");
    }

    private String path() {
        return BASE + "/api-keys/" + key.id().value();
    }

    private String ticket() {
        return key.handOff().orElseThrow().ticket().reveal();
    }

    private String download() {
        return "__Secure-apikeys-download-" + key.id().value() + "=" + ticket();
    }

    private static TestRequest claim(String ticket) {
        return post(BASE + "/claim/", "{\"ticket\":\"" + ticket + "\"}");
    }
}
