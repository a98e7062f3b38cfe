package dev.apikeys.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each screen of the page by the rules of axe: in any size, in the dark, within its policy. */
@InBrowser
class PageScreensTest {
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

    /** One screen of each layout: the texts differ in length, the rest is the same. */
    @Tag("ci")
    @ParameterizedTest
    @EnumSource(
            names = {
                "LOGIN",
                "LIST",
                "MENU",
                "CREATE",
                "SHOW_ONCE",
                "LINK",
                "DETAIL",
                "EDIT",
                "ROTATE",
                "REVOKE_MANY",
                "REPAIR",
                "JOURNAL",
                "CLAIM"
            })
    void eachLayoutIsFineInChineseToo(Screen screen, Script server, Tab page) {
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
