package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.ago;
import static dev.apikeys.http.page.Answers.details;
import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.keys;
import static dev.apikeys.http.page.Answers.keysBefore;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

@InBrowser
class PageListTest {
    private static final String LIST = "GET api-keys";

    @Test
    void aRowSaysWhatAKeyIs(Script server, Tab page) {
        page.open();
        page.sees("tbody tr", "ci deploy");
        String row = page.all("tbody tr").get(0);
        assertThat(row)
                .contains(
                        "ak_01m8h6c2",
                        "team-a",
                        "read_upload",
                        "read",
                        "upload",
                        "Active",
                        "8 days ago",
                        "by ops-admin")
                .contains("in 82 days", "1 minute ago", "18,204 uses");
        assertThat(page.find("tbody time").getDomAttribute("title"))
                .contains(":")
                .matches(".*(UTC|GMT).*");
        assertThat(server.onlyCall(LIST).query()).isEqualTo(Map.of("status", "active", "order", "newest"));
    }

    @Test
    void aSearchIsSentToTheServerAndKeptInTheAddress(Script server, Tab page) {
        page.open().sees("tbody", "ci deploy").type("input[type=search]", "night");
        page.until("the address has it", () -> page.address().contains("q=night"));
        page.until(
                "it was asked",
                () -> "night"
                        .equals(server.calls(LIST)
                                .get(server.calls(LIST).size() - 1)
                                .query()
                                .get("q")));
    }

    /** An address is logged by servers and kept by browsers. */
    @Test
    void aSecretInAFieldIsNeitherSentNorPutIntoTheAddress(Script server, Tab page) {
        String ofOurs = "acme_live_01arz3ndektsv4rrffq69g5fav_" + "aB3".repeat(16) + "Z";
        String imported = "sk_" + "0123456789abcdef".repeat(4);
        String ticket = "ho_" + "aB3x".repeat(10) + "aB3";
        List<String> secrets = List.of(
                ofOurs, imported, ticket, page.base() + "claim/#" + ticket, '"' + ofOurs + "\",", imported + "'");
        page.open().sees("tbody", "ci deploy");
        for (String field : new String[] {"input[type=search]", ".bar input:not([type])"}) {
            for (String secret : secrets) {
                page.click(field).cdp("Input.insertText", Map.of("text", secret)); // as a paste does
                page.run("document.activeElement.blur()");
                page.sees("#alert", "This is a secret. Search for the id inside it: ak_…");
                assertThat(page.value(field)).isEmpty();
                page.type(field, "night").run("document.activeElement.blur()");
                page.seesNot("#alert .notice");
                page.until("the address has it", () -> page.address().contains("=night"));
                page.open("#/keys").sees("tbody", "ci deploy");
            }
        }
        assertThat(server.calls(LIST))
                .noneMatch(call -> call.query().values().stream()
                        .anyMatch(text -> text.contains(ofOurs) || text.contains(imported) || text.contains(ticket)));
    }

    @Test
    void whatIsTypedPullsNobodyBackToTheList(Script server, Tab page) {
        server.when("GET api-keys/{id}", details(key("ci deploy")));
        page.holding(300).open().sees("tbody", "ci deploy").click("input[type=search]");
        page.cdp("Input.insertText", Map.of("text", "night"));
        page.press("ci deploy").sees("dl", "team-a").passIfHeld();
        assertThat(page.address()).contains("#/key?id=");
    }

    @Test
    void whatIsTypedIsNotLostToAnotherFilter(Script server, Tab page) {
        page.holding(300).open().sees("tbody", "ci deploy").click("input[type=search]");
        page.cdp("Input.insertText", Map.of("text", "night"));
        page.choose(".bar select", "revoked")
                .until("the address has it", () -> page.address().contains("status=revoked"));
        assertThat(page.address()).contains("q=night");
        page.choose(".bar select", "all")
                .until("the address has it", () -> page.address().contains("status=all"));
    }

    /** An object has more names than those that were put into it. */
    @Test
    void aViewThatIsNoneIsTheList(Script server, Tab page) {
        page.open("#/constructor").sees("tbody", "ci deploy");
    }

