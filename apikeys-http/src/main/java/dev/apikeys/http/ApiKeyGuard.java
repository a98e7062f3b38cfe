package dev.apikeys.http;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import dev.apikeys.internal.text.Setters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a service's routes and lets a request through if its API key may do what the route needs. The path that is
 * checked is decoded once from the request as it was sent; a request whose path could mean another one gets 400. Thread-safe.
 *
 * <pre>{@code
 * ApiKeyGuard guard = ApiKeyGuard.builder(keys)
 *         .route("GET", "/files/**", Access.permission("read"))
 *         .route("POST", "/files", Access.permission("upload"))
 *         .build();
 * }</pre>
 *
 * <p>The first route that fits counts, and a request that none fits is refused. Case counts: do not put a router that ignores
 * it behind a route that ends with {@code **}. The paths of forwards and includes are the host's own.
 *
 * @since 0.1
 */
public final class ApiKeyGuard {
    private static final Set<String> REFUSED_METHODS = Set.of("TRACE", "CONNECT");

    private final ApiKeyManager keys;
    private final Rule rule;
    private final FailureLimit failures;
    private final Failures failing;
    private final String realm;
    private final String[] keyHeaders;
    private final boolean isOptional;

    private ApiKeyGuard(Builder builder, Rule rule) {
        this.keys = builder.keys;
        this.rule = rule;
        this.failures = builder.failures == null ? FailureLimit.standard() : builder.failures;
        this.failing = new Failures(keys, outage -> {});
        this.realm = builder.realm;
        this.keyHeaders = builder.keyHeaders;
        this.isOptional = builder.isOptional;
    }

    /**
     * Returns a builder for a guard.
     *
     * @param keys decides about keys; stays the caller's
     * @return a builder
     */
    public static Builder builder(ApiKeyManager keys) {
        return new Builder(keys);
    }

    /** Says what a request needs. Implementations are thread-safe. */
    @FunctionalInterface
    public interface Rule {
        /**
         * Returns what a request needs.
         *
         * @param method the method, {@code GET} also for {@code HEAD}
         * @param path the decoded path below the context, from {@code /} on: route by this and by no other text
         * @param request the request
         * @return the access, or null to refuse whatever the key
         * @throws IllegalArgumentException if the path means nothing; answered with 400
         */
        @Nullable Access accessOf(String method, String path, Request request);
    }

    /** What became of a request. */
    public sealed interface Outcome permits Passed, Refused {}

    /**
     * The request may go on.
     *
     * @param verified the verification; empty if nothing was presented and the guard is optional
     */
    public record Passed(Optional<Verification.Verified> verified) implements Outcome {
        /**
         * Returns the key.
         *
         * @return the key, or empty if nothing was presented and the guard is optional
         */
        public Optional<ApiKey> key() {
            return verified.map(Verification.Verified::key);
        }
    }

    /**
     * The request ends here.
     *
     * @param response what to answer
     */
    public record Refused(Response response) implements Outcome {}

    /**
     * Tells whether a request asks, for a browser, what a page of another origin may send. It carries no credentials.
     *
     * @param request the request
     * @return true for OPTIONS with {@code Origin} and {@code Access-Control-Request-Method}
     */
    public static boolean isPreflight(Request request) {
        return request.method().equals("OPTIONS")
                && !request.headers("Origin").isEmpty()
                && !request.headers("Access-Control-Request-Method").isEmpty();
    }

    /**
     * Checks a request. Never throws: what fails unexpectedly is logged and answered with 500.
     *
     * @param request the request; its body is not touched
     * @return whether it may go on
     */
    public Outcome check(Request request) {
        try {
            return new Passed(verified(request));
        } catch (RuntimeException e) {
            String requestId = Failure.newRequestId();
            return new Refused(failing.of(e, requestId).response(requestId));
        }
    }

