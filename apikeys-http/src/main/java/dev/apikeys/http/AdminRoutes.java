package dev.apikeys.http;

import static dev.apikeys.http.Administrator.Right.CHANGE;
import static dev.apikeys.http.Administrator.Right.CREATE;
import static dev.apikeys.http.Administrator.Right.READ;
import static dev.apikeys.http.Administrator.Right.REPAIR;
import static dev.apikeys.http.Administrator.Right.REVOKE;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The table of routes. {@code openapi.json} says the same; a test compares them. */
final class AdminRoutes {
    private static final String KEYS = "/api-keys";
    private static final String KEY = "/api-keys/*";
    private static final String DOWNLOAD = "/api-keys/*/download";
    private static final Set<String> NONE = Set.of();
    private static final Set<String> QUERY = names("q owner role status endingBefore unusedSince order limit cursor");
    private static final Set<String> SPEC =
            names("name description owner role permissions expiresAt expiresIn metadata id delivery linkExpiresIn");
    private static final Set<String> UPDATE =
            names("version name description owner role permissions expiresAt metadata revokedFrom");

    private AdminRoutes() {}

    private static Set<String> names(String words) {
        return Set.of(words.split(" "));
    }

    /** What makes an administrator here, and what does by default elsewhere. */
    private static Set<String> administrative(Administrators administrators) {
        Set<String> permissions = new HashSet<>(administrators.keyPermissions());
        permissions.add("admin");
        return permissions;
    }

    static List<Route> of(Admin admin, Administrators administrators, KeyRoutes keys) {
        SessionRoutes sessions = new SessionRoutes(admin, administrators, keys.hasHandOff());
        Set<String> administrative = administrative(administrators);
        ObservationRoutes observations = new ObservationRoutes(admin);
        return List.of(
                new Route("GET", "/session", null, NONE, sessions::get),
                new Route("POST", "/session", null, Set.of("key"), sessions::logIn),
                new Route("DELETE", "/session", null, NONE, sessions::logOut),
                new Route("GET", KEYS, READ, QUERY, keys::list),
                new Route("POST", KEYS, CREATE, SPEC, keys::create),
                new Route(
                        "POST",
                        KEYS + "/revoke",
                        REVOKE,
                        BulkRevocation.NAMES,
                        call -> BulkRevocation.answer(call, administrative)),
                new Route("GET", KEY, READ, NONE, keys::get),
                new Route("PATCH", KEY, CHANGE, UPDATE, keys::update),
                new Route("DELETE", KEY, CHANGE, Set.of("version"), keys::delete),
                new Route("POST", KEY + "/rotate", CHANGE, KeyRoutes.ROTATION, keys::rotate),
                new Route("POST", KEY + "/disable", CHANGE, Set.of("version"), keys::disable),
                new Route("POST", KEY + "/enable", CHANGE, Set.of("version"), keys::enable),
                new Route("POST", KEY + "/revoke", REVOKE, Set.of("version", "reason"), keys::revoke),
                new Route("GET", DOWNLOAD, CREATE, NONE, Downloads::get),
                new Route("DELETE", DOWNLOAD, CREATE, NONE, Downloads::discard),
                new Route("GET", "/permission-repairs", REPAIR, Set.of("limit", "cursor"), RepairRoutes::inspect),
                new Route(
                        "POST",
                        "/permission-repairs/apply",
                        REPAIR,
                        Set.of("id", "permissions", "cursor"),
                        RepairRoutes::apply),
                new Route("GET", "/journal", READ, ObservationRoutes.JOURNAL, observations::journal),
                new Route("GET", "/health", READ, NONE, observations::health),
                new Route("GET", "/openapi.json", READ, NONE, observations::openApi));
    }
}
