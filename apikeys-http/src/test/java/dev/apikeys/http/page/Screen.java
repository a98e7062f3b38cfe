package dev.apikeys.http.page;

import static dev.apikeys.http.page.Answers.details;
import static dev.apikeys.http.page.Answers.failure;
import static dev.apikeys.http.page.Answers.key;
import static dev.apikeys.http.page.Answers.keys;
import static dev.apikeys.http.page.Answers.keysBefore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.apikeys.http.Response;
import java.time.Duration;

/** Everything that the page shows, for tests that look at all of it. */
enum Screen {
    LOGIN {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET session", Answers.loggedOut("key")).when("POST session", Answers.loggedOut("key"));
            return page.open().type("#field-key", "sk_x").press("Log in").sees("#error-key", "not accepted");
        }
    },
    HOST_LOGIN {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET session", Answers.loggedOut("host"));
            return page.open().sees("h2", "You are not logged in");
        }
    },
    PLAIN_HTTP {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET session", Answers.loggedOut("key"));
            return page.openUnder(Script.OTHER_NAME).sees("h2", "not encrypted");
        }
    },
    FORBIDDEN {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "GET session", failure(403, "FORBIDDEN", "{'login':'key','keyId':'ak_1','permission':'admin'}"));
            return page.open().sees("#alert", "Log out");
        }
    },
    SESSION_OVER {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET journal", Answers.loggedOut("key"));
            return page.open("#/journal")
                    .sees("#alert", "Your session has ended")
                    .sees("h2", "Log in");
        }
    },
    LOGGED_OUT {
        @Override
        Tab show(Script server, Tab page) {
            server.when("DELETE session", Answers.data("{}"));
            return page.open()
                    .press("Log out")
                    .sees("#status", "You are logged out")
                    .sees("h2", "Log in");
        }
    },
    NO_SERVER {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET session", Answers.html(502));
            return page.open().sees("#alert", "The server cannot be reached").sees("#alert", "Try again");
        }
    },
    BROKEN {
        @Override
        Tab show(Script server, Tab page) {
            page.mayFail().open().sees("tbody", "ci deploy").run("setTimeout(() => { throw new Error('planted') })");
            page.find("#broken");
            return page;
        }
    },
    LIST {
        @Override
        Tab show(Script server, Tab page) {
            sampleList(server);
            return page.open("#/keys?status=all").sees("tbody", "old laptop");
        }
    },
    READ_ONLY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET session", Answers.session("READ"));
            return page.open().sees("#account", "read only").sees("tbody", "ci deploy");
        }
    },
    EMPTY_LIST {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys", keys());
            return page.open("#/keys?q=x").sees("No key matches");
        }
    },
    NO_KEYS {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys", keys());
            return page.open().sees("tbody", "There are no active keys");
        }
    },
    LIST_FORBIDDEN {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys", failure(403, "FORBIDDEN", "{'right':'READ'}"));
            return page.open().sees("#alert", "You may not see keys");
        }
    },
    LOADING {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys", server.never());
            return page.open().sees("tbody", "Loading…");
        }
    },
    ODD_ROWS {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "GET api-keys",
                    keys(key("cut").put("createdAt", "x"), key("ci\u202edeploy").putNull("permissions")));
            return page.open()
                    .sees("tbody", "Unreadable")
                    .sees("tbody", "Damaged")
                    .sees("tbody mark", "U+202E");
        }
    },
    MENU {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).sees(".menu", "Rotate");
        }
    },
    TROUBLE {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET health", Answers.data("{'store':{'answering':false},'stalls':[],'maxAge':'PT5S'}"));
            server.when("GET api-keys", keys(key("ci deploy")), failure(500, "INTERNAL"));
            page.open().sees("tbody", "ci deploy").press("Show inactive");
            return page.sees("#alert", "Reference").sees("#alert", "not answering");
        }
    },
    UNREACHABLE {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "GET api-keys",
                    keys(key("ci deploy")),
                    failure(429, "RATE_LIMITED").with("Retry-After", "60"));
            page.open().sees("tbody", "ci deploy").press("Show inactive");
            return page.sees("#alert", "What you see is from").sees("#alert", "Try again in");
        }
    },
    WARNINGS {
        @Override
        Tab show(Script server, Tab page) {
            page.beforeLoading("const now = Date.now; Date.now = () => now() - 3 * 3600e3;")
                    .open();
            page.type("input[type=search]", "sk_" + "0123456789abcdef".repeat(4));
            return page.sees("#alert", "This is a secret").sees("#alert", "clock is off by");
        }
    },
    CREATE {
        @Override
        Tab show(Script server, Tab page) {
            page.open().press("Create key").choose("#field-expiresAt", "never").choose("#field-role", "read_upload");
            return page.type("#field-name", "nightly export").type("#field-owner", "team-b");
        }
    },
    CREATE_ON_A_DATE {
        @Override
        Tab show(Script server, Tab page) {
            page.open().press("Create key").choose("#field-expiresAt", "date").find("input[type=date]");
            return page;
        }
    },
    CREATE_UNDER_WAY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", server.never());
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            page.find("[aria-busy=true]");
            return page;
        }
    },
    CREATE_UNKNOWN {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", Answers.html(504));
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            return page.sees("dialog [role=alert]", "We do not know whether the key was created");
        }
    },
    CREATE_REPLACED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", failure(409, "EXISTS"));
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            return page.sees("dialog h2", "Replace the lost secret");
        }
    },
    CREATE_AFTER_THE_SESSION {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", Answers.loggedOut("key"));
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            return page.sees("dialog [role=alert]", "Log in in a new tab");
        }
    },
    VALUE_REFUSED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", failure(422, "INVALID_ARGUMENT", "{'field':'owner'}"));
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            return page.sees("#error-owner", "The server says so");
        }
    },
    CREATE_REFUSED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", failure(429, "RATE_LIMITED").with("Retry-After", "60"));
            CREATE.show(server, page).click("dialog .tick input").click("dialog [type=submit]");
            return page.sees("dialog [role=alert]", "Try again in");
        }
    },
    NO_HAND_OFF {
        @Override
        Tab show(Script server, Tab page) {
            ObjectNode session = Answers.sessionData("READ", "CREATE");
            session.withObject("features").put("handOff", false);
            server.when("GET session", Answers.ok(200, session));
            return page.open().press("Create key").sees("dialog", "no hand-off store");
        }
    },
    SHOW_ONCE {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", Answers.made(key("nightly export")));
            page.open().press("Create key").type("#field-name", "x").click("dialog [type=submit]");
            return page.sees("dialog h2", "is ready");
        }
    },
    COPIED {
        @Override
        Tab show(Script server, Tab page) {
            SHOW_ONCE.show(server, page.clipboardPermitted()).press("Copy");
            return page.sees("dialog #status", "Copied");
        }
    },
    SECRET_GONE {
        @Override
        Tab show(Script server, Tab page) {
            SHOW_ONCE.show(server, page).run("window.dispatchEvent(new PageTransitionEvent('pagehide'))");
            return page.sees("dialog", "The key is no longer on this page");
        }
    },
    LINK {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys", Answers.madeLink(key("nightly export")));
            page.open().press("Create key").type("#field-name", "x").choose("#field-delivery", "PT24H");
            return page.click("dialog [type=submit]").sees("dialog", "Send this link");
        }
    },
    DETAIL {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys/{id}", details(key("ci deploy").put("description", "Uploads builds")));
            return page.open("#/key?id=" + Answers.id("ci deploy"))
                    .sees("dl", "team-a")
                    .sees("tbody", "ops-admin");
        }
    },
    DETAIL_DAMAGED {
        @Override
        Tab show(Script server, Tab page) {
            ObjectNode damaged =
                    key("ci deploy").put("status", "disabled").put("disabledAt", Answers.ago(Duration.ofDays(1)));
            server.when(
                    "GET api-keys/{id}",
                    details(damaged.put("grade", "quarantined").put("rotatedTo", Answers.id("x"))));
            return page.open("#/key?id=" + Answers.id("ci deploy")).sees("dd", "the key does not work now");
        }
    },
    DETAIL_GONE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("#/key?id=" + Answers.id("x")).sees("#alert", "The journal has its changes");
        }
    },
    EDIT {
        @Override
        Tab show(Script server, Tab page) {
            page.open().click(ACTIONS).press("Edit").type("#field-name", "").press("Save");
            return page.sees("#error-name", "Fill this in");
        }
    },
    EDIT_DAMAGED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys/{id}", details(key("ci deploy").put("grade", "quarantined")));
            page.open("#/key?id=" + Answers.id("ci deploy")).press("Edit");
            return page.sees("dialog", "Repair the permissions before");
        }
    },
    CONFLICT {
        @Override
        Tab show(Script server, Tab page) {
            Response conflict = failure(409, "VERSION", "{'current':" + key("theirs") + "}");
            server.when("PATCH api-keys/{id}", conflict);
            page.open().click(ACTIONS).press("Edit").type("#field-name", "mine").press("Save");
            return page.sees("dialog h2", "changed meanwhile");
        }
    },
    ROTATE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Rotate").sees("dialog h2", "ci deploy");
        }
    },
    REVOKE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Revoke").sees("dialog", "Programs using it");
        }
    },
    REVOKE_OWN {
        @Override
        Tab show(Script server, Tab page) {
            ObjectNode session = Answers.sessionData("READ", "REVOKE").put("keyId", Answers.id("ci deploy"));
            server.when("GET session", Answers.ok(200, session));
            server.when(
                    "POST api-keys/{id}/revoke", failure(409, "NOT_ACTIVE", "{'current':" + key("ci deploy") + "}"));
            page.open()
                    .click(ACTIONS)
                    .press("Revoke")
                    .type("#field-reason", "leaked")
                    .click("dialog [type=submit]");
            return page.sees("dialog", "You are logged in with this key").sees("dialog", "no longer active");
        }
    },
    DISABLE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Disable").sees("dialog h2", "ci deploy");
        }
    },
    ENABLE {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET api-keys", keys(key("ci deploy").put("status", "disabled")));
            return page.open().click(ACTIONS).press("Enable").sees("dialog h2", "ci deploy");
        }
    },
    DELETE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Delete").sees("dialog h2", "ci deploy");
        }
    },
    REVOKE_MANY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys/revoke", failure(409, "EXPECTED", "{'current':{'count':37}}"));
            page.open("#/keys?owner=team-a").press("Revoke all of these…").type("#field-reason", "leaked");
            return page.press("Count keys").sees("dialog [type=submit]", "37");
        }
    },
    REVOKE_TOO_MANY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys/revoke", failure(409, "EXPECTED", "{'current':{'count':10000}}"));
            page.open("#/keys?owner=team-a").press("Revoke all of these…").type("#field-reason", "leaked");
            return page.press("Count keys").sees("dialog [role=alert]", "Too many keys match");
        }
    },
    REPAIR {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "GET permission-repairs",
                    Answers.data("{'repairs':[{'id':'ak_1757861895160042700','stored':'[read',"
                            + "'grade':'repaired','rules':['UNTERMINATED'],'permissions':['read']},{'id':'ak_1757861895160042701',"
                            + "'stored':'{}','grade':'quarantined','rules':['OBJECT'],'permissions':[]}]}"));
            return page.open("#/repair").sees("main", "It reads as").sees("main", "Set permissions");
        }
    },
    REPAIR_NONE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("#/repair").sees("main", "All permission lists are sound");
        }
    },
    REPAIR_FAILED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST permission-repairs/apply", failure(503, "UNAVAILABLE"));
            REPAIR.show(server, page).press("Apply").sees("#alert", "not answering");
            return page.sees("main", "It reads as");
        }
    },
    JOURNAL {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("#/journal?actor=ops-admin").sees("tbody", "team-b");
        }
    },
    JOURNAL_EMPTY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("GET journal", Answers.data("{'entries':[]}"));
            return page.open("#/journal").sees("main", "No changes yet");
        }
    },
    JOURNAL_REFUSED {
        @Override
        Tab show(Script server, Tab page) {
            String first =
                    "{'entries':[" + Answers.entry("ROTATED") + "," + Answers.entry("NEW_TYPE") + "],'next':'c1'}";
            server.when("GET journal", Answers.data(first), failure(422, "INVALID_ARGUMENT", "{'field':'cursor'}"));
            return page.open("#/journal").press("Load more").sees("#alert", "The server says so");
        }
    },
    CLAIM {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("claim/#ho_" + "c".repeat(43)).sees("h2", "A key is waiting for you");
        }
    },
    CLAIM_OVER {
        @Override
        Tab show(Script server, Tab page) {
            String at = "{'at':'" + Answers.ago(Duration.ofHours(2)) + "'}";
            server.when("POST claim/", failure(409, "ALREADY_CLAIMED", at));
            return CLAIM.show(server, page).press("Show the key").sees("main", "a stranger may have the key");
        }
    },
    CLAIM_EXPIRED {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST claim/", failure(410, "EXPIRED"));
            return CLAIM.show(server, page).press("Show the key").sees("main", "This link has expired");
        }
    },
    CLAIM_UNKNOWN {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST claim/", failure(404, "UNKNOWN"));
            return CLAIM.show(server, page).press("Show the key").sees("main", "This link is not known here");
        }
    },
    CLAIM_WITHOUT_ANSWER {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST claim/", Answers.html(504));
            CLAIM.show(server, page).press("Show the key");
            return page.sees("#alert", "We do not know whether the key was opened");
        }
    },
    CLAIM_WITHOUT_TICKET {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("claim/").sees("main", "Open the whole link");
        }
    },
    CLAIMED {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "POST claim/", Answers.data("{'key':'" + Answers.SECRET + "','keyId':'" + Answers.id("x") + "'}"));
            return CLAIM.show(server, page).press("Show the key").sees("h2", "Your key");
        }
    },
    CLAIM_WAITING {
        @Override
        Tab show(Script server, Tab page) {
            CLAIMED.show(server, page).run("location.hash = arguments[0]", "ho_" + "d".repeat(43));
            return page.sees("#alert", "Another link waits");
        }
    },
    CLAIM_DONE {
        @Override
        Tab show(Script server, Tab page) {
            CLAIMED.show(server, page).click(".tick input").press("Close");
            return page.sees("main", "You can close this page");
        }
    };

    private static final String ACTIONS = "#actions-" + Answers.id("ci deploy");

    abstract Tab show(Script server, Tab page);

    /** Keys of every kind. */
    static void sampleList(Script server) {
        ObjectNode ending = key("nightly export").put("owner", "team-b").put("role", "read_only");
        ending.put("expiresAt", Answers.ago(Duration.ofHours(-71))).put("createdAt", Answers.ago(Duration.ofDays(87)));
        ending.put("lastUsedAt", Answers.ago(Duration.ofHours(30)))
                .put("usageCount", 87)
                .put("createdBy", "platform");
        ending.putArray("permissions").add("read");
        ObjectNode damaged = key("Star")
                .put("id", "ak_1757861895160042700")
                .put("grade", "quarantined")
                .put("role", "admin");
        damaged.putNull("owner")
                .putNull("expiresAt")
                .putNull("lastUsedAt")
                .putNull("createdBy")
                .put("usageCount", 0);
        damaged.put("createdAt", Answers.ago(Duration.ofDays(430)));
        ObjectNode revoked =
                key("old laptop").put("status", "revoked").put("createdAt", Answers.ago(Duration.ofDays(120)));
        revoked.putArray("granted").add("read");
        server.when("GET api-keys", keysBefore("next", key("ci deploy"), ending, damaged, revoked));
    }
}
