package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.SECRET;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.made;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

@InBrowser
class PageSecretTest {
    private static final String DOWNLOAD = "DELETE api-keys/{id}/download";

    @Test
    void itIsCopied(Script server, Tab page) {
        page.clipboardPermitted();
        shown(server, page).press("Copy").sees("dialog #status", "Copied");
        assertThat(page.clipboard()).isEqualTo(SECRET);
    }

    @Test
    void closeSaysWhatItWaitsFor(Script server, Tab page) {
        shown(server, page);
        assertThat(page.all("[aria-disabled=true]")).containsExactly("Close");
        page.press("Close").seesFocusOn("INPUT").keys(Keys.SPACE);
        assertThat(page.all("[aria-disabled=true]")).isEmpty();
        page.press("Close").seesNot("dialog");
    }

    @Test
    void copiedIsSaidOnlyOnceItIs(Script server, Tab page) {
        page.beforeLoading("Object.defineProperty(navigator, 'clipboard',"
                + " { value: { writeText: () => new Promise((resolve) => (window.copied = resolve)) } });");
        shown(server, page).press("Copy");
        assertThat(page.all("#status")).isEmpty();
        page.run("window.copied()");
        page.sees("#status", "Copied");
    }

    @Test
    void whereCopyingIsRefusedTheTextIsSelected(Script server, Tab page) {
        page.beforeLoading("Object.defineProperty(navigator, 'clipboard',"
                + " { value: { writeText: () => Promise.reject(new Error('no')) } });");
        shown(server, page).press("Copy").sees("#status", "press Ctrl+C");
        assertThat(page.run("const e = document.activeElement; return e.value.slice(e.selectionStart, e.selectionEnd)"))
                .isEqualTo(SECRET);
    }

    @Test
    void onPlainHttpTheTextIsSelected(Script server, Tab page) {
        server.when(
                "GET session",
                Answers.ok(200, Answers.sessionData("READ", "CREATE").put("login", "host")));
        server.when("POST api-keys", made(key("nightly")));
        page.openUnder(Script.OTHER_NAME).press("Create key").type("#field-name", "nightly");
        page.click("dialog [type=submit]").press("Copy").sees("#status", "press Ctrl+C");
    }

    @Test
    void itIsSavedFromMemory(Script server, Tab page) {
        page.beforeLoading("const url = URL.createObjectURL;"
                + "URL.createObjectURL = (blob) => { window.saved = blob; return url.call(URL, blob); };");
        shown(server, page).press("Download");
        assertThat(page.runAsync("window.saved.text().then(arguments[0])")).isEqualTo(SECRET + "\n");
    }

    @Test
    void aLineShowsHowYourServiceIsCalledWithoutTheSecret(Script server, Tab page) {
        shown(server, page).sees("dialog", "An example for your service; set both variables:");
        assertThat(page.find("dialog pre").getText())
                .isEqualTo("echo \"Authorization: Bearer $API_KEY\" | curl -H @- \"$SERVICE_URL\"");
    }

    @Test
    void nothingClosesItBeforeItIsStored(Script server, Tab page) {
        shown(server, page).keys(Keys.ESCAPE, Keys.ESCAPE, Keys.ESCAPE).press("Close");
        assertThat(page.value("dialog .secret textarea")).isEqualTo(SECRET);
        assertThat(server.calls(DOWNLOAD)).isEmpty();
        page.click("dialog .tick input").press("Close").seesNot("dialog").seesFocusOn("create");
    }

    @Test
    void whatWasClosedIsNowhereOnThePage(Script server, Tab page) {
        shown(server, page);
        assertThat(page.everything()).contains(SECRET);
        page.click("dialog .tick input").press("Close").seesNot("dialog");
        page.until("it is nowhere", () -> !page.everything().contains(SECRET));
        assertThat(page.run("return JSON.stringify({ ...localStorage, ...sessionStorage })"))
                .isEqualTo("{}");
        page.until("the server's copy is gone too", () -> server.calls(DOWNLOAD).size() == 1);
    }

    @Test
    void afterFiveMinutesItIsGone(Script server, Tab page) {
        shown(server, page.holding(300_000)).pass().sees("dialog", "The key is no longer on this page.");
        assertThat(page.everything()).doesNotContain(SECRET);
        page.press("Close").seesNot("dialog");
    }

    @Test
    void aPageThatIsLeftKeepsNothingForTheWayBack(Script server, Tab page) {
        shown(server, page).run("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        page.sees("dialog", "The key is no longer on this page.");
        assertThat(page.everything()).doesNotContain(SECRET);
    }

    @Test
    void aMessageCoversNoButtonOfADialog(Script server, Tab page) {
        page.size(1280, 500).clipboardPermitted();
        shown(server, page).press("Copy").sees("dialog #status", "Copied");
        assertThat(page.run("const s = document.getElementById('status').getBoundingClientRect();"
                        + "return [...document.querySelectorAll('dialog :is(button, input, textarea)')].filter((e) => {"
                        + " const b = e.getBoundingClientRect(); return b.left < s.right && s.left < b.right"
                        + " && b.top < s.bottom && s.top < b.bottom; }).map((e) => e.textContent)"))
                .isEqualTo(java.util.List.of());
    }

    private static Tab shown(Script server, Tab page) {
        server.when("POST api-keys", made(key("nightly")));
        page.open().press("Create key").type("#field-name", "nightly").click("dialog [type=submit]");
        return page.sees("dialog h2", "nightly is ready").seesFocusOn("Copy");
    }
}
