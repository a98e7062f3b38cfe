package dev.apikeys.http;

import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.http.Administrator.Right;
import dev.apikeys.internal.text.Setters;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API and the page for people who administer keys. Refuses everything unless it knows who is an administrator; such a
 * one sees all keys, whoever owns them. Thread-safe.
 *
 * <pre>{@code
 * Admin admin = Admin.builder(keys).administrators(Administrators.byApiKey(keys)).build();
 * }</pre>
 *
 * <p>The page is at {@link #path()} and a slash, {@link Claims} at {@code claim/} below it.
 *
 * @since 0.1
 */
public final class Admin implements Handler {
    private static final Logger log = LoggerFactory.getLogger(Admin.class);

    private final ApiKeyManager keys;
    private final String path;
    private final @Nullable Administrators administrators;

    /** The same, if they log in here. */
    private final @Nullable KeyAdministrators byKey;

    private final Set<Right> mostRights;
    private final Origins origins;
    private final Failures failures;
    private final InstantSource clock;
    private volatile @Nullable Map<String, Object> lastOutage;
    private final StaticFiles files = new StaticFiles();
    private final @Nullable Handler claims;
    private final List<Route> routes;

    private Admin(Builder builder) {
        FailureLimit limit = builder.limit == null ? FailureLimit.standard() : builder.limit;
        this.keys = builder.keys;
        this.clock = builder.clock;
        this.path = builder.path;
        this.byKey = builder.administrators instanceof KeyAdministrators keyed ? keyed.at(path, limit, clock) : null;
        this.administrators = byKey == null ? builder.administrators : byKey;
        this.mostRights = builder.isReadOnly ? Set.of(Right.READ) : EnumSet.allOf(Right.class);
        this.origins = new Origins(builder.trustedOrigins);
        this.failures = new Failures(keys, this::note);
        boolean hasHandOff = hasHandOff(keys);
        this.claims = hasHandOff ? new Claims(path + "/claim", keys, limit, origins, files) : null;
        String link = builder.claims == null ? "claim/#" : MountPath.relative(path, builder.claims.path()) + "/#";
        if (administrators == null) {
            log.warn(
                    "The admin API at {} answers 404 to everything, since there are no administrators. Set them with"
                            + " Admin.Builder.administrators",
                    path);
            this.routes = List.of();
        } else {
            KeyRoutes keyRoutes = new KeyRoutes(keys.roles(), hasHandOff, link);
            this.routes = AdminRoutes.of(this, administrators, keyRoutes);
        }
    }

    private static boolean hasHandOff(ApiKeyManager keys) {
        try {
            keys.vault();
            return true;
        } catch (IllegalStateException none) {
            return false;
        }
    }

    /**
     * Returns a builder for an admin API.
     *
     * @param keys the keys to administer; stays the caller's
     * @return a builder
     */
    public static Builder builder(ApiKeyManager keys) {
        return new Builder(keys);
    }

    /**
     * Returns where this is mounted.
     *
     * @return the path below the context path, without a slash at the end
     */
    public String path() {
        return path;
    }

    /**
     * Tells whether anybody is served.
     *
     * @return true if administrators were set
     */
    public boolean hasAdministrators() {
        return administrators != null;
    }

    List<Route> routes() {
        return routes;
    }

    /** Remembers when the store failed and whether the outcome is known; never what a driver said. */
    void note(StorageException outage) {
        String kind = outage.outcomeUnknown() ? "OUTCOME_UNKNOWN" : "NOT_ANSWERED";
        try {
            lastOutage = Map.of("at", clock.instant(), "kind", kind);
        } catch (RuntimeException noTime) {
            // The answer to the outage is under way, and a clock of the host's must not replace it.
            lastOutage = Map.of("kind", kind);
        }
    }

    /** Kind and, where the clock worked, time of the last failure of the store, or null. */
    @Nullable Map<String, Object> lastOutage() {
        return lastOutage;
    }

    @Nullable KeyAdministrators byKey() {
        return byKey;
    }

    @Override
    public Response handle(Request request) throws IOException {
        return failures.answering(requestId -> answer(request, requestId));
    }

    private Response answer(Request request, String requestId) throws IOException {
        String requested = RequestPath.of(request);
        String below = MountPath.below(path, requested);
        if (administrators == null) {
            throw Failure.notFound();
        }
        if (below.isEmpty()) {
            return Envelope.toSlash(path);
        }
        if (claims != null && (below.equals("/claim") || below.startsWith("/claim/"))) {
            return claims.handle(request);
        }
        List<Route> here = routes.stream().filter(route -> route.isAt(below)).toList();
        if (here.isEmpty()) {
            Response file = files.find(request, below.equals("/") ? "index.html" : below.substring(1));
            if (file == null) {
                throw Failure.notFound();
            }
            return file;
        }
        return answer(request, requestId, below, chosen(request, here));
    }

    private static Route chosen(Request request, List<Route> here) {
        String method = RequestPath.method(request);
        return here.stream()
                .filter(route -> route.method().equals(method))
                .findFirst()
                .orElseThrow(() -> Failure.notAllowed(
                        String.join(", ", here.stream().map(Route::method).toList())));
    }

    private Response answer(Request request, String requestId, String below, Route route) throws IOException {
        origins.require(request);
        if (route.right() == null) {
            Administrator nobody = new Administrator(Actor.SYSTEM, Set.of(), Set.of());
            return route.action().answer(new Call(request, nobody, keys, fields(request, route), below));
        }
        Administrator administrator = administrator(request);
        // Before the action: a clock of the host's that fails after it would cost the answer, and a new secret with it.
        String renewal = route.isBackground() || byKey == null ? null : byKey.renewal(request);
        Response response;
        try {
            requireRight(administrator, route.right());
            ApiKeyManager asAdministrator = keys.as(administrator.actor().requestId(requestId));
            response = route.action()
                    .answer(new Call(request, administrator, asAdministrator, fields(request, route), below));
        } catch (RuntimeException e) {
            throw refusal(failures.of(e, requestId), administrator, requestId, route);
        }
        return renewal == null ? response : response.with("Set-Cookie", renewal);
    }

    private static void requireRight(Administrator administrator, Right right) {
        if (!administrator.rights().contains(right)) {
            throw Failure.forbidden("You lack the right " + right).with("right", right);
        }
    }

    /** A refused change is in no journal, so it is logged; with the route and not the path, which can hold anything. */
    private static Failure refusal(Failure failure, Administrator administrator, String requestId, Route route) {
        if (failure.status() == 403) {
            log.info("Request {}: {} may not {} {}", requestId, administrator.actor(), route.method(), route.path());
        }
        return administrator.rights().contains(Right.READ) ? failure : failure.withoutKey();
    }

    private static Fields fields(Request request, Route route) throws IOException {
        Fields query = Fields.ofQuery(request.rawQuery());
        if (route.isRead()) {
            return query.only(route.names());
        }
        Fields body = Fields.ofBody(request);
        (route.hasBody() ? query : body).only(Set.of()); // a version in the wrong place would not be checked
        return (route.hasBody() ? body : query).only(route.names());
    }

    /** @throws Failure if the request is none of an administrator */
    Administrator administrator(Request request) {
        if (byKey != null) {
            return restricted(byKey.required(request));
        }
        Administrators.Admission admission =
                Objects.requireNonNull(administrators).admit(request);
        if (admission instanceof Administrator administrator) {
            return restricted(administrator);
        }
        throw refused((Administrators.Refusal) admission, login());
    }

    Administrator restricted(Administrator administrator) {
        return administrator.withoutRightsBut(mostRights);
    }

    String login() {
        return byKey == null ? "host" : KeyAdministrators.LOGIN;
    }

    static Failure refused(Administrators.Refusal refusal, String login) {
        return switch (refusal) {
            // Browsers know neither scheme, so they show no dialog for a password.
            case UNAUTHENTICATED ->
                Failure.unauthenticated("Log in")
                        .with("login", login)
                        .header(
                                "WWW-Authenticate",
                                login.equals(KeyAdministrators.LOGIN)
                                        ? "ApiKey realm=\"admin\""
                                        : "Login realm=\"admin\"");
            case FORBIDDEN -> Failure.forbidden("You are no administrator").with("login", login);
            case UNAVAILABLE -> Failure.unavailable().because("the administrators cannot decide now");
        };
    }

    /** Collects what an admin API is to be. Not thread-safe. */
    public static final class Builder {
        private final ApiKeyManager keys;
        private final Set<String> called = new HashSet<>();
        private String path = "/api/v1/web/admin";
        private @Nullable Administrators administrators;
        private @Nullable FailureLimit limit;
        private Set<String> trustedOrigins = Set.of();
        private InstantSource clock = InstantSource.system();
        private @Nullable Claims claims;
        private boolean isReadOnly;

        private Builder(ApiKeyManager keys) {
            this.keys = Objects.requireNonNull(keys, "keys");
        }

        /**
         * Sets where this is mounted; {@code /api/v1/web/admin} unless set.
         *
         * @param path a decoded path below the context path, from {@code /} on, without a slash at the end
         *     and without any of <code>* { }</code>
         * @return this
         * @throws IllegalArgumentException if the path has another form
         * @throws IllegalStateException if it was called before
         */
        public Builder path(String path) {
            this.path = MountPath.of(path);
            return once("path");
        }

        /**
         * Sets who is an administrator. Without it everything is answered with 404.
         *
         * @param administrators decides about each request
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder administrators(Administrators administrators) {
            this.administrators = Objects.requireNonNull(administrators, "administrators");
            return once("administrators");
        }

        /**
         * Sets the limit of failed logins and tickets by address; {@link FailureLimit#standard()} unless set.
         *
         * @param limit the limit, shared with whatever else it was given to
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder failureLimit(FailureLimit limit) {
            this.limit = Objects.requireNonNull(limit, "limit");
            return once("failureLimit");
        }

        /**
         * Sets origins other than the host's own that may send requests, for a proxy that changes the {@code Host} header.
         *
         * @param origins scheme, host in lower case and port, such as {@code https://console.example.com}
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder trustedOrigins(String... origins) {
            this.trustedOrigins = Set.of(origins);
            return once("trustedOrigins");
        }

        /**
         * Sets where claim links lead: to a page for claims that is mounted where people without an account reach it. They
         * lead to the one at {@code claim/} below this path unless set.
         *
         * @param claims the page, on the same host and below the same context path
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder claims(Claims claims) {
            this.claims = Objects.requireNonNull(claims, "claims");
            return once("claims");
        }

        /**
         * Takes from every administrator all rights but {@link Right#READ}.
         *
         * @return this
         */
        public Builder readOnly() {
            this.isReadOnly = true;
            return this;
        }

        /**
         * Sets the clock by which sessions end and outages are told; that of the manager. The system's unless set.
         *
         * @param clock the time
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return once("clock");
        }

        private Builder once(String setter) {
            Setters.once(called, setter);
            return this;
        }

        /**
         * Builds the admin API.
         *
         * @return an admin API
         * @throws IllegalArgumentException if a trusted origin has another form
         */
        public Admin build() {
            return new Admin(this);
        }
    }
}
