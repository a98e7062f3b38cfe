package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.json;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.keys;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.http.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@InBrowser
class PageFailureTest {
    private static final String LIST = "GET api-keys";

    @Test
    void rowsStayAndAreMarkedWhileTheServerCannotBeReached(Script server, Tab page) {
        page.open().sees("tbody", "ci deploy").offline(true).press("Show inactive");
        page.sees("#alert", "The server cannot be reached.")
                .sees("#alert", "What you see is from")
                .find("table.stale");
        page.sees("tbody", "ci deploy").offline(false).seesNot("#alert .notice").seesNot("table.stale");
    }

    @Test
    void aReadIsRepeatedByItself(Script server, Tab page) {
        server.when(LIST, failure(503, "UNAVAILABLE").with("Retry-After", "1"), Answers.html(502), keys(key("late")));
        page.timersFasterBy(20).open().sees("tbody", "late").seesNot("#alert .notice");
    }

    @Test
    void aStoreThatDoesNotAnswerIsSaid(Script server, Tab page) {
        server.when(LIST, failure(503, "UNAVAILABLE"));
        page.open().sees("#alert", "The key store is not answering.");
    }

    @Test
    void aReadThatHangsIsSaidAndHoldsNothingUp(Script server, Tab page) {
        server.when(LIST, server.never());
        page.patient().open();
        page.until("it is asked", () -> !server.calls(LIST).isEmpty());
        page.answersAreLate().sees("#alert", "not answered within ten seconds").press("Journal");
        page.sees("tbody", "Changed").seesNot("#alert .notice");
    }

    @ParameterizedTest
    @CsvSource({"500,INTERNAL", "503,UNAVAILABLE"})
    void aFailureOfAReadHasAReference(int status, String code, Script server, Tab page) {
        server.when(LIST, failure(status, code), keys(key("late")));
        page.open()
                .sees("#alert", "7f1c22aa-0000-4000-8000-000000000001")
                .press("Try again")
                .sees("tbody", "late");
    }

    @Test
    void tooManyReadsCountDown(Script server, Tab page) {
        server.when(LIST, failure(429, "RATE_LIMITED").with("Retry-After", "250"));
        page.open().sees("#alert", "Try again in 2").later(100).sees("#alert", "Try again in 1");
    }

    @Test
    void anAnswerThatCannotBeReadIsSaid(Script server, Tab page) {
        server.when(LIST, json(200, "{\"success\":true,"), json(200, "[]"), json(200, "null"), keys(key("late")));
        page.open().sees("#alert", "The answer of the server cannot be read.").press("Try again");
        page.press("Try again").press("Try again").sees("tbody", "late");
    }

    @Test
    void whatTheServerRefusesToListIsShownAsItSaysIt(Script server, Tab page) {
        Response refused = failure(422, "INVALID_ARGUMENT", "{'field':'q'}");
        server.when(LIST, refused);
        page.open("#/keys?q=%00").sees("#alert", "Not accepted").sees("#alert", "The server says so");
    }

    @Test
    void troubleOfTheStoreIsABanner(Script server, Tab page) {
        server.when(
                "GET health",
                Answers.data("{'store':{'answering':false},'stalls':[],'maxAge':'PT5S'}"),
                Answers.data("{'store':{'answering':true},'stalls':[{'operation':'create'}],'maxAge':'PT5S'}"),
                Answers.healthy());
        page.holding(30_000)
                .open()
                .sees("#alert", "The key store is not answering. Checks use records up to 5 seconds old.");
        page.pass().sees("#alert", "1 call to the key store is stuck.");
        page.pass().seesNot("#alert .notice");
    }

    /** An administrator who looks on sees the outage before the next click runs into it. */
    @Test
    void aServerThatDoesNotAnswerIsABanner(Script server, Tab page) {
        Response down = Answers.failure(503, "UNAVAILABLE");
        server.when("GET health", Answers.healthy(), Answers.html(502), down, Answers.healthy());
        page.holding(30_000).open().sees("tbody", "ci deploy");
        page.pass().sees("#alert", "The server cannot be reached.");
        page.pass().sees("#alert", "The key store is not answering.");
        page.pass().seesNot("#alert .notice");
    }

    @Test
    void thatAServerDoesNotAnswerIsOverOnceItAnswers(Script server, Tab page) {
        server.when("GET health", Answers.healthy(), Answers.html(502));
        page.holding(30_000).open().sees("tbody", "ci deploy");
        page.pass().sees("#alert", "The server cannot be reached.").press("Journal");
        page.sees("tbody", "Changed").seesNot("#alert .notice");
    }

    @Test
    void aScriptThatFailsIsABannerAndNoBlankPage(Script server, Tab page) {
        page.mayFail().open().sees("tbody", "ci deploy").run("setTimeout(() => { throw new Error('planted') })");
        page.sees("#broken", "Something on this page failed.").sees("tbody", "ci deploy");
    }

    @Test
    void aPromiseThatFailsIsABannerToo(Script server, Tab page) {
        server.when("GET permission-repairs", Answers.data("{'repairs':[{'id':{'unexpected':true}}]}"));
        page.mayFail().open("#/repair").sees("#broken", "页面出错了").press("Keys").sees("tbody", "ci deploy");
    }

    @Test
    void aFileThatDoesNotArriveIsABannerAndNoBlankPage(Script server, Tab page) {
        server.when("FILE form.js", failure(500, "INTERNAL"));
        page.mayFail().open().sees("#broken", "Something on this page failed.");
        assertThat(page.has("#loading")).isFalse();
    }

    @Test
    void textsThatDoNotArriveAreABanner(Script server, Tab page) {
        server.when("FILE en.json", Answers.html(200));
        page.mayFail().open().sees("#broken", "Something on this page failed.");
    }
}
