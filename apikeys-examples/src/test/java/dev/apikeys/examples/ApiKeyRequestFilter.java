package dev.apikeys.examples;

// snippet: docs/jax-rs.md, filter
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Request;
import jakarta.annotation.Priority;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriBuilder;
import java.net.URI;
import java.util.List;
import java.util.function.Function;

/** Lets requests through whose API key may do what the resource needs. */
@PreMatching
@Priority(Integer.MAX_VALUE) // after filters that change the method or the path
final class ApiKeyRequestFilter implements ContainerRequestFilter {
    static final String KEY = ApiKeyRequestFilter.class.getName() + ".key";

    private final ApiKeyGuard guard;
    private final Function<ContainerRequestContext, String> addressOf; // JAX-RS does not know it, your server does

    ApiKeyRequestFilter(ApiKeyGuard guard, Function<ContainerRequestContext, String> addressOf) {
        this.guard = guard;
        this.addressOf = addressOf;
    }

    @Override
    public void filter(ContainerRequestContext context) {
        Request request = new RestRequest(context, addressOf.apply(context));
        ApiKeyGuard.Outcome outcome = guard.check(request);
        if (outcome instanceof ApiKeyGuard.Refused refused) {
            context.abortWith(response(refused.response()));
        } else if (outcome instanceof ApiKeyGuard.Passed passed) {
            passed.key().ifPresent(key -> context.setProperty(KEY, key));
            context.setRequestUri(encodedAlike(context.getUriInfo().getRequestUri()));
        }
    }

    /** Jersey matches the path as it was encoded: {@code publi%63} would be checked as {@code public} and not match it. */
    private static URI encodedAlike(URI uri) {
        return UriBuilder.fromUri(uri)
                .replacePath("{path}")
                .build(new Object[] {uri.getPath().substring(1)}, false);
    }

    private static Response response(dev.apikeys.http.Response refusal) {
        Response.ResponseBuilder response = Response.status(refusal.status()).entity(refusal.body());
        refusal.headers().forEach((name, values) -> values.forEach(value -> response.header(name, value)));
        return response.build();
    }

    private record RestRequest(ContainerRequestContext context, String remoteAddress) implements Request {
        @Override
        public String method() {
            return context.getMethod();
        }

        @Override
        public String rawPath() {
            return context.getUriInfo().getRequestUri().getRawPath(); // not getPath(), which is decoded
        }

        @Override
        public String contextPath() {
            return context.getUriInfo().getBaseUri().getRawPath().replaceFirst("/$", "");
        }

        @Override
        public String rawQuery() {
            return context.getUriInfo().getRequestUri().getRawQuery();
        }

        @Override
        public List<String> headers(String name) {
            return context.getHeaders().getOrDefault(name, List.of());
        }

        @Override
        public byte[] body(int atMost) {
            throw new UnsupportedOperationException("a guard reads no body");
        }
    }
}
// end of snippet
