package dev.apikeys.spring;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.VerificationRequest;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.Response;
import dev.apikeys.servlet.ServletGuard;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.security.authentication.InsufficientAuthenticationException;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.ExceptionHandlingConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import org.springframework.security.web.authentication.www.DigestAuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.savedrequest.NullRequestCache;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

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
     * Returns a configurer for a chain that takes keys alone: stateless, without a cache of requests, and no request creates a
     * session. It replaces the chain's repository of CSRF tokens; one that you set after it stays.
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
            CsrfConfigurer<HttpSecurity> csrf = csrf(http);
            if (csrf != null) {
                csrf.csrfTokenRepository(new CsrfTokensOfSessions());
            }
        } catch (Exception e) {
            throw new IllegalStateException("The chain could not be made stateless", e);
        }
    }

    /** Null where the service has disabled it: {@code http.csrf} would enable it again. */
    @SuppressWarnings("unchecked") // the configurers of a chain are of its type
    private static @Nullable CsrfConfigurer<HttpSecurity> csrf(HttpSecurity http) {
        return http.getConfigurer(CsrfConfigurer.class);
    }

    @Override
    public void init(HttpSecurity http) {
        refusePathsOfTheFilter(properties(http).web().paths());
        PresentedKey presented = presented(http);
        ServletGuard required = guard(http);
        handling(http, presented, entryPoint(required, realm(http)));
        CsrfConfigurer<HttpSecurity> csrf = csrf(http);
        if (csrf != null) {
            csrf.ignoringRequestMatchers(presented); // a page of another origin cannot add such a header
        }
    }

    /** Behind this chain the key is hidden from it: it would answer 401 to each good key. */
    private static void refusePathsOfTheFilter(List<String> paths) {
        if (!paths.isEmpty()) {
            throw new StartException(
                    "apikeys.web.paths is " + paths
                            + ", and a chain of Spring Security takes keys by ApiKeysConfigurer:"
                            + " the filter of these paths would not find the keys that the chain has taken.",
                    "Remove apikeys.web.paths, and let chains with ApiKeysConfigurer protect these paths.");
        }
    }

    /** Also where the service itself says that a caller with a good key is not authenticated. */
    private static AuthenticationEntryPoint entryPoint(ServletGuard required, String realm) {
        return (request, response, failure) -> {
            if (ApiKeyAuthenticationFilter.hasPassed(request)
                    || required.check(request, response).isPresent()) {
                Response refusal = Response.refusal(401, "UNAUTHENTICATED", "The API key is not enough here");
                ServletGuard.send(
                        request, response, refusal.with("WWW-Authenticate", "Bearer realm=\"" + realm + "\""));
            }
        };
    }

    @SuppressWarnings("unchecked")
    private void handling(HttpSecurity http, PresentedKey presented, AuthenticationEntryPoint entryPoint) {
        ExceptionHandlingConfigurer<HttpSecurity> handling = http.getConfigurer(ExceptionHandlingConfigurer.class);
        if (handling == null) {
            return;
        }
        // Behind the filter the key is hidden.
        RequestMatcher byKey = request -> ApiKeyAuthenticationFilter.hasPassed(request) || presented.matches(request);
        if (isShared) {
            handling.defaultAuthenticationEntryPointFor(entryPoint, byKey);
        } else {
            handling.authenticationEntryPoint(entryPoint);
        }
        SecurityContextHolderStrategy holder = getSecurityContextHolderStrategy();
        AccessDeniedHandler denied = deniedHandler(realm(http), holder);
        if (isShared) {
            handling.defaultAccessDeniedHandlerFor(denied, byKey);
        } else {
            handling.defaultAccessDeniedHandlerFor(
                    (request, response, failure) -> {
                        if (holder.getContext().getAuthentication() == null) {
                            // The check of CSRF runs before the one for a key
                            entryPoint.commence(
                                    request, response, new InsufficientAuthenticationException("No API key", failure));
                        } else {
                            denied.handle(request, response, failure);
                        }
                    },
                    AnyRequestMatcher.INSTANCE);
        }
    }

    /** Writes the body, since {@code /error} may be protected and answer otherwise. */
    private static AccessDeniedHandler deniedHandler(String realm, SecurityContextHolderStrategy holder) {
        AccessDeniedHandler otherwise = new AccessDeniedHandlerImpl();
        return (request, response, denied) -> {
            if (denied instanceof KeyRefusedException refused) {
                ServletGuard.send(request, response, refused.response(realm));
            } else if (holder.getContext().getAuthentication() instanceof ApiKeyAuthentication) {
                ServletGuard.send(request, response, KeyRefusedException.insufficient(realm));
            } else {
                otherwise.handle(request, response, denied);
            }
        };
    }

    @Override
    public void configure(HttpSecurity http) {
        SecurityContextRepository contexts = http.getSharedObject(SecurityContextRepository.class);
        http.addFilterAfter( // and so before that of bearer tokens, whose class is in an optional jar
                new ApiKeyAuthenticationFilter(
                        presented(http),
                        guard(http),
                        contexts == null ? new RequestAttributeSecurityContextRepository() : contexts,
                        getSecurityContextHolderStrategy()),
                DigestAuthenticationFilter.class);
    }

    private static PresentedKey presented(HttpSecurity http) {
        return new PresentedKey(bean(http, ApiKeyManager.class), properties(http));
    }

    private static ServletGuard guard(HttpSecurity http) {
        Access any = VerificationRequest.of(null).access();
        ApiKeyGuard.Builder builder = GuardSettings.guard(
                        bean(http, ApiKeyManager.class),
                        bean(http, FailureLimit.class),
                        properties(http).web())
                .rule((method, path, request) -> any);
        return new ServletGuard(builder.build());
    }

    private static String realm(HttpSecurity http) {
        return properties(http).web().realm();
    }

    private static ApiKeysProperties properties(HttpSecurity http) {
        return bean(http, ApiKeysProperties.class);
    }

    private static <T> T bean(HttpSecurity http, Class<T> type) {
        ApplicationContext context = http.getSharedObject(ApplicationContext.class);
        T bean = context.getBeanProvider(type).getIfAvailable();
        if (bean == null) {
            throw withoutStarter(context.getEnvironment().getProperty("apikeys.enabled", Boolean.class, true));
        }
        return bean;
    }

    private static StartException withoutStarter(boolean isEnabled) {
        String reason = "A chain of Spring Security takes keys by ApiKeysConfigurer, and ";
        return isEnabled
                ? new StartException(
                        reason + "the starter's beans are not there, as in a test of a slice such as @WebMvcTest.",
                        "Put @ImportAutoConfiguration({ApiKeysAutoConfiguration.class, ApiKeysWebAutoConfiguration.class,"
                                + " ApiKeysSecurityAutoConfiguration.class}) on the test, with apikeys.store=memory, or"
                                + " leave the chain out of it.")
                : new StartException(
                        reason + "apikeys.enabled is false.",
                        "Remove apikeys.enabled, or put @ConditionalOnProperty(name = \"apikeys.enabled\","
                                + " matchIfMissing = true) on the chain.");
    }
}
