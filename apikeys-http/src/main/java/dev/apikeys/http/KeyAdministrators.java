package dev.apikeys.http;

import dev.apikeys.Access;
import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeyId;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import dev.apikeys.http.SessionCookie.Session;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Administrators that hold an API key, presented with each request as {@code Authorization: Bearer} or once to log in. Such a
 * one has all rights, and can give the permissions that the key grants. A session lives 8 hours at most and 30 minutes unused,
 * and ends at once with its key. Immutable and thread-safe.
 *
 * <pre>{@code
 * Administrators.byApiKey(keys).sessionSecrets(secretOfAllNodes);
 * }</pre>
 *
 * @since 0.1
 */
public final class KeyAdministrators implements Administrators {
    static final String LOGIN = "key";
    private static final int MIN_SECRET = 32;
    private static final int ID_BYTES = 16;
    private static final int MAX_LOGGED_OUT = 10_000;
    private static final Duration REISSUE = Duration.ofMinutes(1);
    private static final String COOKIE = "apikeys-admin";
    private static final String HOST_COOKIE = "__Host-" + COOKIE;

    private final ApiKeyManager keys;
    private final String permissionName;
    private final Access permission;
    private final boolean asksAuthorizer;
    private final InstantSource clock;
    private final SessionCookie cookie;
    private final FailureLimit failures;

    // Ids of sessions that were logged out on this node, with when they end by themselves.
    private final Map<String, LoggedOut> loggedOut;

    KeyAdministrators(ApiKeyManager keys, String permission) {
        this(
                Objects.requireNonNull(keys, "keys"),
                permission,
                false,
                InstantSource.system(),
                new SessionCookie(List.of(random(MIN_SECRET)), ""),
                FailureLimit.standard(),
                new ConcurrentHashMap<>());
    }

    private KeyAdministrators(
            ApiKeyManager keys,
            String permissionName,
            boolean asksAuthorizer,
            InstantSource clock,
            SessionCookie cookie,
            FailureLimit failures,
            Map<String, LoggedOut> loggedOut) {
        this.keys = keys;
        this.permissionName = permissionName;
        this.permission = Access.permission(permissionName);
        this.asksAuthorizer = asksAuthorizer;
        this.clock = clock;
        this.cookie = cookie;
        this.failures = failures;
        this.loggedOut = loggedOut;
    }

    /**
     * Returns administrators whose sessions are signed with a secret that several nodes share. Unless set, a random one of
     * this node's is used, and sessions end with the process.
     *
     * @param current signs new sessions, at least 32 random bytes; copied
     * @param retired those that signed sessions before, still accepted
     * @return new administrators
     * @throws IllegalArgumentException if a secret is shorter
     */
    public KeyAdministrators sessionSecrets(byte[] current, byte[]... retired) {
        List<byte[]> secrets = new ArrayList<>();
        secrets.add(current.clone());
        for (byte[] secret : retired) {
            secrets.add(secret.clone());
        }
        if (secrets.stream().anyMatch(secret -> secret.length < MIN_SECRET)) {
            throw new IllegalArgumentException("session secret: too short; allowed: " + MIN_SECRET + " bytes or more");
        }
        return new KeyAdministrators(
                keys,
                permissionName,
                asksAuthorizer,
                clock,
                cookie.signedWith(List.copyOf(secrets)),
                failures,
                loggedOut);
    }

    /**
     * Returns administrators for whose requests the manager's authorizer is asked too, with the path below the context and
     * the method.
     *
     * @return new administrators
     */
    public KeyAdministrators byAuthorizerToo() {
        return new KeyAdministrators(keys, permissionName, true, clock, cookie, failures, loggedOut);
    }

    /** These administrators for the admin API at a path: their sessions are good there alone. */
    KeyAdministrators at(String basePath, FailureLimit failures, InstantSource clock) {
        return new KeyAdministrators(
                keys, permissionName, asksAuthorizer, clock, cookie.at(basePath), failures, loggedOut);
    }

    @Override
    public Set<String> keyPermissions() {
        return Set.of(permissionName);
    }

    @Override
    public Admission admit(Request request) {
        Verification answer = answer(request);
        if (answer instanceof Verification.Verified verified) {
            return administrator(verified.key());
        }
        return answer == null ? Refusal.UNAUTHENTICATED : refusal(answer);
    }

    /** @throws Failure if the request is none of an administrator */
    Administrator required(Request request) {
        Verification answer = answer(request);
        if (answer instanceof Verification.Verified verified) {
            return administrator(verified.key());
        }
        Session session = session(request);
        throw answer == null
                ? Admin.refused(Refusal.UNAUTHENTICATED, LOGIN)
                : failure(answer, session == null ? null : session.proof().id());
    }

    /** Null if nothing is presented. */
    private @Nullable Verification answer(Request request) {
        String presented = Credentials.of(request);
        Session session = session(request);
        if (presented != null && session != null) {
            throw Failure.badRequest("Send a session or an API key, not both");
        }
        if (presented != null) {
            return failures.verify(
                    keys, request, VerificationRequest.of(presented).access(access(request)));
        }
        if (session == null) {
            return null;
        }
        VerificationRequest question = VerificationRequest.forProof().access(access(request));
        return keys.authorize(session.proof(), failures.client(request).asking(question));
    }

    private Access access(Request request) {
        return asksAuthorizer
                ? permission.and(Access.resource(RequestPath.of(request), RequestPath.method(request)))
                : permission;
    }

