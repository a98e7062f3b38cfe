package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.made;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.apikeys.http.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

@InBrowser
class PageCreateTest {
    private static final String CREATE = "POST api-keys";
    private static final String UNKNOWN = "We do not know whether the key was created.";

    @Test
    void aKeyIsAskedForAndItsSecretShown(Script server, Tab page) {
        server.when(CREATE, made(key("nightly")));
        filled(page).choose("#field-role", "read_upload").type("#field-owner", "team-c");
        page.click("dialog input[value=upload]");
        submit(page).sees("dialog h2", "nightly is ready");
        assertThat(page.value("dialog .secret textarea")).isEqualTo(Answers.SECRET);
        JsonNode body = server.onlyCall(CREATE).body();
        assertThat(body.get("id").asText()).matches("ak_[0-7][0-9a-hjkmnp-tv-z]{25}");
        assertThat(body)
                .isEqualTo(Answers.tree("{'id':'" + body.get("id").asText() + "','name':'nightly','owner':'team-c',"
                        + "'role':'read_upload','permissions':['read'],'expiresIn':'P90D'}"));
        assertThat(server.onlyCall(CREATE).headers()).containsEntry("content-type", "application/json");
    }

    @Test
    void onlyWhatCanBeGivenIsOffered(Script server, Tab page) {
        ObjectNode session = Answers.sessionData("READ", "CREATE");
        session.putArray("canGive").add("read");
        server.when("GET session", Answers.ok(200, session));
        filled(page);
        assertThat(page.all("#field-role option")).containsExactly("No role", "read_only");
        page.choose("#field-role", "");
        assertThat(page.all("dialog fieldset label")).containsExactly("read");
    }

    @Test
    void usualLifetimesAreOffered(Script server, Tab page) {
        server.when(CREATE, made(key("nightly")));
        assertThat(filled(page).all("#field-expiresAt option"))
                .containsExactly("7 days", "30 days", "90 days", "1 year", "on a date…", "never");
        submit(page.choose("#field-expiresAt", "P365D")).sees("dialog h2", "ready");
        assertThat(server.onlyCall(CREATE).body().get("expiresIn").asText()).isEqualTo("P365D");
    }

    @Test
    void aKeyWithoutEndWantsATick(Script server, Tab page) {
        server.when(CREATE, made(key("nightly")));
        submit(filled(page).choose("#field-expiresAt", "never")).sees("#error-expiresAt", "Tick the box");
        submit(page.click("dialog .field .tick input")).sees("dialog h2", "ready");
        assertThat(server.onlyCall(CREATE).body().get("expiresAt").isNull()).isTrue();
    }

    @Test
    void aDateLastsUntilItsEnd(Script server, Tab page) {
        server.when(CREATE, made(key("nightly")));
        submit(filled(page).choose("#field-expiresAt", "date")).sees("#error-expiresAt", "Choose a day");
        page.run("document.querySelector('input[type=date]').value = '2099-05-01'");
        submit(page).sees("dialog h2", "ready");
        Instant end =
                Instant.parse(server.onlyCall(CREATE).body().get("expiresAt").asText());
        assertThat(Duration.between(Instant.parse("2099-05-01T12:00:00Z"), end).abs())
                .isLessThan(Duration.ofHours(27));
    }

    @Test
    void aMissingNameIsSaidAtItsField(Script server, Tab page) {
        page.open().press("Create key").sees("dialog h2", "Create key");
        submit(page).sees("#error-name", "Fill this in").seesFocusOn("field-name");
        assertThat(page.find("#field-name").getDomAttribute("aria-describedby")).contains("error-name");
        assertThat(page.find("#field-name").getDomAttribute("aria-invalid")).isEqualTo("true");
        assertThat(server.calls(CREATE)).isEmpty();
    }

    @Test
    void aLostAnswerIsRepeatedUnderTheSameId(Script server, Tab page) {
        server.when(CREATE, Answers.html(504), made(key("nightly"))); // as a proxy says it
        submit(filled(page))
                .sees("dialog [role=alert]", UNKNOWN)
                .press("Try again")
                .sees("dialog h2", "ready");
        assertThat(ids(server)).hasSize(2).containsOnly(ids(server).get(0));
    }

    @Test
    void noAnswerWithinTenSecondsIsUnknownToo(Script server, Tab page) {
        server.when(CREATE, server.never());
        submit(filled(page.patient()));
        page.until("it is asked", () -> !server.calls(CREATE).isEmpty());
        page.answersAreLate().sees("dialog [role=alert]", UNKNOWN);
    }

    @Test
    void aServerThatCannotBeReachedMayHaveMadeTheKey(Script server, Tab page) {
        server.when(CREATE, made(key("nightly")));
        submit(filled(page).offline(true)).sees("dialog [role=alert]", UNKNOWN);
        page.offline(false).press("Try again").sees("dialog h2", "ready");
    }

