package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.ago;
import static dev.apikeys.http.page.Answers.details;
import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.keys;
import static dev.apikeys.http.page.Answers.one;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.apikeys.http.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@InBrowser
class PageChangeTest {
    private static final ObjectNode KEY = key("ci deploy");
    private static final String ACTIONS = "#actions-" + Answers.id("ci deploy");
    private static final String ONE = "GET api-keys/{id}";
    private static final String PATCH = "PATCH api-keys/{id}";
    private static final String ROTATE = "POST api-keys/{id}/rotate";
    private static final String REVOKE = "POST api-keys/{id}/revoke";

    @Test
    void aKeyHasAPageOfItsOwn(Script server, Tab page) {
        server.when(
                ONE,
                details(key("ci deploy").put("description", "Uploads builds").put("rotatedFrom", Answers.id("old"))));
        page.open()
                .press("ci deploy")
                .sees("dl", "team-a")
                .sees("dl", "env: prod")
                .sees("Uploads builds");
        page.sees("dl", "not opened yet")
                .sees("dl", "Replaces")
                .sees("tbody", "Created")
                .sees("tbody", "team-a → team-b");
    }

    @Test
    void aKeyThatIsGoneSaysSo(Script server, Tab page) {
        page.open("#/key?id=" + Answers.id("x")).sees("#alert", "The key no longer exists.");
        page.press("← All keys").sees("tbody", "ci deploy").seesNot("#alert .notice");
    }

    @Test
    void onlyWhatWasChangedIsSent(Script server, Tab page) {
        server.when(PATCH, one(key("deploy").put("id", Answers.id("ci deploy"))));
        edited(page, "deploy").click("dialog [type=submit]").seesNot("dialog").sees("tbody", "deploy");
        assertThat(server.onlyCall(PATCH).body()).isEqualTo(Answers.tree("{'version':3,'name':'deploy','owner':null}"));
        page.sees("#status", "deploy was saved.").seesFocusOn(ACTIONS.substring(1));
    }

    @Test
    void nothingIsSentWhereNothingWasChanged(Script server, Tab page) {
        page.open().click(ACTIONS).press("Edit").press("Save").seesNot("dialog");
        assertThat(server.calls(PATCH)).isEmpty();
    }

    @Test
    void anotherUsersChangeIsShownBesideOnesOwn(Script server, Tab page) {
        ObjectNode theirs = key("ci deploy").put("name", "theirs").put("version", 7);
        server.when(PATCH, conflict("VERSION", theirs), one(theirs.deepCopy().put("name", "mine")));
        edited(page, "mine").click("dialog [type=submit]").sees("dialog h2", "changed meanwhile");
        assertThat(page.all("dialog tr")).containsExactly("Field Yours Now", "Name mine theirs", "Owner — team-a");
        page.press("Save mine").seesNot("dialog").sees("tbody", "mine");
        assertThat(server.calls(PATCH).get(1).body().get("version").asInt()).isEqualTo(7);
    }

    @Test
    void whoDropsTheirChangeSeesTheOther(Script server, Tab page) {
        server.when(PATCH, conflict("VERSION", key("ci deploy").put("name", "theirs")));
        edited(page, "mine")
                .click("dialog [type=submit]")
                .sees("dialog h2", "changed meanwhile")
                .press("Cancel");
        page.seesNot("dialog").sees("tbody", "theirs");
    }

    @Test
    void aChangeWhoseAnswerGotLostIsNoConflictWithItself(Script server, Tab page) {
        ObjectNode saved = key("ci deploy").put("name", "mine").putNull("owner").put("version", 4);
        server.when(PATCH, Answers.html(504), conflict("VERSION", saved));
        edited(page, "mine").click("dialog [type=submit]").sees("dialog [role=alert]", "whether this was done");
        page.press("Try again").seesNot("dialog").sees("tbody", "mine");
    }