    private static Refusal refusal(Verification answer) {
        return switch (answer.publicCode()) {
            case UNAVAILABLE -> Refusal.UNAVAILABLE;
            case INSUFFICIENT_PERMISSIONS -> Refusal.FORBIDDEN;
            default -> Refusal.UNAUTHENTICATED;
        };
    }

    /** Says why to the log, and to the page whose key makes no administrator, so that it can offer the logout. */
    private Failure failure(Verification answer, @Nullable KeyId id) {
        Refusal refusal = refusal(answer);
        Failure failure = Admin.refused(refusal, LOGIN);
        return switch (refusal) {
            case UNAVAILABLE -> failure.because(answer);
            case FORBIDDEN -> failure.with("permission", permissionName).with("keyId", id);
            case UNAUTHENTICATED -> failure;
        };
    }

    /** By its id, since names are given by others and can be given twice. */
    private static Administrator administrator(ApiKey key) {
        Actor actor = Actor.of(key.id().value()).via(key.name());
        return new Administrator(actor, EnumSet.allOf(Administrator.Right.class), key.granted());
    }

    /**
     * A login that succeeded.
     *
     * @param administrator who
     * @param setCookies the headers that begin the session, and end what the browser had under the other name
     */
    record LoggedIn(Administrator administrator, List<String> setCookies) {
        /** Never the cookie. */
        @Override
        public String toString() {
            return "LoggedIn[" + administrator + "]";
        }
    }

    /** @throws Failure if the key is not good, or the session would be sent in the clear */
    LoggedIn logIn(Request request, String key) {
        Origins.Transport transport = Origins.transport(request);
        if (transport == Origins.Transport.PLAIN_NETWORK) {
            throw new Failure(
                    400, "INSECURE_ORIGIN", "Over plain http the session could be read on its way; use https");
        }
        Verification answer =
                failures.verify(keys, request, VerificationRequest.of(key).access(access(request)));
        if (!(answer instanceof Verification.Verified verified)) {
            throw failure(answer, keys.claimedId(key).orElse(null));
        }
        end(request); // a new login leaves no session open
        Instant now = clock.instant();
        Session session = new Session(HexFormat.of().formatHex(random(ID_BYTES)), verified.proof(), now, now);
        return new LoggedIn(
                administrator(verified.key()),
                setCookies(request, session, transport == Origins.Transport.PLAIN_LOOPBACK));
    }

    private String setCookie(Session session, boolean isPlain) {
        String name = isPlain ? COOKIE : HOST_COOKIE;
        return Cookies.session(name, cookie.write(session, name), isPlain, "/");
    }

    private List<String> setCookies(Request request, Session session, boolean isPlain) {
        String other = isPlain ? HOST_COOKIE : COOKIE;
        boolean hasOther =
                Cookies.of(request).stream().anyMatch(cookie -> cookie.name().equals(other));
        String begun = setCookie(session, isPlain);
        return hasOther ? List.of(begun, Cookies.expired(other, !isPlain, "/")) : List.of(begun);
    }

    /** Ends the session on this node, and in the browser; elsewhere it ends by time, or with its key. */
    List<String> logOut(Request request) {
        end(request);
        return List.of(Cookies.expired(HOST_COOKIE, false, "/"), Cookies.expired(COOKIE, true, "/"));
    }

    private void end(Request request) {
        for (String name : List.of(HOST_COOKIE, COOKIE)) {
            Session session = session(request, name);
            if (session != null) {
                forgetSome();
                loggedOut.put(session.id(), new LoggedOut(session.login().plus(SessionCookie.ABSOLUTE)));
            }
        }
    }

    private void forgetSome() {
        Instant now = clock.instant();
        loggedOut.values().removeIf(session -> !now.isBefore(session.end));
        if (loggedOut.size() >= MAX_LOGGED_OUT) {
            loggedOut.entrySet().stream()
                    .min(Comparator.comparing(session -> session.getValue().end))
                    .ifPresent(first -> loggedOut.remove(first.getKey()));
        }
    }

    /** When a session that was logged out would have ended by itself. Equal to itself alone. */
    private static final class LoggedOut {
        private final Instant end;

        LoggedOut(Instant end) {
            this.end = end;
        }
    }

    /** The header that notes the use of a session, at most once a minute; null if there is none, or nothing to note. */
    @Nullable String renewal(Request request) {
        Session session = session(request);
        Instant now = clock.instant();
        return session == null || now.isBefore(session.lastUse().plus(REISSUE))
                ? null
                : setCookie(session.usedAt(now), session(request, HOST_COOKIE) == null);
    }

    /** The session of either name: a dead cookie of one must not stop a good one of the other. */
    private @Nullable Session session(Request request) {
        Session secure = session(request, HOST_COOKIE);
        return secure == null ? session(request, COOKIE) : secure;
    }

    private @Nullable Session session(Request request, String name) {
        // A page of plain http on this host may be a forger's, and browsers send it the cookie of TLS along.
        boolean fits = name.equals(COOKIE)
                ? Origins.mayBePlain(request)
                : Origins.transport(request) != Origins.Transport.PLAIN_NETWORK;
        String value = fits ? Cookies.only(request, name) : null;
        Session session = value == null ? null : cookie.read(value, name, clock.instant());
        return session == null || loggedOut.containsKey(session.id()) ? null : session;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
