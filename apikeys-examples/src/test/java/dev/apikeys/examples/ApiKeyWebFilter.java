package dev.apikeys.examples;

// snippet: docs/webflux.md, filter
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Request;
import dev.apikeys.http.Response;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Lets requests through whose API key may do what the route needs. The event loop never waits for the store. */
final class ApiKeyWebFilter implements WebFilter {
    static final String KEY = ApiKeyWebFilter.class.getName() + ".key";

    private final ApiKeyGuard guard;

    ApiKeyWebFilter(ApiKeyGuard guard) {
        this.guard = guard;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        Request request = new FluxRequest(exchange.getRequest());
        if (ApiKeyGuard.isPreflight(request)) {
            return chain.filter(exchange);
        }
        Mono<ApiKeyGuard.Outcome> outcome = guard.checkCached(request)
                .map(Mono::just)
                .orElseGet(() ->
                        Mono.fromCallable(() -> guard.check(request)).subscribeOn(Schedulers.boundedElastic()));
        return outcome.flatMap(decided -> {
            if (decided instanceof ApiKeyGuard.Refused refused) {
                return send(exchange, refused.response());
            }
            ((ApiKeyGuard.Passed) decided).key().ifPresent(key -> exchange.getAttributes().put(KEY, key));
            return chain.filter(exchange);
        });
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
            return request.getURI().getRawPath(); // not getPath(), whose parameters are taken off by those who match it
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
            return request.getHeaders().getOrDefault(name, List.of()); // as they were sent, not cut at commas
        }

        @Override
        public String remoteAddress() {
            InetSocketAddress address = request.getRemoteAddress();
            return address == null ? "" : address.getAddress().getHostAddress();
        }

        @Override
        public byte[] body(int atMost) {
            throw new UnsupportedOperationException("a guard reads no body");
        }
    }
}
// end of snippet