    @ParameterizedTest
    @CsvSource({"Disable, active, disabled, Disabled", "Enable, disabled, active, Active"})
    void aKeyIsDisabledAndEnabled(String action, String from, String to, String shown, Script server, Tab page) {
        server.when("GET api-keys", keys(key("ci deploy").put("status", from)));
        server.when(
                "POST api-keys/{id}/" + action.toLowerCase(),
                one(key("ci deploy").put("status", to)));
        page.open().click(ACTIONS).press(action).sees("dialog h2", action + " ci deploy?");
        page.click("dialog [type=submit]").seesNot("dialog").sees("tbody .badge", shown);
    }

    @Test
    void aDeletedKeyLeavesTheList(Script server, Tab page) {
        server.when("DELETE api-keys/{id}", Answers.data("{}"));
        page.open()
                .click(ACTIONS)
                .press("Delete")
                .sees("dialog h2", "Delete ci deploy?")
                .seesFocusOn("Cancel");
        page.click("dialog [type=submit]").seesNot("dialog").seesNot(ACTIONS).sees("tbody", "nightly export");
        page.sees("div.more", page.all("tbody tr").size() + " shown");
        assertThat(server.onlyCall("DELETE api-keys/{id}").query()).containsEntry("version", "3");
    }

    @Test
    void aKeyDeletedElsewhereLeavesTheListToo(Script server, Tab page) {
        server.when("DELETE api-keys/{id}", failure(404, "NOT_FOUND"));
        page.open().click(ACTIONS).press("Delete").click("dialog [type=submit]");
        page.sees("dialog [role=alert]", "no longer exists")
                .press("Cancel")
                .seesNot(ACTIONS)
                .seesFocusOn("Keys");
    }

    @Test
    void aRevocationWantsAReasonAndWarnsOfUse(Script server, Tab page) {
        server.when(REVOKE, one(key("ci deploy").put("status", "revoked")));
        page.open()
                .click(ACTIONS)
                .press("Revoke")
                .sees("dialog", "Used 1 minute ago.")
                .seesFocusOn("field-reason");
        page.sees("dialog", "In effect on all nodes within 5 seconds.");
        page.click("dialog [type=submit]").sees("#error-reason", "Fill this in");
        page.type("#field-reason", "leaked").click("dialog [type=submit]").seesNot("dialog");
        page.sees("tbody .badge", "Revoked").sees("#status", "All nodes refuse it by");
        assertThat(server.onlyCall(REVOKE).body()).isEqualTo(Answers.tree("{'reason':'leaked'}"));
        page.seesFocusOn(ACTIONS.substring(1));
    }

    @Test
    void anUnusedKeyIsRevokedWithoutAWarning(Script server, Tab page) {
        server.when("GET api-keys", keys(key("ci deploy").put("lastUsedAt", ago(Duration.ofDays(8)))));
        page.open().click(ACTIONS).press("Revoke").sees("dialog", "never works again");
        assertThat(page.has("dialog .warn")).isFalse();
    }

    @Test
    void aConflictSaysWhyAndShowsTheKeyAsItIs(Script server, Tab page) {
        server.when(REVOKE, conflict("NOT_ACTIVE", key("ci deploy").put("status", "expired")));
        page.open()
                .click(ACTIONS)
                .press("Revoke")
                .type("#field-reason", "leaked")
                .click("dialog [type=submit]");
        page.sees("dialog [role=alert]", "no longer active").press("Cancel").sees("tbody .badge", "Expired");
    }

    @Test
    void aRightThatWasTakenAwaySaysSo(Script server, Tab page) {
        server.when(REVOKE, failure(403, "FORBIDDEN"));
        page.open()
                .click(ACTIONS)
                .press("Revoke")
                .type("#field-reason", "leaked")
                .click("dialog [type=submit]");
        page.sees("dialog [role=alert]", "You may not do this.").sees("dialog [role=alert]", "The server says so");
    }

