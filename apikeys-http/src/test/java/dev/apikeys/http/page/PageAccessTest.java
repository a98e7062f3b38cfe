package dev.apikeys.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.Keys;

/** The page for everybody: without a mouse, with a screen reader, on small screens, enlarged, in the dark. */
@InBrowser
class PageAccessTest {
    private static final String REACH = "const e = document.documentElement; return e.scrollWidth - e.clientWidth";

    // What lies on two lines though nothing in it says where to break.
    private static final String BROKEN_WORDS = "const broken = [];"
            + "const walk = document.createTreeWalker(document.querySelector('tbody'), NodeFilter.SHOW_TEXT);"
            + "while (walk.nextNode()) { const { data } = walk.currentNode;"
            + " for (const { 0: word, index } of data.matchAll(/[^\\s-]+/g)) {"
            + " const range = document.createRange(); range.setStart(walk.currentNode, index);"
            + " range.setEnd(walk.currentNode, index + word.length);"
            + " if (new Set([...range.getClientRects()].map((r) => r.top)).size > 1) broken.push(word); } }"
            + "return broken";

    // What is behind a modal dialog is not there for a screen reader.
    private static final String REGIONS = "const top = document.querySelector('dialog') ?? document;"
            + "return ['status', 'alert'].map((role) => top.querySelectorAll(`[role=${role}]`).length)";

    private static final String NOTE_VIOLATIONS =
            "window.violations = []; document.addEventListener('securitypolicyviolation', (e) =>"
                    + " violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));";
    private static final String VIOLATIONS = "return violations";

    /** Axe runs under the policy of the page and keeps to it, so that each screen is drawn once for all of this. */
    @ParameterizedTest
    @EnumSource
    void everyScreenIsFineWithAxeInAnySizeAndKeepsToItsPolicy(Screen screen, Script server, Tab page) {
        page.beforeLoading(NOTE_VIOLATIONS);
        screen.show(server, page);
        assertThat(page.accessibilityFaults()).isEmpty();
        assertThat(page.run(REGIONS)).isEqualTo(List.of(1L, 1L));
        fitsSmallScreens(page);
        assertThat(page.dark().accessibilityFaults()).isEmpty();
        assertThat(page.run(VIOLATIONS)).isEqualTo(List.of());
    }

    @Tag("ci")
    @ParameterizedTest
    @EnumSource
    void everyScreenIsFineInChineseToo(Screen screen, Script server, Tab page) {
        screen.show(server, page.chinese());
        assertThat(page.run("return document.documentElement.lang")).isEqualTo("zh-Hans");
        fitsSmallScreens(page);
        assertThat(page.accessibilityFaults()).isEmpty();
    }

    private static void fitsSmallScreens(Tab page) {
        assertThat(page.size(640, 450).run(REACH))
                .as("wider than the screen, enlarged to 200 %")
                .isEqualTo(0L);
        assertThat(page.size(320, 600).run(REACH)).as("wider than 320 pixels").isEqualTo(0L);
    }

    @Test
    void thePolicyIsInForceAndWhatViolatesItIsNoted(Script server, Tab page) {
        page.beforeLoading(NOTE_VIOLATIONS).open().sees("tbody", "ci deploy");
        assertThat(page.run("try { document.body.innerHTML = 'x'; return false } catch { return true }"))
                .isEqualTo(true);
        page.until("it is noted", () -> page.run(VIOLATIONS).toString().contains("require-trusted-types-for"));
    }

    @Test
    void aKeyIsCreatedAndStoredWithoutAMouse(Script server, Tab page) {
        server.when("POST api-keys", Answers.made(Answers.key("nightly")));
        page.open().sees("tbody", "ci deploy").tabTo("create").keys(Keys.ENTER).seesFocusOn("field-name");
        page.keys("nightly")
                .tabTo("field-role")
                .keys("read_u")
                .tabTo("Create key")
                .keys(Keys.ENTER);
        page.sees("dialog h2", "nightly is ready")
                .seesFocusOn("Copy")
                .tabTo("INPUT")
                .keys(Keys.SPACE);
        page.tabTo("Close").keys(Keys.ENTER).seesNot("dialog").seesFocusOn("create");
        assertThat(server.onlyCall("POST api-keys").body().get("role").asText()).isEqualTo("read_upload");
    }

    @Test
    void aKeyIsRevokedByItsMenuWithoutAMouse(Script server, Tab page) {
        String opener = "actions-" + Answers.id("ci deploy");
        server.when(
                "POST api-keys/{id}/revoke",
                Answers.one(Answers.key("ci deploy").put("status", "revoked")));
        page.open().sees("tbody", "ci deploy").tabTo(opener).keys(Keys.ENTER).sees(".menu", "Edit");
        page.keys(Keys.ESCAPE)
                .seesNot(".menu")
                .seesFocusOn(opener)
                .keys(Keys.ENTER)
                .tabTo("Revoke")
                .keys(Keys.ENTER);
        page.seesFocusOn("field-reason")
                .keys(Keys.ESCAPE)
                .seesNot("dialog")
                .seesFocusOn(opener)
                .keys(Keys.ENTER);
        page.tabTo("Revoke").keys(Keys.ENTER).seesFocusOn("field-reason").keys("leaked", Keys.ENTER);
        page.seesNot("dialog").sees("tbody .badge", "Revoked").seesFocusOn(opener);
    }

