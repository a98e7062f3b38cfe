package dev.apikeys.examples;

// snippet: docs/webflux.md, filter
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Request;
import dev.apikeys.http.Response;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.springframework.http.HttpHeaders;
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
        return outcome(FluxRequest.of(exchange.getRequest()))
                .onErrorResume(RejectedExecutionException.class, full -> Mono.just(busy()))
                .publishOn(Schedulers.parallel()) // handlers take no thread of the checks
                .flatMap(outcome -> answer(exchange, chain, outcome));
    }

    /** Not with subscribeOn, which interrupts the check when the client disconnects: some databases close their file then. */
    private Mono<ApiKeyGuard.Outcome> outcome(Request request) {
        return Mono.fromFuture(
                () -> CompletableFuture.completedFuture(request).thenApplyAsync(guard::check, checks::schedule));
    }

    /** Passes on an Error of the handler, which Reactor would throw to the scheduler: the request would get no answer. */
    private static Mono<Void> answer(ServerWebExchange exchange, WebFilterChain chain, ApiKeyGuard.Outcome outcome) {
        return Mono.create(sink -> {
            try {
                Mono<Void> answer = outcome instanceof ApiKeyGuard.Passed passed
                        ? proceed(exchange, chain, passed)
                        : send(exchange, ((ApiKeyGuard.Refused) outcome).response());
                sink.onDispose(
                        answer.contextWrite(sink.contextView()).subscribe(none -> {}, sink::error, sink::success));
            } catch (Error fatal) {
                sink.error(fatal);
            }
        });
    }

    private static Mono<Void> proceed(ServerWebExchange exchange, WebFilterChain chain, ApiKeyGuard.Passed passed) {
        passed.key().ifPresent(key -> exchange.getAttributes().put(KEY, key));
        return chain.filter(exchange);
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

    /** A copy: some servers reuse a request whose client has disconnected. */
    private record FluxRequest(
            String method,
            String rawPath,
            String contextPath,
            String rawQuery,
            HttpHeaders headers,
            String remoteAddress)
            implements Request {

        static FluxRequest of(ServerHttpRequest request) {
            HttpHeaders headers = new HttpHeaders();
            headers.addAll(request.getHeaders());
            InetSocketAddress address = request.getRemoteAddress();
            return new FluxRequest(
                    request.getMethod().name(),
                    request.getURI().getRawPath(), // not the path container, which is decoded
                    request.getPath().contextPath().value(),
                    request.getURI().getRawQuery(),
                    headers,
                    address == null || address.isUnresolved()
                            ? ""
                            : address.getAddress().getHostAddress());
        }

        @Override
        public List<String> headers(String name) {
            return headers.getOrEmpty(name); // not split at commas
        }

        @Override
        public byte[] body(int atMost) {
            throw new UnsupportedOperationException("a guard reads no body");
        }
    }
}
// end of snippet
