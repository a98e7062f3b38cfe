package dev.apikeys.http;

import dev.apikeys.Roles;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is there, and what the page may offer.
 *
 * @param admin knows the administrators
 * @param roles what can be chosen
 * @param cacheMaxAge by when a revocation is known everywhere
 * @param hasHandOff whether secrets can be handed over
 */
record SessionRoutes(Admin admin, Roles roles, Duration cacheMaxAge, boolean hasHandOff) {

    Response get(Call call) {
        return Envelope.success(200, "Session", data(call.request(), admin.administrator(call.request())));
    }

    Response logIn(Call call) {
        if (Credentials.of(call.request()) != null) {
            throw Failure.badRequest("Send the API key in the body alone");
        }
        KeyAdministrators.LoggedIn loggedIn =
                byKey().logIn(call.request(), call.fields().requiredText("key"));
        Administrator administrator = admin.restricted(loggedIn.administrator());
        Response response = Envelope.success(200, "Logged in", data(call.request(), administrator));
        return with(loggedIn.setCookies(), response);
    }

    Response logOut(Call call) {
        return with(byKey().logOut(call.request()), Envelope.success(200, "Logged out", null));
    }

    private static Response with(List<String> cookies, Response response) {
        Response all = response;
        for (String cookie : cookies) {
            all = all.with("Set-Cookie", cookie);
        }
        return all;
    }

    /** Where the host logs people in, these routes are none. */
    private KeyAdministrators byKey() {
        if (admin.administrators() instanceof KeyAdministrators byKey) {
            return byKey;
        }
        throw Failure.notFound();
    }

    private Map<String, @Nullable Object> data(Request request, Administrator administrator) {
        Map<String, Object> features = new LinkedHashMap<>();
        features.put("handOff", hasHandOff);
        features.put("refusedWithin", cacheMaxAge);
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        String actor = administrator.actor().name();
        boolean isKey = admin.administrators() instanceof KeyAdministrators;
        data.put("actor", isKey ? administrator.actor().via() : actor);
        data.put("keyId", isKey ? actor : null);
        data.put("login", admin.login());
        data.put("rights", administrator.sortedRights());
        data.put("canGive", new TreeSet<>(administrator.canGive()));
        data.put("roles", new TreeMap<>(roles.asMap()));
        data.put("features", features);
        data.put("csrf", csrf(request));
        return data;
    }

    private @Nullable Map<String, String> csrf(Request request) {
        Administrators administrators = admin.administrators();
        return administrators == null
                ? null
                : administrators
                        .csrfToken(request)
                        .map(token -> new TreeMap<>(Map.of("header", token.header(), "token", token.token())))
                        .orElse(null);
    }
}