    @Test
    void aRotationShowsTheNewSecretAndLetsTheOldOneGoOn(Script server, Tab page) {
        server.when(ROTATE, Answers.made(key("ci deploy")));
        page.open().click(ACTIONS).press("Rotate").choose("#field-grace", "P7D").click("dialog [type=submit]");
        page.sees("dialog h2", "ci deploy is ready")
                .click("dialog .tick input")
                .press("Close")
                .seesNot("dialog");
        JsonNode body = server.onlyCall(ROTATE).body();
        assertThat(body.path("id").asText()).matches("ak_[0-7][0-9a-hjkmnp-tv-z]{25}");
        assertThat(body).isEqualTo(Answers.tree("{'id':'" + body.path("id").asText() + "','grace':'P7D'}"));
        page.until("the list is read again", () -> server.calls("GET api-keys").size() == 2);
    }

    /** The lost secret cannot be shown again: what can be done is to replace the key that has it. */
    @Test
    void aRotationWhoseAnswerGotLostIsRepeatedOnceAndItsSecretReplaced(Script server, Tab page) {
        server.when(ROTATE, Answers.html(504), failure(409, "EXISTS"), Answers.made(key("ci deploy")));
        page.open().click(ACTIONS).press("Rotate").click("dialog [type=submit]");
        page.sees("dialog [role=alert]", "We do not know whether this was done.")
                .find("#field-grace:disabled");
        page.press("Try again");
        page.sees("dialog h2", "Replace the lost secret").sees("dialog", "its secret was lost");
        page.press("Replace its secret").sees("dialog h2", "ci deploy is ready");
        List<String> ids = server.calls(ROTATE).stream()
                .map(call -> call.body().path("id").asText())
                .toList();
        assertThat(ids).hasSize(3).doesNotContain("");
        assertThat(ids.get(1)).isEqualTo(ids.get(0)).isNotEqualTo(ids.get(2));
        assertThat(server.calls(ROTATE).get(2).path()).as("the successor").contains(ids.get(0));
        assertThat(server.calls(ROTATE).get(2).body().path("grace").asText()).isEqualTo("PT0S");
    }

    @Test
    void manyAreRevokedInSteps(Script server, Tab page) {
        server.when(
                "POST api-keys/revoke",
                failure(409, "EXPECTED", "{'current':{'count':301,'kept':1}}"),
                Answers.data("{'revoked':200,'skipped':1,'left':100}"),
                Answers.data("{'revoked':100,'skipped':1,'left':0}"));
        page.open("#/keys?owner=team-a&status=all")
                .press("Revoke all of these…")
                .sees("dialog li", "Owner: team-a");
        page.type("#field-reason", "left the company").press("Count keys").sees("dialog", "Revoke 300 keys");
        page.sees("dialog", "Your own key stays; so do keys that may administer keys, unless ticked.");
        page.sees("#status", "301 found, 1 stay.")
                .press("Revoke 300 keys")
                .seesNot("dialog")
                .sees("#status", "300 revoked, 1 skipped.");
        assertThat(server.calls("POST api-keys/revoke"))
                .extracting(call -> call.body().path("expected").asInt(-1))
                .containsExactly(-1, 301, 101);
        assertThat(server.calls("POST api-keys/revoke").get(1).body().get("query"))
                .isEqualTo(Answers.tree("{'owner':'team-a','status':'active'}"));
    }

    @Test
    void aNumberThatChangedIsShownBeforeItIsRevoked(Script server, Tab page) {
        Stream<Response> counts =
                Stream.of(2, 3, 0).map(n -> failure(409, "EXPECTED", "{'current':{'count':" + n + "}}"));
        server.when("POST api-keys/revoke", counts.toArray(Response[]::new));
        page.open("#/keys?q=x")
                .press("Revoke all of these…")
                .type("#field-reason", "leaked")
                .press("Count keys");
        page.press("Revoke 2 keys").press("Revoke 3 keys").sees("dialog [role=alert]", "No key to revoke.");
        assertThat(page.has("dialog")).isTrue();
    }

