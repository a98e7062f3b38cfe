package dev.apikeys.http;

import dev.apikeys.InvalidArgumentException;
import dev.apikeys.Verification;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A refusal on its way to the caller. Holds only what a stranger may read, and no stack. Not thread-safe. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final transient Map<String, Object> details = new LinkedHashMap<>();
    private final transient Map<String, String> headers = new LinkedHashMap<>();
    private String retryable;
    private @Nullable String why;
    private boolean holdsKey;

    Failure(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.retryable = status == 429 || status == 503 ? "yes" : "no";
    }

    static Failure badRequest(String message) {
        return new Failure(400, "BAD_REQUEST", message);
    }

    static Failure unauthenticated(String message) {
        return new Failure(401, "UNAUTHENTICATED", message);
    }

    static Failure forbidden(String message) {
        return new Failure(403, "FORBIDDEN", message);
    }

    static Failure notFound() {
        return new Failure(404, "NOT_FOUND", "There is nothing at this address");
    }

    static Failure noSuchKey() {
        return new Failure(404, "NOT_FOUND", "There is no such key").with("field", "id");
    }

    static Failure notAllowed(String allowed) {
        return new Failure(405, "METHOD_NOT_ALLOWED", "This address takes " + allowed).header("Allow", allowed);
    }

    static Failure invalid(String field, String allowed) {
        return new Failure(422, "INVALID_ARGUMENT", field + ": allowed is " + allowed)
                .with("field", field)
                .with("allowed", allowed);
    }

    /** Says what is allowed in words of the API, where core names methods of its own. */
    static Failure invalid(String field, InvalidArgumentException e) {
        if (!e.allowed().contains("()")) {
            return invalid(field, e.allowed());
        }
        boolean isCursor = e.argument().equals("cursor");
        return invalid(
                field,
                isCursor ? "next of the page before, with the same filters and order" : "ak_ and a ULID in lower case");
    }

    static Failure unavailable() {
        return unavailable("This cannot be decided now; try again");
    }

    static Failure unavailable(String message) {
        return new Failure(503, "UNAVAILABLE", message).retryAfter(Duration.ofSeconds(1));
    }

    /** Adds a detail to the error; null says nothing. */
    Failure with(String name, @Nullable Object value) {
        if (value != null) {
            details.put(name, value);
        }
        return this;
    }

    /** Adds the present key to the error; null says nothing. */
    Failure withKey(@Nullable Map<String, ?> key) {
        holdsKey = key != null;
        return with("current", key);
    }

    /** Takes the key away again, for a caller who may not read it. */
    Failure withoutKey() {
        if (holdsKey) {
            details.remove("current");
        }
        return this;
    }

    int status() {
        return status;
    }

    Failure header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Failure retryAfter(Duration wait) {
        return header("Retry-After", Long.toString(Math.max(1, wait.toSeconds())));
    }

    /** Says that the change may have happened, so that the caller looks before it repeats it. */
    Failure outcomeUnknown() {
        retryable = "ask";
        return this;
    }

    /** Says to the log, and to no caller, why a key could not be decided upon. */
    Failure because(Verification answer) {
        String failed = answer instanceof Verification.Rejected rejected
                ? rejected.failure().orElse("the pepper of its hash is not configured")
                : "";
        return because(answer + ": " + failed);
    }

    /** Says to the log, and to no caller, why this happened. */
    Failure because(String reason) {
        why = reason;
        return this;
    }

    /** What the log is to say; null if nothing. */
    @Nullable String why() {
        return why;
    }

    static String newRequestId() {
        return UUID.randomUUID().toString();
    }

    Response response(String requestId) {
        Map<String, @Nullable Object> error = Json.object("code", code, "requestId", requestId, "retryable", retryable);
        error.putAll(details);
        Response response =
                Envelope.json(status, Json.object("success", false, "message", getMessage(), "error", error));
        for (Map.Entry<String, String> header : headers.entrySet()) {
            response = response.with(header.getKey(), header.getValue());
        }
        return response;
    }
}
