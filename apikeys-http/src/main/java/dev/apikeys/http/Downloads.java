package dev.apikeys.http;

import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.TempKeyVault;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets the browser that created a key save its secret once. The ticket is in a cookie that has no path of its own, so that it
 * works behind any prefix: it goes back to what lies beside the route that created the key.
 */
final class Downloads {
    private static final String PLAIN_COOKIE = "apikeys-download-";

    /** Neither plain http nor a neighbour of the host can plant one; {@code __Host-} would need a path. */
    private static final String COOKIE = "__Secure-" + PLAIN_COOKIE;

    private static final int MAX_COOKIES = 8;

    private Downloads() {}

    static Response remember(Request request, CreatedKey created, Response response) {
        if (created.handOff().isEmpty()) {
            return response;
        }
        boolean isPlain = Origins.transport(request) == Origins.Transport.PLAIN_LOOPBACK;
        String cookie = isPlain ? PLAIN_COOKIE : COOKIE;
        String ticket = created.handOff().get().ticket().reveal();
        Response remembering = response.with(
                "Set-Cookie",
                Cookies.session(cookie + created.id().value(), ticket, isPlain, "") + "; Max-Age="
                        + Delivery.DOWNLOAD.toSeconds());
        // Ids sort by creation: the oldest go.
        List<String> names = Cookies.of(request).stream()
                .map(Cookies.Cookie::name)
                .filter(name -> name.matches(cookie + "ak_[0-9a-z]{1,61}"))
                .distinct()
                .sorted()
                .toList();
        for (String name : names.subList(0, Math.max(0, names.size() - MAX_COOKIES + 1))) {
            remembering = remembering.with("Set-Cookie", Cookies.expired(name, isPlain, ""));
        }
        return remembering;
    }

    static Response get(Call call) {
        requireIntended(call.request());
        KeyId id = call.id();
        TempKeyVault vault = vault(call);
        ClaimResult result = claim(call.request(), vault, id);
        if (result instanceof ClaimResult.Claimed claimed) {
            String file = id.value() + ".txt";
            return Envelope.unstored(200)
                    .with("Content-Disposition", "attachment; filename=\"" + file + "\"")
                    .withBody("text/plain; charset=utf-8", claimed.secret().reveal());
        }
        throw refusal(result, vault, id);
    }

    static Response discard(Call call) {
        KeyId id = call.id();
        TempKeyVault vault = vault(call);
        // Only a claim shows that the ticket is a real one; the secret that it returns is dropped.
        ClaimResult result = claim(call.request(), vault, id);
        if (result instanceof ClaimResult.Claimed) {
            return Envelope.success(200, "The secret can no longer be downloaded", Map.of());
        }
        throw refusal(result, vault, id);
    }

    private static Failure refusal(ClaimResult result, TempKeyVault vault, KeyId id) {
        return result instanceof ClaimResult.Unknown ? withoutTicket(vault, id) : Claims.refusal(result);
    }

    private static TempKeyVault vault(Call call) {
        try {
            return call.keys().vault();
        } catch (IllegalStateException none) {
            throw Failure.notFound();
        }
    }

    /** Claims what the browser's ticket opens, if it is the secret of this key: no other is shown under its id. */
    private static ClaimResult claim(Request request, TempKeyVault vault, KeyId id) {
        String ticket = ticket(request, id);
        ClaimResult result = ticket == null ? new ClaimResult.Unknown() : vault.claim(ticket);
        boolean isOfAnother = result instanceof ClaimResult.Claimed claimed
                && !claimed.keyId().equals(id);
        return isOfAnother ? new ClaimResult.Unknown() : result;
    }

    private static @Nullable String ticket(Request request, KeyId id) {
        String ticket = Cookies.only(request, COOKIE + id.value());
        return ticket == null && Origins.mayBePlain(request)
                ? Cookies.only(request, PLAIN_COOKIE + id.value())
                : ticket;
    }

    /** A secret is opened once: not by a browser that looks ahead, and not in parts. */
    private static void requireIntended(Request request) {
        if (!request.method().equals("GET")) {
            throw Failure.notAllowed("DELETE, GET");
        }
        boolean isPrefetch = request.headers("Sec-Purpose").stream().anyMatch(purpose -> purpose.contains("prefetch"))
                || request.headers("Purpose").contains("prefetch");
        if (isPrefetch || !request.headers("Range").isEmpty()) {
            throw Failure.forbidden("A secret is downloaded once and as a whole, not ahead of time or in parts");
        }
    }

    private static Failure withoutTicket(TempKeyVault vault, KeyId id) {
        TempKeyVault.Status status = vault.handOffStatus(id);
        if (status instanceof TempKeyVault.Status.Waiting) {
            return new Failure(403, "TICKET_REQUIRED", "Only the browser that created the key can download its secret");
        }
        if (status instanceof TempKeyVault.Status.Claimed claimed) {
            return Claims.refusal(new ClaimResult.AlreadyClaimed(id, claimed.at()));
        }
        return status instanceof TempKeyVault.Status.Expired expired
                ? Claims.refusal(new ClaimResult.Expired(expired.at()))
                : new Failure(404, "NOT_FOUND", "No secret waits for this key");
    }
}
