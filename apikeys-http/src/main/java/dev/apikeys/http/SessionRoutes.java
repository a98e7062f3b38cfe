package dev.apikeys.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is there, and what the page may offer.
 *
 * @param admin lets administrators in
 * @param administrators may have a token of the host's
 * @param hasHandOff whether secrets can be handed over
 */
record SessionRoutes(Admin admin, Administrators administrators, boolean hasHandOff) {

    Response get(Call call) {
        return Envelope.success(200, "Session", data(call, admin.administrator(call.request())));
    }

    Response logIn(Call call) {
        if (Credentials.of(call.request()) != null) {
            throw Failure.badRequest("Send the API key in the body alone");
        }
        KeyAdministrators.LoggedIn loggedIn =
                byKey().logIn(call.request(), call.fields().requiredText("key"));
        Administrator administrator = admin.restricted(loggedIn.administrator());
        return Envelope.success(200, "Logged in", data(call, administrator)).with("Set-Cookie", loggedIn.setCookies());
    }

    Response logOut(Call call) {
        List<String> expired = byKey().logOut(call.request());
        return Envelope.success(200, "Logged out", null).with("Set-Cookie", expired);
    }

    /** Where the host logs people in, these routes are none. */
    private KeyAdministrators byKey() {
        KeyAdministrators byKey = admin.byKey();
        if (byKey == null) {
            throw Failure.notFound();
        }
        return byKey;
    }

    private Map<String, @Nullable Object> data(Call call, Administrator administrator) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        String actor = administrator.actor().name();
        boolean isKey = admin.byKey() != null;
        data.put("actor", isKey ? administrator.actor().via() : actor);
        data.put("keyId", isKey ? actor : null);
        data.put("login", admin.login());
        data.put("rights", administrator.sortedRights());
        data.put("canGive", new TreeSet<>(administrator.canGive()));
        data.put("roles", new TreeMap<>(call.keys().roles().asMap()));
        data.put(
                "features",
                Json.object("handOff", hasHandOff, "refusedWithin", call.keys().cacheMaxAge()));
        data.put("csrf", csrf(call.request()));
        return data;
    }

    private @Nullable Map<String, @Nullable Object> csrf(Request request) {
        return administrators
                .csrfToken(request)
                .map(token -> Json.object("header", token.header(), "token", token.token()))
                .orElse(null);
    }
}
