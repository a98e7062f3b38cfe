package dev.apikeys.examples;

// snippet: docs/webflux.md, filter
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Request;
import dev.apikeys.http.Response;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Lets requests through whose API key may do what the route needs. No event loop waits for the store. */
final class ApiKeyWebFilter implements WebFilter {
    static final String KEY = ApiKeyWebFilter.class.getName() + ".key";

    private final ApiKeyGuard guard;
    private final Scheduler checks;

    ApiKeyWebFilter(ApiKeyGuard guard, Scheduler checks) {
        this.guard = guard;
        this.checks = checks;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        Request request = new FluxRequest(exchange.getRequest());
        if (ApiKeyGuard.isPreflight(request)) {
            return chain.filter(exchange);
        }
        return outcome(request)
                .onErrorResume(RejectedExecutionException.class, full -> Mono.just(busy()))
                .publishOn(Schedulers.parallel()) // handlers take no thread of the checks
                .flatMap(outcome -> {
                    if (outcome instanceof ApiKeyGuard.Refused refused) {
                        return send(exchange, refused.response());
                    }
                    ((ApiKeyGuard.Passed) outcome)
                            .key()
                            .ifPresent(key -> exchange.getAttributes().put(KEY, key));
                    return chain.filter(exchange);
                });
    }

    /** Not with subscribeOn, which interrupts the check when the client disconnects: some databases close their file then. */
    private Mono<ApiKeyGuard.Outcome> outcome(Request request) {
        return Mono.fromFuture(() -> CompletableFuture.supplyAsync(() -> guard.check(request), checks::schedule));
    }

    private static ApiKeyGuard.Outcome busy() {
        Response refusal = Response.refusal(503, "UNAVAILABLE", "Too many requests wait for the key store");
        return new ApiKeyGuard.Refused(refusal.with("Retry-After", "1"));
    }

    private static Mono<Void> send(ServerWebExchange exchange, Response refusal) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatusCode.valueOf(refusal.status()));
        refusal.headers().forEach(response.getHeaders()::addAll);
        byte[] body = refusal.body().getBytes(StandardCharsets.UTF_8);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
    }

    private record FluxRequest(ServerHttpRequest request) implements Request {
        @Override
        public String method() {
            return request.getMethod().name();
        }

        @Override
        public String rawPath() {
            return request.getURI().getRawPath(); // not the path container, which is decoded
        }

        @Override
        public String contextPath() {
            return request.getPath().contextPath().value();
        }

        @Override
        public String rawQuery() {
            return request.getURI().getRawQuery();
        }

        @Override
        public List<String> headers(String name) {
            return Objects.requireNonNullElse(request.getHeaders().get(name), List.of()); // not split at commas
        }

        @Override
        public String remoteAddress() {
            InetSocketAddress address = request.getRemoteAddress();
            return address == null || address.isUnresolved()
                    ? ""
                    : address.getAddress().getHostAddress();
        }

        @Override
        public byte[] body(int atMost) {
            throw new UnsupportedOperationException("a guard reads no body");
        }
    }
}
// end of snippet