    @Test
    void aMenuThatIsLeftWithTheTabulatorCloses(Script server, Tab page) {
        page.open()
                .sees("tbody", "ci deploy")
                .tabTo("actions-" + Answers.id("ci deploy"))
                .keys(Keys.ENTER)
                .sees(".menu", "Edit");
        page.tabTo("actions-" + Answers.id("nightly export")).seesNot(".menu");
    }

    @Test
    void aViewThatOpensTakesTheFocus(Script server, Tab page) {
        page.open().sees("tbody", "ci deploy").tabTo("Journal").keys(Keys.ENTER).sees("h2", "Journal");
        page.until(
                "its heading has the focus",
                () -> page.run("return document.activeElement.tagName").equals("H2"));
        page.run("history.back()");
        page.sees("tbody", "ci deploy").seesFocusOn("Keys");
    }

    @Test
    void aLinkIsOpenedAndTheKeyStoredWithoutAMouse(Script server, Tab page) {
        server.when("POST claim/", Answers.data("{'key':'sk_x','keyId':'ak_1'}"));
        page.open("claim/#ho_" + "a".repeat(43))
                .sees("h2", "A key is waiting")
                .tabTo("Show the key")
                .keys(Keys.ENTER);
        page.sees("h2", "Your key").seesFocusOn("Copy").tabTo("INPUT").keys(Keys.SPACE);
        page.tabTo("Close").keys(Keys.ENTER).seesNot("textarea");
    }

    @Test
    void manyAreRevokedWithoutAMouse(Script server, Tab page) {
        server.when(
                "POST api-keys/revoke",
                Answers.failure(409, "EXPECTED", "{'current':{'count':3,'kept':1}}"),
                Answers.data("{'revoked':2,'skipped':1,'left':0}"));
        page.open("#/keys?owner=team-a")
                .sees("tbody", "ci deploy")
                .tabTo("bulk")
                .keys(Keys.ENTER);
        page.seesFocusOn("field-reason").keys("left", Keys.ENTER).sees("dialog", "Revoke 2 keys");
        page.tabTo("Revoke 2 keys").keys(Keys.ENTER).seesNot("dialog").sees("#status", "2 revoked, 1 skipped.");
    }

    @Test
    void aUserLogsInFiltersAndReadsAKeyWithoutAMouse(Script server, Tab page) {
        server.when("GET session", Answers.loggedOut("key")).when("POST session", Answers.session());
        server.when("GET api-keys/{id}", Answers.details(Answers.key("ci deploy")));
        page.open()
                .seesFocusOn("field-key")
                .keys("sk_x", Keys.ENTER)
                .sees("tbody", "ci deploy")
                .tabTo("Journal");
        page.tabTo("key-" + Answers.id("ci deploy"))
                .keys(Keys.ENTER)
                .sees("h2", "ci deploy")
                .tabTo("do-edit");
    }

    @Test
    void theFocusStaysWithinADialog(Script server, Tab page) {
        page.open().press("Create key").seesFocusOn("field-name");
        for (int i = 0; i < 20; i++) {
            page.keys(Keys.TAB);
            assertThat(page.run("const e = document.activeElement; return e === document.body ||"
                            + " e.closest('dialog') !== null"))
                    .isEqualTo(true);
        }
    }

    @Test
    void theJournalBreaksNoWordInTheMiddle(Script server, Tab page) {
        String entry = Answers.entry("PERMISSIONS_REPAIRED")
                .replace("\"description\"", "\"description\",\"permissions\",\"revokedReason\"")
                .replace("\"via\"", "\"requestId\":\"7f1c22aa-0000-4000-8000-000000000001\",\"via\"")
                .replace("ops-admin", "platform-admins")
                .replace("team-b", "a team with a long name ".repeat(20));
        server.when("GET journal", Answers.data("{'entries':[" + entry + "]}"));
        page.size(1200, 800).open("#/journal").sees("tbody", "Permissions repaired");
        assertThat(page.run(BROKEN_WORDS)).isEqualTo(List.of());
        assertThat(page.run(REACH)).isEqualTo(0L);
    }

    @Test
    void theListBreaksNoWordInTheMiddleAndALongOneAlone(Script server, Tab page) {
        server.when("GET api-keys", Answers.keys(Answers.key("ci deploy"), Answers.key("x".repeat(200))));
        page.size(1200, 800).open().sees("tbody", "ci deploy");
        assertThat(page.run(BROKEN_WORDS)).isEqualTo(List.of("x".repeat(200)));
        assertThat(page.run(REACH)).isEqualTo(0L);
        assertThat(page.size(900, 800).run(REACH)).isEqualTo(0L);
        assertThat(page.size(1900, 800).run(REACH)).isEqualTo(0L);
    }
}