    @Test
    void backUndoesAFilter(Script server, Tab page) {
        page.open("#/keys").sees("tbody", "ci deploy").choose(".bar select", "revoked");
        page.until("the address has it", () -> page.address().contains("status=revoked"));
        page.back().until("it is undone", () -> page.value(".bar select").equals("active"));
    }

    @Test
    void filtersOfTheAddressAreAskedOfTheServer(Script server, Tab page) {
        page.open("#/keys?owner=team-b&role=admin&status=all&show=expiring").sees("tbody", "ci deploy");
        Map<String, String> query = server.onlyCall(LIST).query();
        assertThat(query)
                .containsEntry("owner", "team-b")
                .containsEntry("role", "admin")
                .doesNotContainKey("status");
        assertThat(Duration.between(Instant.now(), Instant.parse(query.get("endingBefore"))))
                .isBetween(Duration.ofDays(29), Duration.ofDays(30));
    }

    @Test
    void unusedForNinetyDaysIsAFilter(Script server, Tab page) {
        page.open("#/keys?show=unused").sees("tbody", "ci deploy");
        Instant since = Instant.parse(server.onlyCall(LIST).query().get("unusedSince"));
        assertThat(Duration.between(since, Instant.now())).isBetween(Duration.ofDays(90), Duration.ofDays(91));
    }

    @Test
    void moreIsAddedBelow(Script server, Tab page) {
        server.when(LIST, keysBefore("cursor-1", key("first")), keys(key("second")));
        page.open().press("Load more").sees("tbody", "second").seesNot("#more");
        assertThat(page.all("tbody tr b")).containsExactly("first", "second");
        assertThat(server.calls(LIST).get(1).query()).containsEntry("cursor", "cursor-1");
    }

    @Test
    void twoClicksLoadAPageOnce(Script server, Tab page) {
        CountDownLatch latch = new CountDownLatch(1);
        server.when(
                LIST,
                Script.fixed(keysBefore("cursor-1", key("first"))),
                Script.after(latch, keysBefore("cursor-2", key("second"))),
                Script.fixed(keys(key("third"))));
        page.open().sees("tbody", "first");
        page.run("const more = document.getElementById('more'); more.click(); more.click();");
        page.until("it is asked", () -> server.calls(LIST).size() > 1);
        latch.countDown();
        page.sees("tbody", "second").press("Load more").sees("tbody", "third");
        assertThat(page.all("tbody tr b")).containsExactly("first", "second", "third");
        assertThat(server.calls(LIST)).hasSize(3);
    }

    @Test
    void anEmptyPageWithACursorIsPassedOver(Script server, Tab page) {
        server.when(LIST, keysBefore("cursor-1"), keysBefore("cursor-2"), keys(key("found")));
        page.open().sees("tbody", "found");
        assertThat(server.calls(LIST)).hasSize(3);
    }

    @Test
    void inactiveKeysAreHiddenUntilTheyAreAskedFor(Script server, Tab page) {
        page.open().press("Show inactive").sees("Hide inactive");
        assertThat(server.calls(LIST).get(1).query()).doesNotContainKey("status");
    }

    @Test
    void oneBrokenRowHidesNoOther(Script server, Tab page) {
        ObjectNode cut = key("cut").put("createdAt", "yesterday");
        server.when(
                LIST,
                keys(
                        key("before"),
                        TextNode.valueOf("nothing"),
                        cut,
                        key("after").put("unreadable", true)));
        page.open().sees("tbody", "before").sees("tbody", "after");
        assertThat(page.all("tbody .badge")).containsExactly("Active", "Unreadable", "Unreadable", "Unreadable");
    }

    @Test
    void permissionsOfNullAreDamageAndNoFailure(Script server, Tab page) {
        server.when(LIST, keys(key("star").putNull("permissions"), key("other")));
        page.open().sees("tbody", "grants nothing").sees("tbody", "other");
    }

    @Test
    void aQuarantinedKeyLeadsToItsRepair(Script server, Tab page) {
        ObjectNode damaged = key("star").put("grade", "quarantined");
        damaged.putArray("permissions");
        server.when(LIST, keys(damaged));
        page.open().sees("tbody .badge", "Damaged");
        page.click("tbody a.button").sees("h2", "Damaged permissions");
    }

