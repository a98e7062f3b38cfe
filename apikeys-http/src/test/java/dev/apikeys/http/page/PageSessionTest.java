package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.loggedOut;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.http.Response;
import org.junit.jupiter.api.Test;

@InBrowser
class PageSessionTest {
    private static final String LOG_IN = "POST session";
    private static final String KEY = "sk_entered";

    @Test
    void aKeyLogsIn(Script server, Tab page) {
        server.when("GET session", loggedOut("key"), Answers.session()).when(LOG_IN, Answers.session());
        entered(page).sees("tbody", "ci deploy").sees("#account", "ops-admin").seesFocusOn("Keys");
        assertThat(server.onlyCall(LOG_IN).body()).isEqualTo(Answers.tree("{'key':'sk_entered'}"));
        assertThat(page.everything()).doesNotContain(KEY);
    }

    @Test
    void aPageThatIsLeftKeepsNoKeyForTheWayBack(Script server, Tab page) {
        server.when("GET session", loggedOut("key"));
        page.open().type("#field-key", KEY);
        page.run("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        assertThat(page.value("#field-key")).isEmpty();
    }

    /** One browser has one session. */
    @Test
    void aLoginInAnotherTabIsNoticedWhenThisOneIsShown(Script server, Tab page) {
        server.when(
                "GET session",
                Answers.ok(200, Answers.sessionData("READ", "CREATE").put("keyId", "ak_1")));
        page.open().sees("tbody", "ci deploy").find("#create");
        server.when("GET session", Answers.ok(200, Answers.sessionData("READ").put("keyId", "ak_2")));
        page.run("document.dispatchEvent(new Event('visibilitychange'))");
        page.sees("#account", "read only").sees("tbody", "ci deploy").seesNot("#create");
    }

    @Test
    void nothingIsChangedInTheNameOfAnotherUser(Script server, Tab page) {
        server.when("POST api-keys", Answers.made(Answers.key("nightly")));
        page.open().press("Create key").type("#field-name", "nightly");
        server.when("GET session", Answers.ok(200, Answers.sessionData("CREATE").put("actor", "another")));
        page.press("Create key").sees("dialog [role=alert]", "Your session has ended. Log in in another tab");
        assertThat(server.calls("POST api-keys")).isEmpty();
        server.when("GET session", Answers.session());
        page.press("Try again").sees("dialog h2", "nightly is ready");
    }

    @Test
    void aWrongKeyIsRefusedAtItsFieldAndNotKept(Script server, Tab page) {
        server.when("GET session", loggedOut("key")).when(LOG_IN, loggedOut("key"));
        entered(page).sees("#error-key", "This key is not accepted.").seesFocusOn("field-key");
        assertThat(page.value("#field-key")).isEmpty();
    }

    @Test
    void aKeyThatMayNotAdministerIsRefusedWithAReason(Script server, Tab page) {
        server.when("GET session", loggedOut("key")).when(LOG_IN, failure(403, "FORBIDDEN"));
        entered(page).sees("#alert", "You may not do this.");
    }

    @Test
    void plainHttpIsRefusedBeforeAKeyIsEntered(Script server, Tab page) {
        server.when("GET session", loggedOut("key"));
        page.openUnder(Script.OTHER_NAME).sees("h2", "not encrypted").sees("main", "https://");
        assertThat(page.has("input")).isFalse();
    }

    @Test
    void aServerThatRefusesPlainHttpIsExplained(Script server, Tab page) {
        server.when("GET session", loggedOut("key")).when(LOG_IN, failure(400, "INSECURE_ORIGIN"));
        entered(page).sees("h2", "not encrypted");
    }

    @Test
    void aKeyThatMayNotAdministerSeesWhatItLacks(Script server, Tab page) {
        server.when("GET session", loggedOut("key"))
                .when(LOG_IN, failure(403, "FORBIDDEN", "{'login':'key','keyId':'ak_1','permission':'admin'}"));
        entered(page).sees(".field .error", "This key may not administer keys; needed: admin.");
    }

    @Test
    void theHostsOwnLoginIsALink(Script server, Tab page) {
        server.when("GET session", loggedOut("host"));
        page.open().sees("h2", "You are not logged in");
        assertThat(page.named("Log in").getDomProperty("href")).isEqualTo(page.base());
        assertThat(page.has("input") || page.has("#log-out")).isFalse();
    }

    @Test
    void loggingOutForgetsWhatWasShown(Script server, Tab page) {
        server.when("DELETE session", failure(503, "UNAVAILABLE"), Answers.data("{}"));
        page.open().sees("tbody", "ci deploy").press("Log out").sees("#alert", "not answering");
        page.press("Try again").sees("h2", "Log in").sees("#status", "You are logged out.");
        assertThat(page.everything()).doesNotContain("ci deploy");
    }

    @Test
    void aSessionThatEndsOnAReadLeadsToTheLogin(Script server, Tab page) {
        server.when("GET journal", loggedOut("key"), Answers.journal()).when(LOG_IN, Answers.session());
        page.open().press("Journal").sees("#alert", "Your session has ended. Log in again.");
        page.type("#field-key", KEY).press("Log in").sees("tbody", "Changed").seesNot("#alert .notice");
    }

    @Test
    void aRedirectToALoginIsAnEndAndNoFailure(Script server, Tab page) {
        server.when("GET journal", Response.of(302).with("Location", "https://login.invalid/"));
        page.open().press("Journal").sees("h2", "You are not logged in").sees("#alert", "Your session has ended.");
    }

    @Test
    void aStartWithoutServerSaysSoAndGoesOn(Script server, Tab page) {
        server.when("GET session", Answers.html(502), Answers.session());
        page.open()
                .sees("#alert", "The server cannot be reached.")
                .press("Try again")
                .sees("tbody", "ci deploy");
    }

    @Test
    void theLanguageIsTheBrowsersOrTheChosenOne(Script server, Tab page) {
        page.open()
                .sees("h1", "API keys")
                .press("中文")
                .sees("h1", "API 密钥")
                .sees("thead", "所有者")
                .sees("tbody", "天前");
        assertThat(page.run("return document.documentElement.lang")).isEqualTo("zh-Hans");
        assertThat(page.address()).contains("?lang=zh");
        page.seesFocusOn("language")
                .open("?lang=zh#/journal")
                .sees("tbody", "创建")
                .press("English")
                .sees("tbody", "Created");
        assertThat(page.run("return document.documentElement.lang")).isEqualTo("en");
    }

    @Test
    void whoIsLoggedInButMayNotAdministerCanLogOut(Script server, Tab page) {
        server.when("GET session", failure(403, "FORBIDDEN", "{'login':'key','keyId':'ak_1','permission':'admin'}"));
        server.when("DELETE session", Answers.data("{}"));
        page.open()
                .sees("#alert", "Logged in as ak_1, you may not administer keys; needed: admin.")
                .sees("#alert", "Try again");
        page.press("Log out")
                .sees("h2", "Log in")
                .sees("#status", "You are logged out.")
                .seesNot("#alert .notice");
        assertThat(server.calls("DELETE session")).hasSize(1);
    }

    /** Where the host logs people in, the API has no log-out. */
    @Test
    void aUserRefusedByTheHostSeesWhy(Script server, Tab page) {
        server.when("GET session", failure(403, "FORBIDDEN", "{'login':'host'}"));
        page.open().sees("#alert", "You may not do this.");
        assertThat(page.has("#log-out")).isFalse();
    }

    @Test
    void anAdministratorWhoLostTheRightToReadSeesItAndCanLogOut(Script server, Tab page) {
        server.when("DELETE session", Answers.data("{}"));
        server.when("GET api-keys", failure(403, "FORBIDDEN", "{'right':'READ'}"));
        page.open().sees("#alert", "You may not see keys.").sees("#alert", "The server says so");
        page.press("Log out").sees("h2", "Log in").seesNot("#alert .notice");
    }

    @Test
    void afterALoginTheFocusIsOnTheHeadingOfAKeyToo(Script server, Tab page) {
        server.when("GET session", loggedOut("key"), Answers.session()).when(LOG_IN, Answers.session());
        server.when("GET api-keys/{id}", Answers.details(Answers.key("ci deploy")));
        page.open("#/key?id=" + Answers.id("ci deploy")).type("#field-key", KEY).press("Log in");
        page.sees("dl", "team-a").seesFocusOn("heading");
    }

    private static Tab entered(Tab page) {
        return page.open().seesFocusOn("field-key").type("#field-key", KEY).press("Log in");
    }
}
