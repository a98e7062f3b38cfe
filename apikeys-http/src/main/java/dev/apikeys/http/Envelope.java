package dev.apikeys.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The form of all answers in JSON, and the headers that go with them. */
final class Envelope {
    static final String JSON = "application/json";

    private Envelope() {}

    static Response success(int status, String message, @Nullable Object data) {
        Map<String, @Nullable Object> envelope = Json.object("success", true, "message", message);
        if (data != null) {
            envelope.put("data", data);
        }
        return json(status, envelope);
    }

    static Response json(int status, Map<String, ?> envelope) {
        return unstored(status).withBody(JSON, Json.write(envelope));
    }

    /** An answer that no cache may keep. */
    static Response unstored(int status) {
        return hardened(Response.of(status)).with("Cache-Control", "no-store");
    }

    /** Sends a browser from a path to the page at its slash; relative, so that any prefix works. */
    static Response toSlash(String path) {
        return hardened(Response.of(308)).with("Location", path.substring(path.lastIndexOf('/') + 1) + "/");
    }

    /** An answer that is no page: a browser that shows it all the same runs, loads and frames nothing. */
    static Response hardened(Response response) {
        return hardened(response, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    }

    /** Keeps a browser from guessing types, from telling other sites where it was, and from sharing answers with them. */
    static Response hardened(Response response, String policy) {
        return response.with("Content-Security-Policy", policy)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer")
                .with("Cross-Origin-Opener-Policy", "same-origin")
                .with("Cross-Origin-Resource-Policy", "same-origin");
    }
}
