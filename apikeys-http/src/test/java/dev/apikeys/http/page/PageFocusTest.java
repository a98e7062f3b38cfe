package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.details;
import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.keys;
import static dev.apikeys.http.page.Answers.keysBefore;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.http.Response;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Where the focus is after what had it was drawn anew or went away: never at the top of the page. */
@InBrowser
class PageFocusTest {
    private static final String LIST = "GET api-keys";
    private static final String ID = Answers.id("ci deploy");
    private static final String OPENER = "actions-" + ID;

    @Test
    void theListIsReadAgainUnderTheFocus(Script server, Tab page) {
        page.open().sees("tbody", "ci deploy").press("Show inactive");
        page.sees("Hide inactive").seesFocusOn("inactive");
    }

    @Test
    void moreOfTheListLeavesTheFocusOnMore(Script server, Tab page) {
        server.when(LIST, keysBefore("c1", key("first")), keysBefore("c2", key("second")));
        page.open().press("Load more").sees("tbody", "second").seesFocusOn("more");
    }

    @Test
    void moreOfTheJournalLeavesTheFocusOnMore(Script server, Tab page) {
        Response some = Answers.data("{'entries':[" + Answers.entry("ROTATED") + "],'next':'c'}");
        server.when("GET journal", some);
        page.open("#/journal").press("Load more");
        page.until("there are two", () -> page.all("tbody tr").size() == 2);
        page.seesFocusOn("journal-more");
    }

    @Test
    void theViewOfAKeyIsReadAgainUnderTheFocus(Script server, Tab page) {
        server.when(
                "GET api-keys/{id}",
                details(key("ci deploy")),
                details(key("ci deploy").put("owner", "team-z")));
        server.when("PATCH api-keys/{id}", Answers.one(key("ci deploy").put("owner", "team-z")));
        page.open("#/key?id=" + ID).press("Edit").type("#field-owner", "team-z").press("Save");
        page.seesNot("dialog").sees("dl", "team-z").seesFocusOn("do-edit");
    }

    @Test
    void repairsAreReadAgainUnderTheFocus(Script server, Tab page) {
        String found = "{'id':'%s','stored':'x','grade':'repaired','rules':[],'permissions':[]}";
        server.when(
                "GET permission-repairs",
                Answers.data("{'repairs':[" + found.formatted("a") + "," + found.formatted("b") + "]}"),
                Answers.data("{'repairs':[" + found.formatted("c") + "," + found.formatted("a") + "]}"));
        server.when("POST permission-repairs/apply", failure(503, "UNAVAILABLE"));
        page.open("#/repair").click("#apply-a").find("#apply-c");
        page.seesFocusOn("apply-a");
    }

    @Test
    void aRowThatChangedKeepsTheFocusOnItsMenu(Script server, Tab page) {
        server.when("POST api-keys/{id}/disable", Answers.one(key("ci deploy").put("status", "disabled")));
        page.open().click("#" + OPENER).press("Disable").click("dialog [type=submit]");
        page.seesNot("dialog").sees("tbody .badge", "Disabled").seesFocusOn(OPENER);
    }

    /** As in Safari, which gives the focus to no button that is clicked. */
    @Test
    void aMenuThatNeverHadTheFocusLeadsBackToItsOpener(Script server, Tab page) {
        page.open().sees("tbody", "ci deploy").run("document.getElementById(arguments[0]).click()", OPENER);
        page.sees(".menu", "Edit").run("document.activeElement.blur(); document.querySelector('.menu button').click()");
        page.seesFocusOn("field-name").press("Cancel").seesNot("dialog").seesFocusOn(OPENER);
    }

    @Test
    void aDialogLeadsBackToAnOpenerThatWasDrawnAnewMeanwhile(Script server, Tab page) {
        openedWhileReading(server, page, keys(key("ci deploy"), key("late")));
        page.press("Cancel").seesNot("dialog").seesFocusOn(OPENER);
    }

    @Test
    void aDialogWhoseOpenerIsGoneLeadsToTheHeading(Script server, Tab page) {
        openedWhileReading(server, page, keys(key("late")));
        page.press("Cancel").seesNot("dialog").seesFocusOn("Keys");
    }

    @Test
    void whatTakesThePlaceOfAFormHasTheFocus(Script server, Tab page) {
        server.when("POST claim/", failure(410, "EXPIRED"));
        page.open("claim/#ho_" + "a".repeat(43)).seesFocusOn("A key is waiting for you");
        page.press("Show the key").sees("main", "expired").seesFocusOn("An API key for you");
    }

    @Test
    void whatTakesThePlaceOfTheContentOfADialogHasTheFocus(Script server, Tab page) {
        server.when("POST api-keys", failure(409, "EXISTS"));
        page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
        page.sees("dialog h2", "Replace the lost secret").seesFocusOn("dialog-title");
    }

    private static void openedWhileReading(Script server, Tab page, Response late) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(LIST, Script.fixed(keys(key("ci deploy"))), Script.after(latch, late));
        page.open().press("Show inactive").click("#" + OPENER).press("Edit").seesFocusOn("field-name");
        latch.countDown();
        page.until(
                "the list is drawn behind the dialog",
                () -> !page.all("tbody b").contains("ci deploy")
                        || page.all("tbody b").contains("late"));
        assertThat(page.focused()).isEqualTo("field-name");
    }
}