    private Optional<Verification.Verified> verified(Request request) {
        if (REFUSED_METHODS.contains(request.method())) {
            throw Failure.notAllowed("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
        }
        String presented = Credentials.of(request, keyHeaders);
        String path = RequestPath.of(request);
        Access access = accessOf(request, path);
        if (presented == null && isOptional) {
            return Optional.empty();
        }
        if (presented == null) {
            throw challenged(Failure.unauthenticated("An API key is needed: Authorization: Bearer <key>"), "");
        }
        Verification.Verified verified = verified(request, presented, access);
        if (access == null) { // said only to the holder of a good key: strangers learn no routes
            throw insufficient();
        }
        return Optional.of(verified);
    }

    private @Nullable Access accessOf(Request request, String path) {
        try {
            return rule.accessOf(RequestPath.method(request), path, request);
        } catch (IllegalArgumentException e) {
            throw Failure.badRequest("The path or the method means nothing here");
        }
    }

    private Verification.Verified verified(Request request, String presented, @Nullable Access access) {
        VerificationRequest question = VerificationRequest.of(presented);
        Verification answer = failures.verify(keys, request, access == null ? question : question.access(access));
        if (answer instanceof Verification.Verified verified) {
            return verified;
        }
        throw refusal(answer);
    }

    private Failure refusal(Verification answer) {
        String code = answer.publicCode().name();
        return switch (answer.publicCode()) {
            case INSUFFICIENT_PERMISSIONS -> insufficient();
            case DISABLED -> challenged(new Failure(403, code, "The API key is disabled"), "insufficient_scope");
            case FORBIDDEN -> challenged(new Failure(403, code, "The API key cannot be used"), "insufficient_scope");
            case REVOKED -> challenged(new Failure(401, code, "The API key was revoked"), "invalid_token");
            case EXPIRED -> challenged(new Failure(401, code, "The API key has expired"), "invalid_token");
            case UNAUTHENTICATED -> challenged(Failure.unauthenticated("The API key is not valid"), "invalid_token");
            default ->
                Failure.unavailable()
                        .retryAfter(answer.retryAfter().orElse(Duration.ofSeconds(1)))
                        .because(answer);
        };
    }

    private Failure insufficient() {
        Failure failure = new Failure(403, "INSUFFICIENT_PERMISSIONS", "The API key may not do this");
        return challenged(failure, "insufficient_scope");
    }

    /** RFC 6750: an error is named only if something was presented. */
    private Failure challenged(Failure failure, String error) {
        String challenge = "Bearer realm=\"" + realm + "\"";
        return failure.header(
                "WWW-Authenticate", error.isEmpty() ? challenge : challenge + ", error=\"" + error + "\"");
    }

    /** Collects what a guard is to be. Not thread-safe. */
    public static final class Builder {
        private final ApiKeyManager keys;
        private final List<Route> routes = new ArrayList<>();
        private final Set<String> called = new HashSet<>();
        private @Nullable Rule rule;
        private @Nullable FailureLimit failures;
        private String realm = "api";
        private String[] keyHeaders = {};
        private boolean isOptional;

        private Builder(ApiKeyManager keys) {
            this.keys = Objects.requireNonNull(keys, "keys");
        }

        private record Route(RoutePattern pattern, Access access) {}

        /**
         * Adds a route. The first one that fits counts.
         *
         * @param method the method, or {@code *} for all; {@code GET} fits {@code HEAD} too
         * @param path a decoded path below the context, from {@code /} on; {@code *} stands for one segment, {@code **} at
         *     the end for any number of them; a slash at the end changes nothing, in the request's path neither
         * @param access what the route needs
         * @return this
         * @throws IllegalArgumentException if the path is not of this form
         */
        public Builder route(String method, String path, Access access) {
            routes.add(
                    new Route(new RoutePattern(method, withoutSlash(path)), Objects.requireNonNull(access, "access")));
            return this;
        }

        /**
         * Lets a function say what a request needs, instead of routes.
         *
         * @param rule the function
         * @return this
         * @throws IllegalStateException if there is a rule already
         */
        public Builder rule(Rule rule) {
            this.rule = Objects.requireNonNull(rule, "rule");
            return once("rule");
        }

        /**
         * Lets the manager's authorizer decide by path and method, instead of routes.
         *
         * @return this
         * @throws IllegalStateException if there is a rule already
         */
        public Builder byAuthorizer() {
            return rule((method, path, request) -> Access.resource(path, method));
        }

        /**
         * Takes keys from the header {@code X-API-Key} too.
         *
         * @return this
         */
        public Builder acceptApiKeyHeader() {
            keyHeaders = new String[] {"X-API-Key"};
            return this;
        }

        /**
         * Lets requests pass that present nothing; the service decides about them. What is presented must be good all the
         * same.
         *
         * @return this
         */
        public Builder optional() {
            isOptional = true;
            return this;
        }

        /**
         * Sets the realm that 401 names; {@code api} unless set.
         *
         * @param realm letters, digits, blanks and {@code .:/_-}, 1 to 64 of them
         * @return this
         * @throws IllegalArgumentException if it holds anything else
         * @throws IllegalStateException if it was called before
         */
        public Builder realm(String realm) {
            if (!realm.matches("[A-Za-z0-9 .:/_-]{1,64}")) {
                throw new IllegalArgumentException(
                        "realm: " + realm + "; allowed: 1 to 64 letters, digits, blanks and .:/_-");
            }
            this.realm = realm;
            return once("realm");
        }

        /**
         * Sets the limit of failed attempts by address; {@link FailureLimit#standard()} unless set.
         *
         * @param limit the limit, shared with whatever else it was given to
         * @return this
         * @throws IllegalStateException if it was called before
         */
        public Builder failureLimit(FailureLimit limit) {
            failures = Objects.requireNonNull(limit, "limit");
            return once("failureLimit");
        }

        private Builder once(String setter) {
            Setters.once(called, setter);
            return this;
        }

        /**
         * Builds the guard.
         *
         * @return a guard
         * @throws IllegalStateException if there are neither routes nor a rule, or both
         */
        public ApiKeyGuard build() {
            Rule chosen = rule;
            if (routes.isEmpty() == (chosen == null)) {
                throw new IllegalStateException("Give the guard either routes or one rule");
            }
            if (chosen != null) {
                return new ApiKeyGuard(this, chosen);
            }
            List<Route> all = List.copyOf(routes);
            return new ApiKeyGuard(this, (method, path, request) -> firstOf(all, method, path));
        }

        /** Many routers serve both paths alike, so both need what the first route of either needs. */
        private static String withoutSlash(String path) {
            return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        }

        private static @Nullable Access firstOf(List<Route> routes, String method, String path) {
            List<String> segments = RoutePattern.segments(withoutSlash(path));
            for (Route route : routes) {
                if (route.pattern().matches(method, segments)) {
                    return route.access();
                }
            }
            return null;
        }
    }
}
