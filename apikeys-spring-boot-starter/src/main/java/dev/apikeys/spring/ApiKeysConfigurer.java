package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.VerificationRequest;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.Response;
import dev.apikeys.servlet.ServletGuard;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.context.ApplicationContext;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.ExceptionHandlingConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.savedrequest.NullRequestCache;

/**
 * Lets a chain of Spring Security take API keys. {@link #apiKeys()} is for a chain of its own, which it makes stateless;
 * {@link #shared()} for one that has other logins too, which it leaves as they are.
 *
 * <pre>{@code
 * @Bean
 * SecurityFilterChain api(HttpSecurity http) throws Exception {
 *     return http.securityMatcher("/api/**")
 *             .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("read"))
 *             .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
 *             .build();
 * }
 * }</pre>
 *
 * <p>A request without a key of ours goes on, and the rules of the chain decide; a key that is wrong is refused at once. Not
 * thread-safe: one for each chain.
 *
 * @since 0.1
 */
public final class ApiKeysConfigurer extends AbstractHttpConfigurer<ApiKeysConfigurer, HttpSecurity> {
    private final boolean isShared;

    private ApiKeysConfigurer(boolean isShared) {
        this.isShared = isShared;
    }

    /**
     * Returns a configurer for a chain that takes keys alone: stateless, without a cache of requests.
     *
     * @return a configurer
     */
    public static ApiKeysConfigurer apiKeys() {
        return new ApiKeysConfigurer(false);
    }

    /**
     * Returns a configurer for a chain that has other logins too. Apply it after those: the answer to a request without any
     * credentials is theirs.
     *
     * @return a configurer
     */
    public static ApiKeysConfigurer shared() {
        return new ApiKeysConfigurer(true);
    }

    /** Here, since sessions are decided upon as the chain initializes, before this would be. */
    @Override
    public void setBuilder(HttpSecurity http) {
        super.setBuilder(http);
        if (isShared) {
            return;
        }
        try {
            http.sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
            http.requestCache(requests -> requests.requestCache(new NullRequestCache()));
        } catch (Exception e) {
            throw new IllegalStateException("The chain could not be made stateless", e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the configurers of a chain are of its type
    public void init(HttpSecurity http) {
        PresentedKey presented = presented(http);
        ServletGuard required = guard(http, false);
        AuthenticationEntryPoint entryPoint = (request, response, failure) -> required.check(request, response);
        handling(http, presented, entryPoint);
        CsrfConfigurer<HttpSecurity> csrf = http.getConfigurer(CsrfConfigurer.class);
        if (csrf != null) {
            csrf.ignoringRequestMatchers(presented); // a page of another origin cannot add such a header
        }
    }

    @SuppressWarnings("unchecked")
    private void handling(HttpSecurity http, PresentedKey presented, AuthenticationEntryPoint entryPoint) {
        ExceptionHandlingConfigurer<HttpSecurity> handling = http.getConfigurer(ExceptionHandlingConfigurer.class);
        if (handling == null) {
            return;
        }
        if (isShared) {
            handling.defaultAuthenticationEntryPointFor(entryPoint, presented);
        } else {
            handling.authenticationEntryPoint(entryPoint);
        }
        handling.defaultAccessDeniedHandlerFor(ApiKeysConfigurer::deny, presented);
    }

    /** Writes the body, since {@code /error} may be protected and answer otherwise. */
    private static void deny(HttpServletRequest request, HttpServletResponse response, AccessDeniedException denied)
            throws IOException, ServletException {
        if (SecurityContextHolder.getContext().getAuthentication() instanceof ApiKeyAuthentication) {
            ServletGuard.send(
                    request,
                    response,
                    Response.refusal(403, "INSUFFICIENT_PERMISSIONS", "The API key may not do this")
                            .with("WWW-Authenticate", "Bearer error=\"insufficient_scope\""));
        } else {
            new AccessDeniedHandlerImpl().handle(request, response, denied);
        }
    }

    @Override
    public void configure(HttpSecurity http) {
        SecurityContextRepository contexts = http.getSharedObject(SecurityContextRepository.class);
        http.addFilterBefore(
                new ApiKeyAuthenticationFilter(
                        presented(http),
                        guard(http, true),
                        contexts == null ? new RequestAttributeSecurityContextRepository() : contexts),
                BasicAuthenticationFilter.class);
    }

    private static PresentedKey presented(HttpSecurity http) {
        ApplicationContext context = context(http);
        ApiKeysProperties properties = context.getBean(ApiKeysProperties.class);
        return new PresentedKey(context.getBean(ApiKeyManager.class), new ManagerSettings(properties).prefixes());
    }

    private static ServletGuard guard(HttpSecurity http, boolean isOptional) {
        ApplicationContext context = context(http);
        ApiKeyGuard.Builder builder = ApiKeyGuard.builder(context.getBean(ApiKeyManager.class))
                .rule((method, path, request) -> VerificationRequest.of(null).access())
                .failureLimit(context.getBean(FailureLimit.class))
                .realm(context.getBean(ApiKeysProperties.class).web().realm())
                .acceptApiKeyHeader();
        return new ServletGuard(isOptional ? builder.optional().build() : builder.build());
    }

    private static ApplicationContext context(HttpSecurity http) {
        return http.getSharedObject(ApplicationContext.class);
    }
}
