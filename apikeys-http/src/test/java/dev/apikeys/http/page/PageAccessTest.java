package dev.apikeys.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The page without a mouse. */
@InBrowser
class PageAccessTest {
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
        server.when("GET session", Answers.loggedOut("key"), Answers.session()).when("POST session", Answers.session());
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
    void escapeWithinACompositionEndsThatAlone(Script server, Tab page) {
        String escape = "new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, isComposing: true })";
        page.open()
                .press("Create key")
                .seesFocusOn("field-name")
                .run("document.activeElement.dispatchEvent(" + escape + ")");
        assertThat(page.has("dialog")).isTrue();
        page.keys(Keys.ESCAPE).seesNot("dialog");
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
}