    @Test
    void whatWasCountedWithoutAdministratorsIsCountedAnewWithThem(Script server, Tab page) {
        Stream<Response> counts =
                Stream.of(3, 1, 1).map(n -> failure(409, "EXPECTED", "{'current':{'count':3,'kept':" + n + "}}"));
        server.when("POST api-keys/revoke", counts.toArray(Response[]::new));
        page.open("#/keys?q=x")
                .press("Revoke all of these…")
                .type("#field-reason", "leaked")
                .press("Count keys");
        page.sees("dialog [role=alert]", "No key to revoke.").click("dialog .tick input");
        page.press("Count keys")
                .sees("dialog", "Revoke 2 keys")
                .click("dialog .tick input")
                .press("Count keys");
        page.until(
                "it is asked again", () -> server.calls("POST api-keys/revoke").size() == 3);
        assertThat(server.calls("POST api-keys/revoke"))
                .extracting(call -> call.body().path("expected").asInt(-1))
                .containsExactly(-1, -1, -1);
    }

    @Test
    void whatHasOneReadingIsRepaired(Script server, Tab page) {
        String found = "{'id':'" + Answers.id("star") + "','stored':'[read\\\\,admin]','grade':'repaired',"
                + "'rules':['QUOTES'],'permissions':['admin','read'],'outcome':'found'}";
        server.when(
                "GET permission-repairs", Answers.data("{'repairs':[" + found + "]}"), Answers.data("{'repairs':[]}"));
        server.when("POST permission-repairs/apply", one(KEY));
        page.open("#/repair").sees("pre", "[read\\,admin]").sees("section", "It reads as: admin, read");
        page.press("Apply").sees("All permission lists are sound.").sees("#status", "Repaired.");
        assertThat(server.onlyCall("POST permission-repairs/apply").body())
                .isEqualTo(Answers.tree("{'id':'" + Answers.id("star") + "'}"));
    }

    @Test
    void twoClicksAreOneRepair(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        String found = "{'repairs':[{'id':'a','stored':'x','grade':'repaired','rules':[],'permissions':[]}]}";
        server.when("GET permission-repairs", Answers.data(found), Answers.data("{'repairs':[]}"));
        server.when("POST permission-repairs/apply", Script.after(latch, one(KEY)));
        page.open("#/repair").sees("pre", "x");
        page.run("const apply = document.getElementById('apply-a'); apply.click(); apply.click();");
        page.run("document.getElementById('apply-all').click();");
        page.until(
                "it is asked",
                () -> !server.calls("POST permission-repairs/apply").isEmpty());
        latch.countDown();
        page.sees("All permission lists are sound.");
        assertThat(server.calls("POST permission-repairs/apply")).hasSize(1);
    }

    @Test
    void allWithOneReadingAreRepairedPageByPage(Script server, Tab page) {
        String found = "{'repairs':[{'id':'a','stored':'x','grade':'repaired','rules':[],'permissions':[]}]}";
        server.when("GET permission-repairs", Answers.data(found), Answers.data("{'repairs':[]}"));
        server.when(
                "POST permission-repairs/apply",
                Answers.data("{'repairs':[],'next':'c1'}"),
                failure(503, "UNAVAILABLE"),
                Answers.data("{'repairs':[],'next':'c2'}"),
                Answers.data("{'repairs':[]}"));
        page.open("#/repair").press("Apply all with one reading").press("Try again");
        page.sees("#status", "Repaired.").sees("All permission lists are sound.");
        assertThat(server.calls("POST permission-repairs/apply"))
                .extracting(call -> call.body().path("cursor").asText())
                .containsExactly("", "c1", "c1", "c2");
        page.until(
                "the page is read at the start and at both ends",
                () -> server.calls("GET permission-repairs").size() == 3);
    }

    @Test
    void aQuarantinedListIsSetToTheChosenPermissions(Script server, Tab page) {
        String found =
                "{'repairs':[{'id':'a','stored':'[\\\"rea','grade':'quarantined','rules':['TRUNCATED'],'permissions':[]}]}";
        server.when("GET permission-repairs", Answers.data(found), Answers.data("{'repairs':[]}"));
        server.when("POST permission-repairs/apply", failure(503, "UNAVAILABLE"), one(KEY));
        page.open("#/repair")
                .click("input[value=read]")
                .press("Set permissions")
                .sees("#alert", "not answering");
        page.press("Try again").sees("#status", "Repaired.");
        assertThat(server.calls("POST permission-repairs/apply").get(1).body())
                .isEqualTo(Answers.tree("{'id':'a','permissions':['read']}"));
    }

