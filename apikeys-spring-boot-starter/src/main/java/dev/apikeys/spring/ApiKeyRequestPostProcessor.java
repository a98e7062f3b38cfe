package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.WebApplicationContextUtils;

/**
 * For tests with MockMvc: sends a request with a key that the service's own manager made for it, so that every filter and rule
 * acts as in use. The key ends after ten minutes, or after {@code apikeys.max-lifetime} if that is shorter. Immutable and
 * thread-safe.
 *
 * <pre>{@code
 * mvc.perform(get("/files").with(apiKey().permission("upload"))).andExpect(status().isOk());
 * }</pre>
 *
 * @since 0.1
 */
public final class ApiKeyRequestPostProcessor implements RequestPostProcessor {
    private static final Duration LIFETIME = Duration.ofMinutes(10);

    private final @Nullable String role;
    private final @Nullable String owner;
    private final List<String> permissions;

    private ApiKeyRequestPostProcessor(@Nullable String role, @Nullable String owner, List<String> permissions) {
        this.role = role;
        this.owner = owner;
        this.permissions = List.copyOf(permissions);
    }

    /**
     * Returns a key that grants nothing.
     *
     * @return what puts it onto a request
     */
    public static ApiKeyRequestPostProcessor apiKey() {
        return new ApiKeyRequestPostProcessor(null, null, List.of());
    }

    /**
     * Returns a key with one more permission.
     *
     * @param permission the permission
     * @return what puts it onto a request
     */
    public ApiKeyRequestPostProcessor permission(String permission) {
        List<String> more = new ArrayList<>(permissions);
        more.add(permission);
        return new ApiKeyRequestPostProcessor(role, owner, more);
    }

    /**
     * Returns a key with a role.
     *
     * @param role one of the service's roles
     * @return what puts it onto a request
     */
    public ApiKeyRequestPostProcessor role(String role) {
        return new ApiKeyRequestPostProcessor(role, owner, permissions);
    }

    /**
     * Returns a key with an owner.
     *
     * @param owner the owner
     * @return what puts it onto a request
     */
    public ApiKeyRequestPostProcessor owner(String owner) {
        return new ApiKeyRequestPostProcessor(role, owner, permissions);
    }

    /**
     * Makes a key and puts it onto a request.
     *
     * @param request the request
     * @return the request
     * @throws dev.apikeys.InvalidArgumentException if the manager makes no such key
     */
    @Override
    public MockHttpServletRequest postProcessRequest(MockHttpServletRequest request) {
        WebApplicationContext context =
                WebApplicationContextUtils.getRequiredWebApplicationContext(request.getServletContext());
        KeySpec.Builder spec = KeySpec.builder("test");
        if (role != null) {
            spec.role(role);
        }
        if (owner != null) {
            spec.owner(owner);
        }
        if (role == null || !permissions.isEmpty()) {
            spec.permissions(Set.copyOf(permissions));
        }
        spec.expiresIn(lifetime(context));
        String secret = context.getBean(ApiKeyManager.class)
                .create(spec.build())
                .secret()
                .reveal();
        request.addHeader("Authorization", "Bearer " + secret);
        return request;
    }

    private static Duration lifetime(WebApplicationContext context) {
        ApiKeysProperties properties =
                context.getBeanProvider(ApiKeysProperties.class).getIfAvailable();
        Duration longest = properties == null ? null : properties.maxLifetime();
        return longest == null || longest.compareTo(LIFETIME) > 0 ? LIFETIME : longest;
    }
}