    @Test
    void whatEndsSoonSaysWhen(Script server, Tab page) {
        ObjectNode rotated = key("rotated").put("revokedAt", ago(Duration.ofHours(-5)));
        server.when(LIST, keys(key("soon").put("expiresAt", ago(Duration.ofHours(-71))), rotated));
        page.open().sees("tbody", "Ends in 3 days").sees("tbody", "Ends in 5 hours");
    }

    @Test
    void whatOthersWroteIsNeverMarkup(Script server, Tab page) {
        String name = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        server.when(LIST, keys(key("x").put("name", name).put("owner", "<b>o</b>")));
        page.open().sees("tbody", name).sees("tbody", "<b>o</b>");
        assertThat(page.has("tbody img")).isFalse();
    }

    @Test
    void nothingYetSaysSo(Script server, Tab page) {
        server.when(LIST, keys());
        page.open("#/keys?status=all").sees("There are no keys yet.");
        page.open().sees("There are no active keys.");
    }

    @Test
    void nothingThatMatchesOffersToClearTheFilters(Script server, Tab page) {
        server.when(LIST, keys(), keys(key("ci deploy")));
        page.open("#/keys?owner=nobody").sees("No key matches these filters.").press("Clear filters");
        page.sees("tbody", "ci deploy");
        assertThat(page.address()).doesNotContain("owner");
    }

    @Test
    void anAdministratorWithoutTheRightToReadSeesWhy(Script server, Tab page) {
        server.when("GET session", Answers.session("CREATE")).when(LIST, failure(403, "FORBIDDEN"));
        page.open().sees("#alert", "You may not see keys.");
    }

    @Test
    void whoMayOnlyReadIsOfferedNothingElse(Script server, Tab page) {
        server.when("GET session", Answers.session("READ"));
        page.open("#/keys?owner=team-a").sees("tbody", "ci deploy").sees("#account", "read only");
        assertThat(page.has("#create") || page.has("#bulk") || page.has("tbody button"))
                .isFalse();
        assertThat(page.all("nav a")).containsExactly("Keys", "Journal");
    }

    @Test
    void timesAreTheServersWhereThisClockIsWrong(Script server, Tab page) {
        page.beforeLoading("const now = Date.now; Date.now = () => now() - 3 * 3600e3;");
        page.open().sees("tbody", "1 minute ago").sees("#alert", "off by 3 hours");
    }

    @Test
    void whatIsInvisibleOrTurnsTextAroundIsShownByItsNumber(Script server, Tab page) {
        ObjectNode spoofed =
                key("x").put("name", "ci\u202egpj").put("owner", "te\u200bam").put("createdBy", "ops\u2066");
        server.when(LIST, keys(spoofed));
        page.open().sees("td b", "ciU+202Egpj").sees("td", "teU+200Bam").sees("td .sub", "opsU+2066");
        assertThat(page.all("tbody mark")).containsExactly("U+202E", "U+200B", "U+2066");
        assertThat(page.run("return getComputedStyle(document.querySelector('td b')).unicodeBidi"))
                .isEqualTo("isolate");
        page.click("#actions-" + Answers.id("x")).press("Revoke").sees("dialog h2", "Revoke ciU+202Egpj?");
        page.type("#field-reason", "x").click("dialog [type=submit]").sees("dialog [role=alert]", "no longer exists");
        assertThat(page.all("dialog h2 mark")).containsExactly("U+202E");
    }

    @Test
    void theSameHoldsForTheJournalAndForDescriptions(Script server, Tab page) {
        String entry =
                Answers.entry("UPDATED").replace("ops-admin", "ops\u202eadmin").replace("team-b", "te\u200dam");
        server.when("GET journal", Answers.data("{'entries':[" + entry + "]}"));
        server.when("GET api-keys/{id}", Answers.details(key("x").put("description", "up\u00adloads")));
        page.open("#/journal").sees("tbody", "opsU+202Eadmin").sees("tbody", "teU+200Dam");
        page.open("#/key?id=" + Answers.id("x")).sees("main p", "upU+00ADloads");
    }
}