    @Test
    void theJournalTellsWhoDidWhat(Script server, Tab page) {
        String first = "{'entries':[" + Answers.entry("ROTATED") + "," + Answers.entry("NEW_TYPE") + "],'next':'c1'}";
        server.when("GET journal", Answers.data(first), Answers.journal());
        page.open("#/journal")
                .sees("tbody", "Rotated")
                .sees("tbody", "NEW_TYPE")
                .press("Load more");
        page.until("there are four", () -> page.all("tbody tr").size() == 4);
        page.press("ops-admin").sees("main p", "ops-admin · Clear filters");
        assertThat(server.calls("GET journal").get(1).query()).containsEntry("cursor", "c1");
        assertThat(server.calls("GET journal").get(2).query()).containsEntry("actor", "ops-admin");
    }

    @Test
    void twoClicksLoadAPageOfTheJournalOnce(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        Response first = Answers.data("{'entries':[" + Answers.entry("ROTATED") + "],'next':'c1'}");
        server.when("GET journal", Script.fixed(first), Script.after(latch, Answers.journal()));
        page.open("#/journal").sees("tbody", "Rotated");
        page.run("const more = document.getElementById('journal-more'); more.click(); more.click();");
        page.until("it is asked", () -> server.calls("GET journal").size() > 1);
        latch.countDown();
        page.until("it is added", () -> page.all("tbody tr").size() > 1);
        assertThat(page.all("tbody tr")).hasSize(3);
        assertThat(server.calls("GET journal")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"403, FORBIDDEN, You may not do this.", "422, INVALID_ARGUMENT, Not accepted:"})
    void aPageOfTheJournalThatIsRefusedSaysWhy(int status, String code, String said, Script server, Tab page) {
        Response first = Answers.data("{'entries':[" + Answers.entry("ROTATED") + "],'next':'c1'}");
        server.when("GET journal", first, failure(status, code));
        page.open("#/journal").press("Load more").sees("#alert", said).sees("tbody", "Rotated");
    }

    @Test
    void moreOfTheJournalOfAKeyIsOfThatKey(Script server, Tab page) {
        String id = Answers.id("ci deploy");
        String journal = "{'entries':[" + Answers.entry("UPDATED") + "],'next':'c1'}";
        server.when(ONE, Answers.data("{'api_key':" + KEY + ",'journal':" + journal + "}"));
        page.open("#/key?id=" + id).press("Load more");
        page.until("there are three", () -> page.all("tbody tr").size() == 3);
        assertThat(server.onlyCall("GET journal").query()).isEqualTo(Map.of("keyId", id, "cursor", "c1"));
    }

    @Test
    void moreThanCanBeCountedAreNotOffered(Script server, Tab page) {
        server.when("POST api-keys/revoke", failure(409, "EXPECTED", "{'current':{'count':10000,'kept':0}}"));
        page.open("#/keys?q=x")
                .press("Revoke all of these…")
                .type("#field-reason", "leaked")
                .press("Count keys");
        page.sees("dialog [role=alert]", "Too many keys match.");
        assertThat(page.all("dialog [type=submit]")).containsExactly("Count keys");
    }

    @Test
    void permissionsThatCannotBeReadAreRepairedBeforeTheyAreEdited(Script server, Tab page) {
        ObjectNode damaged = key("ci deploy").put("grade", "quarantined").putNull("permissions");
        server.when(ONE, details(damaged)).when(PATCH, one(damaged));
        page.open("#/key?id=" + Answers.id("ci deploy")).press("Edit");
        page.sees("dialog .hint", "Repair the permissions before").type("#field-owner", "team-b");
        assertThat(page.has("#field-role")).isFalse();
        page.press("Save").seesNot("dialog");
        assertThat(server.onlyCall(PATCH).body()).isEqualTo(Answers.tree("{'version':3,'owner':'team-b'}"));
    }

