package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.http.Response;
import java.util.Map;
import org.junit.jupiter.api.Test;

@InBrowser
class PageClaimTest {
    private static final String CLAIM = "POST claim/";
    private static final String TICKET = "ho_" + "b".repeat(43);
    private static final Response OPENED =
            Answers.data("{'key':'" + Answers.SECRET + "','keyId':'" + Answers.id("x") + "'}");

    @Test
    void nothingIsOpenedBeforeTheButton(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        offered(page);
        assertThat(page.everything()).doesNotContain(TICKET);
        assertThat(server.calls(CLAIM)).isEmpty();
        page.press("Show the key").sees("h2", "Your key").seesFocusOn("Copy");
        assertThat(page.value(".secret textarea")).isEqualTo(Answers.SECRET);
        assertThat(server.onlyCall(CLAIM).body()).isEqualTo(Answers.tree("{'ticket':'" + TICKET + "'}"));
    }

    @Test
    void whatWasStoredIsDropped(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        offered(page).press("Show the key").press("Close").click(".tick input").press("Close");
        page.sees("main", "Done. You can close this page.");
        assertThat(page.everything()).doesNotContain(Answers.SECRET);
    }

    @Test
    void afterFiveMinutesItIsGone(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        offered(page.holding(300_000))
                .press("Show the key")
                .sees("h2", "Your key")
                .pass();
        page.sees("main", "ask for a new one");
        assertThat(page.everything()).doesNotContain(Answers.SECRET);
    }

    @Test
    void aLinkThatWasOpenedBeforeIsALeakPerhaps(Script server, Tab page) {
        server.when(
                CLAIM, failure(409, "ALREADY_CLAIMED", "{'at':'" + Answers.ago(java.time.Duration.ofHours(2)) + "'}"));
        offered(page)
                .press("Show the key")
                .sees("main", "a stranger may have the key")
                .sees("main", "2 hours ago");
    }

    @Test
    void anExpiredLinkAndAnUnknownOneSaySo(Script server, Tab page) {
        server.when(CLAIM, failure(410, "EXPIRED"), failure(404, "UNKNOWN"));
        offered(page).press("Show the key").sees("main", "This link has expired.");
        page.leave();
        offered(page).press("Show the key").sees("main", "This link is not known here.");
    }

    @Test
    void anAnswerThatGotLostIsNoTheft(Script server, Tab page) {
        server.when(CLAIM, Answers.html(504), failure(409, "ALREADY_CLAIMED"));
        offered(page).press("Show the key").sees("#alert", "We do not know whether the key was opened.");
        page.press("Try again").sees("main", "probably by your last attempt").seesNot("#alert .notice");
    }

    @Test
    void tooManyAttemptsCountDown(Script server, Tab page) {
        server.when(CLAIM, failure(429, "RATE_LIMITED").with("Retry-After", "60"), OPENED);
        offered(page)
                .press("Show the key")
                .sees("#alert", "Try again in")
                .later(60)
                .press("Try again")
                .sees("h2", "Your key");
    }

    @Test
    void aLinkWithoutTicketSaysWhatIsMissing(Script server, Tab page) {
        page.open("claim/").sees("main", "Open the whole link");
    }

    @Test
    void anotherLinkInTheSameTabIsTaken(Script server, Tab page) {
        server.when(CLAIM, failure(410, "EXPIRED"), OPENED);
        offered(page).press("Show the key").sees("main", "expired");
        page.run("location.hash = arguments[0]", TICKET);
        page.press("Show the key").sees("h2", "Your key");
    }

    @Test
    void itSpeaksChinese(Script server, Tab page) {
        page.open("claim/?lang=zh#" + TICKET)
                .sees("h2", "有一个密钥等待您领取")
                .press("English")
                .sees("A key is waiting");
    }

    /** The address is clean although the scripts that draw do not arrive, and so is the entry of the tab. */
    @Test
    void theTicketLeavesTheAddressBeforeAnythingIsDrawn(Script server, Tab page) {
        server.when("FILE claim.js", failure(500, "INTERNAL"));
        page.mayFail().open("claim/#" + TICKET).sees("#broken", "Open the whole link again.");
        assertThat(page.address()).endsWith("/claim/");
        String entries = page.cdp("Page.getNavigationHistory", Map.of()).toString();
        // What was typed into the address bar Chromium keeps beside the entry, out of reach of a page.
        assertThat(entries.replaceAll("userTypedURL=[^,}]*", ""))
                .contains("/claim/")
                .doesNotContain(TICKET);
    }

    /** As some programs shorten it that links are sent with. */
    @Test
    void aLinkThatLostItsSlashIsTaken(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        page.open("claim#" + TICKET).press("Show the key").sees("h2", "Your key");
        assertThat(page.address()).endsWith("/claim/");
    }

    @Test
    void aCutTicketIsNotTaken(Script server, Tab page) {
        page.open("claim/#ho_").sees("main", "Open the whole link");
    }

    private static Tab offered(Tab page) {
        return page.open("claim/#" + TICKET).sees("h2", "A key is waiting for you");
    }
}
