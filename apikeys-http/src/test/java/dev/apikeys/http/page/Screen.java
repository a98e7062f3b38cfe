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
    CREATE {
        @Override
        Tab show(Script server, Tab page) {
            page.open().press("Create key").choose("#field-expiresAt", "never").choose("#field-role", "read_upload");
            return page.type("#field-name", "nightly export").type("#field-owner", "team-b");
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
            return page.sees("dialog h2", "nightly export is ready");
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
                    .sees("tbody", "Created");
        }
    },
    EDIT {
        @Override
        Tab show(Script server, Tab page) {
            page.open().click(ACTIONS).press("Edit").type("#field-name", "").press("Save");
            return page.sees("#error-name", "Fill this in");
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
            return page.open().click(ACTIONS).press("Rotate").sees("dialog h2", "Rotate ci deploy");
        }
    },
    REVOKE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Revoke").sees("dialog", "Used 1 minute ago");
        }
    },
    DISABLE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Disable").sees("dialog h2", "Disable ci deploy?");
        }
    },
    DELETE {
        @Override
        Tab show(Script server, Tab page) {
            return page.open().click(ACTIONS).press("Delete").sees("dialog h2", "Delete ci deploy?");
        }
    },
    REVOKE_MANY {
        @Override
        Tab show(Script server, Tab page) {
            server.when("POST api-keys/revoke", failure(409, "EXPECTED", "{'current':{'count':37}}"));
            page.open("#/keys?owner=team-a").press("Revoke all of these…").type("#field-reason", "leaked");
            return page.press("Count keys").sees("dialog", "Revoke 37 keys");
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
            return page.open("#/repair").sees("main", "It reads as: read").sees("main", "Set permissions");
        }
    },
    JOURNAL {
        @Override
        Tab show(Script server, Tab page) {
            return page.open("#/journal?actor=ops-admin").sees("tbody", "Changed");
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
    CLAIMED {
        @Override
        Tab show(Script server, Tab page) {
            server.when(
                    "POST claim/", Answers.data("{'key':'" + Answers.SECRET + "','keyId':'" + Answers.id("x") + "'}"));
            return CLAIM.show(server, page).press("Show the key").sees("h2", "Your key");
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
