package dev.apikeys.http;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Hands a secret over to the holder of a ticket: a POST that claims, and a small page for people. It needs no session and no
 * administrator. Its page is at {@link #path()} and a slash. Let no login stand before it: a redirect to a login takes the ticket
 * in the fragment along. {@link Admin} serves it at {@code claim/} below its own path; mount another one where people without an account can reach it. Thread-safe.
 *
 * <pre>{@code
 * Handler claims = Claims.at("/claim", keys, FailureLimit.standard());
 * }</pre>
 *
 * @since 0.1
 */
public final class Claims implements Handler {
    private static final Pattern TICKET = Pattern.compile("ho_[0-9A-Za-z]{43}");

    private final String path;
    private final ApiKeyManager keys;
    private final FailureLimit failures;
    private final Origins origins;
    private final StaticFiles files;
    private final Failures failing;

    Claims(String path, ApiKeyManager keys, FailureLimit failures, Origins origins, StaticFiles files) {
        this.path = MountPath.of(path);
        this.keys = keys;
        this.failures = failures;
        this.origins = origins;
        this.files = files;
        this.failing = new Failures(keys, outage -> {});
    }

    /**
     * Returns a handler for tickets.
     *
     * @param path where it is mounted, below the context path, from {@code /} on, without a slash at the end
     *     and without any of <code>* { }</code>
     * @param keys has the vault; stays the caller's
     * @param limit limits failed attempts by address
     * @param trustedOrigins origins other than the host's own whose pages may claim, for a proxy that changes the
     *     {@code Host} header
     * @return a handler
     * @throws IllegalArgumentException if the path or an origin has another form
     * @throws IllegalStateException if the manager has no temp key store
     */
    public static Claims at(String path, ApiKeyManager keys, FailureLimit limit, String... trustedOrigins) {
        Objects.requireNonNull(limit, "limit");
        keys.vault(); // fails now and not at the first claim
        return new Claims(path, keys, limit, new Origins(Set.of(trustedOrigins)), new StaticFiles());
    }

    /**
     * Returns where this is mounted.
     *
     * @return the path below the context path
     */
    public String path() {
        return path;
    }

    @Override
    public Response handle(Request request) throws IOException {
        return failing.answering(requestId -> answer(request));
    }

    private Response answer(Request request) throws IOException {
        String below = MountPath.below(path, RequestPath.of(request));
        boolean isClaim = below.isEmpty() || below.equals("/");
        if (isClaim && request.method().equals("POST")) {
            origins.require(request);
            return claim(request);
        }
        Response file = files.find(request, isClaim ? "claim.html" : below.substring(1));
        if (file == null) {
            throw Failure.notFound();
        }
        // A link that lost its slash: the browser keeps the ticket in the fragment, and the page needs the slash.
        return below.isEmpty() ? Envelope.toSlash(path) : file;
    }

    private Response claim(Request request) throws IOException {
        FailureLimit.Client client = failures.client(request);
        if (failures.tickets.isOver(client)) { // before the body, for which a thread waits
            throw failures.exceeded();
        }
        String ticket = Fields.ofBody(request).only(Set.of("ticket")).requiredText("ticket");
        ClaimResult result = claim(ticket, client);
        if (result instanceof ClaimResult.Claimed claimed) {
            String key = claimed.secret().reveal();
            return Envelope.success(
                    200, "This secret is not shown again", Json.object("key", key, "keyId", claimed.keyId()));
        }
        throw refusal(result);
    }

    private ClaimResult claim(String ticket, FailureLimit.Client client) {
        ClaimResult result = null;
        try {
            result = keys.vault().claim(ticket);
            return result;
        } finally {
            // One that the store did not answer is counted too: it holds a thread for as long as the store hangs.
            boolean isGuess = result == null || result instanceof ClaimResult.Unknown;
            if (isGuess && TICKET.matcher(ticket).matches()) {
                failures.tickets.count(client);
            }
        }
    }

    static Failure refusal(ClaimResult result) {
        if (result instanceof ClaimResult.AlreadyClaimed claimed) {
            return new Failure(
                            409,
                            "ALREADY_CLAIMED",
                            "This secret was opened before. If that was not you, a stranger has it: have the key revoked")
                    .with("at", claimed.at());
        }
        if (result instanceof ClaimResult.Expired expired) {
            return new Failure(410, "EXPIRED", "This secret was not opened in time").with("at", expired.deadline());
        }
        return new Failure(404, "UNKNOWN", "No secret waits for this ticket");
    }
}
