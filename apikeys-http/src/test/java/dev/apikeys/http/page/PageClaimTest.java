package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.http.Response;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@InBrowser
class PageClaimTest {
    private static final String CLAIM = "POST claim/";
    private static final String TICKET = "ho_" + "b".repeat(43);
    private static final String ANOTHER = "ho_" + "c".repeat(43);
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
    void anotherLinkWaitsUntilTheKeyOfTheFirstIsStored(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        offered(page).press("Show the key").sees("h2", "Your key");
        pasteAnother(page).sees("#alert", "Another link waits.");
        assertThat(page.value(".secret textarea")).isEqualTo(Answers.SECRET);
        assertThat(page.everything()).doesNotContain(ANOTHER);
        page.click(".tick input").press("Close").sees("h2", "A key is waiting for you");
        assertThat(page.everything()).doesNotContain(Answers.SECRET);
        page.seesNot("#alert .notice").press("Show the key").sees("h2", "Your key");
        assertThat(tickets(server)).containsExactly(TICKET, ANOTHER);
    }

    @Test
    void aKeyThatIsGoneIsNotPassedOverForAnotherLink(Script server, Tab page) {
        server.when(CLAIM, OPENED);
        offered(page.holding(300_000)).press("Show the key").sees("h2", "Your key");
        pasteAnother(page).pass();
        page.sees("h2", "A key is waiting for you").sees("#alert", "ask for a new one");
    }

    @Test
    void aKeyThatComesAfterAnotherLinkIsShownFirst(Script server, Tab page) {
        underWay(server, page, OPENED);
        page.sees("h2", "Your key").click(".tick input").press("Close");
        page.press("Show the key").sees("h2", "Your key");
        assertThat(tickets(server)).containsExactly(TICKET, ANOTHER);
    }

    @ParameterizedTest
    @CsvSource({
        "404, UNKNOWN, not known here",
        "409, ALREADY_CLAIMED, a stranger may have the key",
        "410, EXPIRED, has expired"
    })
    void aRefusalIsOfTheLinkThatWasOpened(int status, String code, String said, Script server, Tab page) {
        underWay(server, page, failure(status, code));
        page.sees("h2", "A key is waiting for you").sees("#alert", said);
        page.press("Show the key").sees("h2", "Your key");
        assertThat(tickets(server)).containsExactly(TICKET, ANOTHER);
    }

    /** Else a theft of the second would pass for an answer that got lost. */
    @Test
    void anAnswerThatGotLostIsOfTheLinkThatWasOpened(Script server, Tab page) {
        underWay(server, page, Answers.html(504));
        server.when(CLAIM, failure(409, "ALREADY_CLAIMED"));
        page.sees("#alert", "We do not know whether the key was opened.").press("Try again");
        page.sees("#alert", "probably by your last attempt").press("Show the key");
        page.sees("main", "a stranger may have the key");
        assertThat(tickets(server)).containsExactly(TICKET, TICKET, ANOTHER);
    }

    @Test
    void anotherLanguageSaysTheSame(Script server, Tab page) {
        server.when(CLAIM, Answers.html(504), failure(409, "ALREADY_CLAIMED"));
        offered(page).press("Show the key").sees("#alert", "We do not know whether the key was opened.");
        page.press("中文").sees("#alert", "无法确定密钥是否已被打开。").press("显示密钥");
        page.sees("main", "很可能是您上一次请求打开的").press("English").sees("main", "probably by your last attempt");
        page.leave();
        offered(page).press("Show the key").sees("main", "a stranger may have the key");
        page.press("中文").sees("main", "密钥可能已落入他人之手");
    }

    @Test
    void aLanguageThatComesLateHidesNoKey(Script server, Tab page) throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        String texts = Files.readString(Texts.PAGE.resolve("zh.json"));
        server.when("FILE zh.json", Script.after(latch, Answers.json(200, texts)))
                .when(CLAIM, OPENED);
        offered(page).press("中文").press("Show the key").sees("h2", "Your key");
        latch.countDown();
        page.sees("h1", "给您的 API 密钥");
        assertThat(page.value(".secret textarea")).isEqualTo(Answers.SECRET);
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

    /** The first link is answered after another one was pasted; that one is opened. */
    private static void underWay(Script server, Tab page, Response first) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(CLAIM, Script.after(latch, first), Script.fixed(OPENED));
        offered(page).press("Show the key");
        page.until("it is asked", () -> !server.calls(CLAIM).isEmpty());
        pasteAnother(page).until("it is taken", () -> !page.address().contains("#"));
        latch.countDown();
    }

    private static Tab pasteAnother(Tab page) {
        page.run("location.hash = arguments[0]", ANOTHER);
        return page;
    }

    private static List<String> tickets(Script server) {
        return server.calls(CLAIM).stream()
                .map(call -> call.body().get("ticket").asText())
                .toList();
    }

    private static Tab offered(Tab page) {
        return page.open("claim/#" + TICKET).sees("h2", "A key is waiting for you");
    }
}