    @Test
    void aKeyThatExistsAlreadyGetsAnotherSecret(Script server, Tab page) {
        server.when(CREATE, Answers.html(502), failure(409, "EXISTS"));
        server.when("POST api-keys/{id}/rotate", made(key("nightly")));
        submit(filled(page)).press("Try again").sees("dialog h2", "Replace the lost secret");
        page.press("Replace its secret").sees("dialog h2", "nightly is ready");
        assertThat(server.onlyCall("POST api-keys/{id}/rotate")
                        .body()
                        .get("grace")
                        .asText())
                .isEqualTo("PT0S");
    }

    /** The key may exist by then, and its replacement has the permissions of the first attempt. */
    @Test
    void whatMayHaveBeenCreatedCannotBeAskedForOtherwise(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(
                CREATE,
                Script.after(latch, Answers.html(504)),
                Script.fixed(failure(503, "UNAVAILABLE")),
                Script.fixed(failure(409, "EXISTS")));
        filled(page.size(1280, 1200)).choose("#field-role", "admin").click("#field-name");
        page.keys(Keys.ENTER).until("it is asked", () -> !server.calls(CREATE).isEmpty());
        assertThat(changeable(page)).as("while it is under way").isEmpty();
        latch.countDown();
        page.sees("dialog [role=alert]", UNKNOWN).seesFocusOn("Create key");
        assertThat(changeable(page)).as("once its answer got lost").isEmpty();
        page.press("Try again").sees("dialog [role=alert]", "The key store is not answering.");
        assertThat(changeable(page)).as("though this attempt made nothing").isEmpty();
        page.press("Try again").sees("dialog h2", "Replace the lost secret");
        assertThat(server.calls(CREATE))
                .extracting(Script.Call::body)
                .hasSize(3)
                .containsOnly(body(server));
    }

    @Test
    void aServerThatFailedMayHaveCreatedTheKey(Script server, Tab page) {
        server.when(CREATE, failure(500, "INTERNAL"));
        submit(filled(page)).sees("dialog [role=alert]", "The server failed.");
        assertThat(changeable(page)).isEmpty();
    }

    @Test
    void whatWasNotCreatedCanBeAskedForOtherwise(Script server, Tab page) {
        server.when(CREATE, failure(503, "UNAVAILABLE"), made(key("nightly")));
        submit(filled(page).choose("#field-role", "admin")).sees("dialog [role=alert]", "Nothing was changed.");
        submit(page.choose("#field-role", "read_only")).sees("dialog h2", "ready");
        assertThat(server.calls(CREATE).get(1).body().get("role").asText()).isEqualTo("read_only");
    }

    @Test
    void aStoreThatDoesNotAnswerHasMadeNothing(Script server, Tab page) {
        server.when(CREATE, failure(503, "UNAVAILABLE"), failure(503, "VAULT_FULL"), made(key("nightly")));
        submit(filled(page)).sees("dialog [role=alert]", "The key store is not answering. Nothing was changed.");
        page.press("Try again").sees("dialog [role=alert]", "Too many keys wait to be opened.");
        page.press("Try again").sees("dialog h2", "ready");
    }

    @Test
    void aStoreOfWhichNothingIsKnownSaysSo(Script server, Tab page) {
        server.when(CREATE, failure(503, "UNAVAILABLE", "{'retryable':'ask'}"));
        submit(filled(page)).sees("dialog [role=alert]", UNKNOWN);
    }

    @Test
    void aRefusedValueIsSaidAtItsField(Script server, Tab page) {
        Response lifetime = failure(422, "INVALID_ARGUMENT", "{'field':'expiresIn','allowed':'at most 30 days'}");
        Response owner = failure(422, "INVALID_ARGUMENT", "{'field':'owner','allowed':'at most 200 characters'}");
        server.when(CREATE, lifetime, owner);
        submit(filled(page)).sees("#error-expiresAt", "The server says so").seesFocusOn("field-expiresAt");
        submit(page).sees("#error-owner", "Not accepted").seesFocusOn("field-owner");
        assertThat(page.all(".error")).containsExactly("Not accepted: The server says so");
    }

    @ParameterizedTest
    @CsvSource({"413, TOO_LARGE, This is too large.", "415, UNSUPPORTED_MEDIA_TYPE, does not take this kind"})
    void aRequestThatIsNotTakenSaysWhy(int status, String code, String text, Script server, Tab page) {
        server.when(CREATE, failure(status, code));
        submit(filled(page)).sees("dialog [role=alert]", text);
    }

    @Test
    void tooManyAttemptsCountDown(Script server, Tab page) {
        server.when(CREATE, failure(429, "RATE_LIMITED").with("Retry-After", "60"), made(key("nightly")));
        submit(filled(page)).sees("dialog [role=alert]", "Try again in");
        assertThat(page.find("dialog [role=alert] button").getDomAttribute("aria-disabled"))
                .isEqualTo("true");
        page.later(60).press("Try again").sees("dialog h2", "ready");
    }