    @Test
    void aRevokedKeyIsRevokedAloneThoughItWasDisabledBefore(Script server, Tab page) {
        ObjectNode revoked = key("ci deploy").put("status", "revoked").put("revokedReason", "leaked");
        revoked.put("revokedAt", ago(Duration.ofHours(2))).put("disabledAt", ago(Duration.ofHours(3)));
        server.when(ONE, details(revoked), details(key("ci deploy").put("disabledAt", ago(Duration.ofHours(3)))));
        page.open("#/key?id=" + Answers.id("ci deploy")).sees("dl", "leaked").sees("dl", "Revoked");
        assertThat(page.all("dt")).doesNotContain("Disabled");
        page.open("#/keys").sees("tbody", "ci deploy").press("ci deploy").sees("dt", "Disabled");
    }

    @Test
    void theJournalNamesTheReasonOfARevocationInWords(Script server, Tab page) {
        String entry = Answers.entry("REVOKED").replace("\"description\"", "\"disabledAt\",\"revokedReason\"");
        server.when("GET journal", Answers.data("{'entries':[" + entry + "]}"));
        page.open("#/journal").sees("tbody", "Reason of the revocation");
        assertThat(page.all("tbody td").toString()).doesNotContain("Disabled");
        page.open("?lang=zh#/journal").sees("tbody", "吊销原因");
    }

    @Test
    void namesAreKeptApartInBothLanguages(Script server, Tab page) {
        String found = "{'id':'" + Answers.id("star") + "','stored':'[read\\\\,admin]','grade':'repaired',"
                + "'rules':['QUOTES_STRIPPED'],'permissions':['admin','read','upload']}";
        server.when("GET permission-repairs", Answers.data("{'repairs':[" + found + "]}"));
        page.open("#/repair").sees("section", "It reads as: admin, read, upload");
        page.open("?lang=zh#/repair").sees("section", "admin、read、upload");
    }

    /** A key that never expires and one that was never used are two words in Chinese. */
    @Test
    void neverUsedIsNotNeverToBeUsed(Script server, Tab page) {
        ObjectNode unused =
                key("ci deploy").putNull("lastUsedAt").putNull("expiresAt").put("usageCount", 0);
        server.when(ONE, details(unused));
        page.open("?lang=zh#/key?id=" + Answers.id("ci deploy")).sees("dl", "从未");
        assertThat(page.all("dd")).contains("永不", "从未");
    }

    /** The journal has the names of changed fields, and no values of most. */
    @Test
    void whereAReasonIsKeptIsSaidTruly(Script server, Tab page) {
        page.open().click(ACTIONS).press("Revoke").sees("#hint-reason", "Kept with the key");
        page.open("?lang=zh").click(ACTIONS).press("吊销").sees("#hint-reason", "与密钥一起保存");
    }

    @ParameterizedTest
    @CsvSource({"Disable", "Revoke", "Delete", "Rotate"})
    void theKeyThatOneIsLoggedInWithIsPointedOut(String action, Script server, Tab page) {
        ObjectNode session = Answers.sessionData("READ", "CHANGE", "REVOKE").put("keyId", Answers.id("ci deploy"));
        server.when("GET session", Answers.ok(200, session));
        page.open().click(ACTIONS).press(action).sees("dialog .warn", "You are logged in with this key.");
        page.press("Cancel").seesNot("dialog").click("#actions-" + Answers.id("nightly export"));
        page.press(action).sees("dialog h2", "nightly export");
        assertThat(page.all("dialog .warn")).noneMatch(text -> text.contains("logged in"));
    }

    @Test
    void aSecretThatWaitsThoughItsKeyHasExpiredIsPointedOut(Script server, Tab page) {
        server.when(ONE, details(key("ci deploy").put("status", "expired")));
        page.open("#/key?id=" + Answers.id("ci deploy")).sees("dd", "not opened yet");
        page.sees("dd .warn", "the key does not work now");
    }

    private static Tab edited(Tab page, String name) {
        return page.open()
                .click(ACTIONS)
                .press("Edit")
                .type("#field-name", name)
                .type("#field-owner", "");
    }

    private static Response conflict(String code, JsonNode current) {
        return failure(409, code, "{'current':" + current + "}");
    }
}