    @Test
    void aFailureHasAReferenceToCopy(Script server, Tab page) {
        server.when(CREATE, failure(500, "INTERNAL"));
        page.clipboardPermitted();
        submit(filled(page)).sees("dialog [role=alert]", "7f1c22aa-0000-4000-8000-000000000001");
        page.click("dialog [role=alert] .plain").sees("#status", "Copied");
        assertThat(page.clipboard()).isEqualTo("7f1c22aa-0000-4000-8000-000000000001");
    }

    @ParameterizedTest
    @CsvSource({"401", "redirect", "html"})
    void aSessionThatEndedKeepsWhatWasTyped(String way, Script server, Tab page) {
        Response ended = switch (way) {
            case "401" -> Answers.loggedOut("key");
            case "redirect" -> Response.of(302).with("Location", "https://login.invalid/");
            default -> Answers.html(200);
        };
        server.when(CREATE, ended, made(key("nightly")));
        submit(filled(page)).sees("dialog [role=alert]", "Your session has ended");
        assertThat(page.named("Log in in a new tab").getDomAttribute("target")).isEqualTo("_blank");
        assertThat(page.value("#field-name")).isEqualTo("nightly");
        page.press("Try again").sees("dialog h2", "ready");
    }

    @Test
    void twoClicksAreOneRequest(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(CREATE, Script.after(latch, made(key("nightly"))));
        filled(page).run("const f = document.querySelector('dialog form'); f.requestSubmit(); f.requestSubmit();");
        page.until("it is asked", () -> !server.calls(CREATE).isEmpty());
        submit(page).press("Cancel");
        latch.countDown();
        page.sees("dialog h2", "nightly is ready");
        assertThat(server.calls(CREATE)).hasSize(1);
    }

    @Test
    void withoutAHandOffStoreThereAreNoLinks(Script server, Tab page) {
        ObjectNode session = Answers.sessionData("READ", "CREATE");
        session.withObject("features").put("handOff", false);
        server.when("GET session", Answers.ok(200, session));
        filled(page).sees("dialog", "no hand-off store");
        assertThat(page.all("#field-delivery option")).containsExactly("Show it here, once");
    }

    @Test
    void aLinkHandsTheKeyToItsReceiver(Script server, Tab page) {
        server.when(CREATE, Answers.madeLink(key("nightly")));
        submit(filled(page).choose("#field-delivery", "P7D")).sees("dialog", "It expires tomorrow");
        assertThat(page.value("dialog .secret textarea")).isEqualTo(page.base() + "claim/#ho_" + "a".repeat(43));
        JsonNode body = server.onlyCall(CREATE).body();
        assertThat(body.get("delivery").asText() + body.get("linkExpiresIn").asText())
                .isEqualTo("linkP7D");
    }

    @Test
    void theHostsTokenGoesWithAChangeAsItIsThen(Script server, Tab page) {
        server.when("GET session", session("old"));
        server.when(CREATE, made(key("nightly")));
        filled(page);
        server.when("GET session", session("new"));
        submit(page).sees("dialog h2", "ready");
        assertThat(server.onlyCall(CREATE).headers()).containsEntry("x-csrf-token", "new");
    }

    @ParameterizedTest
    @CsvSource({"1280", "360"})
    void theWholeLinkIsInSight(int width, Script server, Tab page) {
        server.when(CREATE, Answers.madeLink(key("nightly")));
        submit(filled(page.size(width, 800)).choose("#field-delivery", "P7D")).sees("dialog", "It expires tomorrow");
        assertThat(page.run("const e = document.querySelector('.secret textarea');"
                        + "return e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"))
                .isEqualTo(true);
    }

    @Test
    void aRequestUnderWayIsShownOnItsButton(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(CREATE, Script.after(latch, failure(503, "UNAVAILABLE")));
        submit(filled(page)).find("dialog [type=submit][aria-busy=true]");
        assertThat(page.run("return getComputedStyle(document.querySelector('[aria-busy=true]'), '::after').content"))
                .isEqualTo("\"…\"");
        latch.countDown();
        page.sees("dialog [role=alert]", "not answering").seesNot("dialog [aria-busy]");
    }

    private static Response session(String token) {
        ObjectNode session = Answers.sessionData("READ", "CREATE");
        session.putObject("csrf").put("header", "X-CSRF-TOKEN").put("token", token);
        return Answers.ok(200, session);
    }

    private static Tab filled(Tab page) {
        return page.open().press("Create key").type("#field-name", "nightly");
    }

    private static Tab submit(Tab page) {
        return page.click("dialog [type=submit]");
    }

    private static JsonNode body(Script server) {
        return server.calls(CREATE).get(0).body();
    }

    /** The controls of the dialog that take another value. */
    @SuppressWarnings("unchecked")
    private static List<String> changeable(Tab page) {
        return (List<String>) page.run("return [...document.querySelectorAll('dialog :is(input, select, textarea)')]"
                + ".filter((e) => !e.disabled).map((e) => e.id || e.value)");
    }

    private static List<String> ids(Script server) {
        return server.calls(CREATE).stream()
                .map(call -> call.body().get("id").asText())
                .toList();
    }
}
