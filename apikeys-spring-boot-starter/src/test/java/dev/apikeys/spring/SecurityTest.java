package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.InsufficientAuthenticationException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.util.matcher.RequestHeaderRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = SecurityTest.Service.class,
        properties = {
            "apikeys.store=memory",
            "apikeys.web.failures.limit=100000",
            "spring.security.user.name=olga",
            "spring.security.user.password=olga",
            "spring.datasource.url=jdbc:h2:mem:security"
        })
class SecurityTest {
    private static final AtomicBoolean STORE_IS_DOWN = new AtomicBoolean();

    @Autowired
    private ApiKeyManager keys;

    @Autowired
    private ApplicationContext context;

    @LocalServerPort
    private int port;

    @AfterEach
    void putBack() {
        STORE_IS_DOWN.set(false);
        SecurityContextHolder.clearContext();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import(Controller.class)
    static class Service {

        @Bean
        ApiKeyStore store() {
            return StoppableStore.of(ApiKeyStore.class, new InMemoryApiKeyStore(), STORE_IS_DOWN);
        }

        @Bean
        Authorizer authorizer() {
            return (granted, resource, action) -> {
                if (resource.equals("/resources/broken")) {
                    throw new IllegalStateException("planted");
                }
                return !resource.equals("/resources/secret") || !action.equals("GET");
            };
        }

        @Bean
        @Order(0)
        SecurityFilterChain resources(HttpSecurity http, ApiKeyManager keys) throws Exception {
            return http.securityMatcher("/resources/**")
                    .authorizeHttpRequests(
                            requests -> requests.anyRequest().access(new KeyPermissions(keys).resources()))
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        @Order(1)
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.securityMatcher("/api/**")
                    .cors(Customizer.withDefaults())
                    .authorizeHttpRequests(requests -> requests.requestMatchers("/api/upload")
                            .hasAuthority("upload")
                            .anyRequest()
                            .authenticated())
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        @Order(2)
        SecurityFilterChain pages(HttpSecurity http) throws Exception {
            RequestMatcher foreign = new RequestHeaderRequestMatcher("X-Foreign");
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/error")
                            .permitAll()
                            .requestMatchers("/page/async")
                            .hasAuthority("read")
                            .requestMatchers("/page/upload")
                            .hasAuthority("upload")
                            .anyRequest()
                            .authenticated())
                    .formLogin(Customizer.withDefaults())
                    // As a resource server adds its own: with a single one, no matcher is asked.
                    .exceptionHandling(
                            handling -> handling.defaultAccessDeniedHandlerFor(new AccessDeniedHandlerImpl(), foreign))
                    .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }

        /** Shows who the caller is at each dispatch. */
        @Bean
        WebMvcConfigurer callers() {
            return new WebMvcConfigurer() {
                @Override
                public void addInterceptors(InterceptorRegistry registry) {
                    registry.addInterceptor(new HandlerInterceptor() {
                        @Override
                        public boolean preHandle(
                                HttpServletRequest request, HttpServletResponse response, Object handler) {
                            Authentication caller =
                                    SecurityContextHolder.getContext().getAuthentication();
                            response.addHeader("Caller-" + request.getDispatcherType(), String.valueOf(caller));
                            return true;
                        }
                    });
                }
            };
        }

        /** Something that happens between the filter and the question. */
        @Bean
        Function<Authentication, Boolean> revoking(ApiKeyManager keys) {
            return caller -> {
                keys.revoke(((ApiKeyAuthentication) caller).key().id(), "meanwhile");
                return true;
            };
        }

        @Bean
        CorsConfigurationSource corsConfigurationSource() {
            CorsConfiguration good = new CorsConfiguration();
            good.addAllowedOrigin("https://good.example");
            good.addAllowedHeader("*");
            good.addAllowedMethod("*");
            return request -> good;
        }
    }

    @RestController
    static class Controller {
        @GetMapping({"/api/me", "/page"})
        String me(@AuthenticationPrincipal ApiKey key) {
            return key == null ? "nobody" : key.name();
        }

        @GetMapping("/api/argument")
        String argument(ApiKey key) {
            return key.name();
        }

        @PostMapping({"/api/change", "/page/change"})
        String change(ApiKey key) {
            return key.name();
        }

        @PostMapping("/page/plain")
        String plain(Authentication caller) {
            return caller.getName();
        }

        @GetMapping("/resources/{name}")
        String resource() {
            return "served";
        }

        @GetMapping({"/api/upload", "/page/upload"})
        String upload() {
            return "uploaded";
        }

        @GetMapping("/api/authority")
        @PreAuthorize("hasAuthority('upload')")
        public String authority() {
            return "uploaded";
        }

        @GetMapping("/api/expression")
        @PreAuthorize("@apiKeys.allows(authentication, 'upload')")
        public String expression() {
            return "uploaded";
        }

        @GetMapping("/api/meanwhile")
        @PreAuthorize("@revoking.apply(authentication) and @apiKeys.allows(authentication, 'upload')")
        public String meanwhile() {
            return "uploaded";
        }

        @GetMapping({"/api/stronger", "/page/stronger"})
        String stronger() {
            throw new InsufficientAuthenticationException("a key is not enough");
        }

        @GetMapping("/api/credentials")
        String credentials(HttpServletRequest request) {
            Map<String, String> seen = new TreeMap<>();
            for (String name : new String[] {"Authorization", "x-api-key"}) {
                seen.put(name, request.getHeader(name) + Collections.list(request.getHeaders(name)));
            }
            return seen.toString() + Collections.list(request.getHeaderNames());
        }

        @GetMapping("/api/caller")
        String caller(Authentication caller) {
            return System.identityHashCode(caller) + caller.getAuthorities().toString();
        }

        @GetMapping({"/api/async", "/page/async"})
        Callable<String> async(Authentication caller) {
            return caller::getName;
        }

        @GetMapping("/page/fails")
        void fails(HttpServletResponse response) throws IOException {
            response.sendError(409);
        }
    }

    private CreatedKey key(String role) {
        return keys.create(KeySpec.builder("ci").role(role).build());
    }

    private String secret(String role) {
        return key(role).secret().reveal();
    }

    /** RFC 6750: an error is named if something was presented. */
    private static void isChallenged(HttpResponse<String> answer, String error) {
        String realm = "Bearer realm=\"api\"";
        assertThat(answer.headers().allValues("WWW-Authenticate"))
                .containsExactly(error.isEmpty() ? realm : realm + ", error=\"" + error + "\"");
    }

    private static void isNoSession(HttpResponse<String> answer) {
        assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
    }

    @Test
    void aGoodKeyIsThePrincipalHoweverItIsPresented() {
        String secret = secret("read_only");
        for (String[] header : new String[][] {
            {"Authorization", "Bearer " + secret},
            {"Authorization", "bearer " + secret},
            {"Authorization", "Bearer   " + secret + " "},
            {"X-API-Key", secret}
        }) {
            HttpResponse<String> answer = Http.get(port, "/api/me", header);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ci");
            isNoSession(answer);
        }
        assertThat(Http.get(port, "/api/argument", "X-API-Key", secret).body()).isEqualTo("ci");
        assertThat(Http.send(port, "HEAD", "/api/me", "X-API-Key", secret).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aCallerIsMadeAnewForAVersionOfTheKeyAndNotForARequest() {
        CreatedKey key = key("read_upload");
        String secret = key.secret().reveal();
        String caller = Http.get(port, "/api/caller", "X-API-Key", secret).body();
        assertThat(caller).endsWith("[read, upload]");
        assertThat(Http.get(port, "/api/caller", "X-API-Key", secret).body()).isEqualTo(caller);
        String other = secret("read_upload");
        assertThat(Http.get(port, "/api/caller", "X-API-Key", other).body()).isNotEqualTo(caller);
        keys.update(key.id(), KeyUpdate.builder().permissions(Set.of("read")).build());
        assertThat(Http.get(port, "/api/caller", "X-API-Key", secret).body()).endsWith("[read]");
    }

    @Test
    void withoutAGoodKeyTheAnswerIs401AndNoSessionBegins() {
        String secret = secret("read_only");
        for (String[] header : new String[][] {
            {},
            {"X-API-Key", "sk_wrong"},
            {"X-API-Key", secret + "%0A"},
            {"Authorization", "Basic " + secret},
            {"Authorization", "Bearer other_" + secret},
            {"Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"},
            {"Authorization", "Bearer " + secret.substring(0, secret.length() - 1) + "!"}
        }) {
            HttpResponse<String> answer = Http.get(port, "/api/me", header);
            assertThat(answer.statusCode()).as(String.join(" ", header)).isEqualTo(401);
            assertThat(answer.body()).contains("UNAUTHENTICATED").doesNotContain(secret);
            boolean isNone = header.length == 0 || header[1].startsWith("Basic");
            isChallenged(answer, isNone ? "" : "invalid_token");
            isNoSession(answer);
        }
        assertThat(Http.get(port, "/api/me?key=" + secret).statusCode()).isEqualTo(401);
    }

    @Test
    void twoCredentialsAre400() {
        String secret = secret("read_only");
        assertThat(Http.get(port, "/api/me", "X-API-Key", secret, "Authorization", "Bearer " + secret)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aKeyThatEndedHasTheCodeItHasElsewhere() {
        CreatedKey revoked = key("read_only");
        keys.revoke(revoked.id(), "lost");
        HttpResponse<String> answer =
                Http.get(port, "/api/me", "X-API-Key", revoked.secret().reveal());
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("REVOKED");
        isChallenged(answer, "invalid_token");
        CreatedKey disabled = key("read_only");
        keys.disable(disabled.id());
        answer = Http.get(port, "/api/me", "X-API-Key", disabled.secret().reveal());
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("DISABLED");
        isChallenged(answer, "insufficient_scope");
    }

    @Test
    void anOutageIs503AndNot401() {
        String secret = secret("read_only");
        keys.revoke(key("read_only").id(), "other"); // the first key is not cached
        String cold = keys.create(KeySpec.builder("cold").role("read_only").build())
                .secret()
                .reveal();
        assertThat(secret).isNotEqualTo(cold);
        STORE_IS_DOWN.set(true);

        HttpResponse<String> answer = Http.get(port, "/api/me", "X-API-Key", cold);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        isNoSession(answer);
    }

    @Test
    void whatTheKeyDoesNotGrantIs403WithOurBodyInEveryWayOfAsking() {
        String reader = secret("read_only");
        String uploader = secret("read_upload");
        for (String path : new String[] {"/api/upload", "/api/authority", "/api/expression"}) {
            HttpResponse<String> refused = Http.get(port, path, "X-API-Key", reader);
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(refused.body()).contains("INSUFFICIENT_PERMISSIONS");
            isChallenged(refused, "insufficient_scope");
            isNoSession(refused);
            assertThat(Http.get(port, path, "X-API-Key", uploader).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
    }

    @Test
    void theServiceItselfCanSayThatAKeyIsNotEnough() {
        HttpResponse<String> answer = Http.get(port, "/api/stronger", "X-API-Key", secret("read_only"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("UNAUTHENTICATED");
        isChallenged(answer, "");
    }

    @Test
    void theSameInAChainWithOtherLoginsHoweverTheKeyIsPresented() {
        String secret = secret("read_only");
        for (String[] header : new String[][] {{"Authorization", "Bearer " + secret}, {"X-API-Key", secret}}) {
            HttpResponse<String> refused = Http.get(port, "/page/upload", header);
            assertThat(refused.statusCode()).as(header[0]).isEqualTo(403);
            assertThat(refused.body()).contains("INSUFFICIENT_PERMISSIONS");
            isChallenged(refused, "insufficient_scope");
            HttpResponse<String> notEnough = Http.get(port, "/page/stronger", header);
            assertThat(notEnough.statusCode()).as(header[0]).isEqualTo(401);
            assertThat(notEnough.body()).contains("The API key is not enough here");
            isChallenged(notEnough, "");
        }
    }

    /** A client throws its key away at 403, and comes again at 503. */
    @Test
    void whatCannotBeDecidedIs503InEveryWayOfAsking() {
        HttpResponse<String> answer = Http.get(port, "/resources/broken", "X-API-Key", secret("read_only"));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("UNAVAILABLE");
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    @Test
    void aKeyThatEndsWithinTheRequestHasTheCodeItHasElsewhere() {
        HttpResponse<String> answer = Http.get(port, "/api/meanwhile", "X-API-Key", secret("read_upload"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("REVOKED");
        isChallenged(answer, "invalid_token");
    }

    /** Another filter would take it for a token of its own, and Actuator shows the headers of exchanges. */
    @Test
    void theKeyIsHiddenBehindTheFilter() {
        String secret = secret("read_only");
        for (String[] header : new String[][] {{"Authorization", "Bearer " + secret}, {"X-API-Key", secret}}) {
            assertThat(Http.get(port, "/api/credentials", header).body())
                    .startsWith("{Authorization=null[], x-api-key=null[]}")
                    .doesNotContainIgnoringCase(", authorization", "[authorization", ", x-api-key]", secret)
                    .contains("host");
        }
    }

    @Test
    void anExpressionsRefusalIsCountedLikeOthers() {
        long before = insufficient();
        Http.get(port, "/api/expression", "X-API-Key", secret("read_only"));
        assertThat(insufficient()).isEqualTo(before + 1);
    }

    private long insufficient() {
        return keys.stats().verifications().getOrDefault(Verification.Code.INSUFFICIENT_PERMISSIONS, 0L);
    }

    @Test
    void anAsyncDispatchKeepsTheKey() {
        CreatedKey created = key("read_only");
        HttpResponse<String> answer =
                Http.get(port, "/api/async", "X-API-Key", created.secret().reveal());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(created.id().value());
    }

    /** The repository of a chain with a form login knows the person of the session, and not the key. */
    @Test
    void noSessionCountsBesideAKeyAtLaterDispatchesEither() {
        String session = logIn();
        CreatedKey created = key("read_only");
        String secret = created.secret().reveal();
        long before = verified();
        HttpResponse<String> answer = Http.get(port, "/page/async", "Cookie", session, "X-API-Key", secret);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(created.id().value());
        assertThat(answer.headers().firstValue("Caller-ASYNC")).hasValue("ApiKeyAuthentication[" + created.id() + "]");
        answer = Http.get(port, "/page/fails", "Cookie", session, "X-API-Key", secret);
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.headers().firstValue("Caller-ERROR")).hasValue("ApiKeyAuthentication[" + created.id() + "]");
        assertThat(verified()).as("each key is verified once").isEqualTo(before + 2);
        answer = Http.get(port, "/page/fails", "Cookie", session);
        assertThat(answer.headers().firstValue("Caller-ERROR")).get().asString().contains("olga");
        assertThat(Http.get(port, "/page/async", "Cookie", session).statusCode())
                .as("olga may not read")
                .isEqualTo(403);
    }

    private long verified() {
        return keys.stats().verifications().getOrDefault(Verification.Code.VALID, 0L);
    }

    @Test
    void aChangeNeedsNoCsrfTokenWithAKeyAndNeedsOneWithout() {
        String secret = secret("read_only");
        assertThat(Http.send(port, "POST", "/api/change", "X-API-Key", secret).statusCode())
                .isEqualTo(200);
        assertThat(Http.send(port, "POST", "/page/change", "X-API-Key", secret).statusCode())
                .isEqualTo(200);
        assertThat(Http.send(port, "POST", "/page/change").statusCode()).isEqualTo(403);
    }

    @Test
    void aChangeWithoutAKeyIs401WhateverItsCsrfToken() {
        HttpResponse<String> answer = Http.send(port, "POST", "/api/change");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("UNAUTHENTICATED");
        isChallenged(answer, "");
    }

    @Test
    void noRequestToAChainForKeysBeginsASession() {
        CreatedKey revoked = key("read_only");
        keys.revoke(revoked.id(), "lost");
        for (String method : new String[] {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
            for (String key : new String[] {
                "", secret("read_only"), "sk_wrong", revoked.secret().reveal()
            }) {
                String[] header = key.isEmpty() ? new String[0] : new String[] {"X-API-Key", key};
                for (String path : new String[] {"/api/me", "/api/change", "/api/upload", "/api/none"}) {
                    assertThat(Http.send(port, method, path, header).headers().allValues("Set-Cookie"))
                            .as(method + " " + path + " " + header.length)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void theSessionOfAnotherChainStaysWithItsCsrfToken() {
        String session = logIn();
        HttpResponse<String> answer = Http.send(port, "POST", "/api/change", "Cookie", session);
        assertThat(answer.statusCode()).isEqualTo(401);
        isNoSession(answer);
        assertThat(Http.get(port, "/page", "Cookie", session).body()).isEqualTo("nobody");
    }

    @Test
    void csrfTokensAreKeptInASessionThatExistsAndCreateNone() {
        CsrfTokensOfSessions tokens = new CsrfTokensOfSessions();
        MockHttpServletRequest request = new MockHttpServletRequest();
        MockHttpServletResponse response = new MockHttpServletResponse();
        CsrfToken token = tokens.generateToken(request);
        tokens.saveToken(token, request, response);
        assertThat(request.getSession(false)).isNull();
        assertThat(tokens.loadToken(request)).isNull();
        request.getSession(true);
        tokens.saveToken(token, request, response);
        assertThat(tokens.loadToken(request)).isEqualTo(token);
    }

    /** Each reading costs some hundred bytes: the firewall makes a matcher for the name and one for each value. */
    @Test
    void theHeadersOfAKeyAreReadOnce() throws Exception {
        Map<String, Integer> readings = new HashMap<>();
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/api/me") {
            @Override
            public String getHeader(String name) {
                readings.merge(name, 1, Integer::sum);
                return super.getHeader(name);
            }

            @Override
            public Enumeration<String> getHeaders(String name) {
                readings.merge(name, 1, Integer::sum);
                return super.getHeaders(name);
            }
        };
        request.setServletPath("/api/me");
        request.addHeader("Authorization", "Bearer " + secret("read_only"));
        Filter filter = chain("api").getFilters().stream()
                .filter(ApiKeyAuthenticationFilter.class::isInstance)
                .findFirst()
                .orElseThrow();
        MockFilterChain behind = new MockFilterChain();
        filter.doFilter(request, new MockHttpServletResponse(), behind);
        assertThat(behind.getRequest()).as("the request passes").isNotNull();
        assertThat(readings).isEqualTo(Map.of("Authorization", 1, "X-API-Key", 1));
    }

    private SecurityFilterChain chain(String name) {
        return context.getBean(name, SecurityFilterChain.class);
    }

    /** Else it would take the check of the token away, and leave the session that the token is for. */
    @Test
    void whatOnlyLooksLikeAKeyTakesNoCsrfCheckAway() {
        String session = logIn();
        assertThat(Http.send(port, "POST", "/page/plain", "Cookie", session).statusCode())
                .isEqualTo(403);
        for (String presented : new String[] {"Bearersk_x", "Bearer sk_x"}) {
            HttpResponse<String> answer =
                    Http.send(port, "POST", "/page/plain", "Cookie", session, "Authorization", presented);
            assertThat(answer.statusCode()).as(presented).isEqualTo(401);
        }
        HttpResponse<String> byKey =
                Http.send(port, "POST", "/page/plain", "Cookie", session, "X-API-Key", secret("read_only"));
        assertThat(byKey.body()).startsWith("ak_"); // and not the user of the session
    }

    private String logIn() {
        HttpResponse<String> form = Http.get(port, "/login");
        Matcher token = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"").matcher(form.body());
        assertThat(token.find()).isTrue();
        HttpResponse<String> answer = Http.sendBody(
                port,
                "POST",
                "/login",
                "username=olga&password=olga&_csrf=" + token.group(1),
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Cookie",
                cookie(form));
        String session = cookie(answer);
        assertThat(Http.get(port, "/page", "Cookie", session).body()).isEqualTo("nobody"); // no key, but logged in
        return session;
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    }

    @Test
    void aRequestForTheHeadNeedsWhatTheBodyNeeds() {
        String secret = secret("read_only");
        for (String method : new String[] {"GET", "HEAD"}) {
            assertThat(Http.send(port, method, "/resources/open", "X-API-Key", secret)
                            .statusCode())
                    .as(method)
                    .isEqualTo(200);
            assertThat(Http.send(port, method, "/resources/secret", "X-API-Key", secret)
                            .statusCode())
                    .as(method)
                    .isEqualTo(403);
        }
    }

    @Test
    void aStrangersPathThatNoAuthorizerCanReadIsRefusedAndNoFailure() {
        for (String path : new String[] {"/resources/" + "a".repeat(2_050), "/resources/%20x"}) {
            assertThat(Http.get(port, path).statusCode()).as(path).isIn(400, 401);
        }
    }

    @Test
    void aSharedChainKeepsItsFormLogin() {
        HttpResponse<String> page = Http.get(port, "/page", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("Location").orElse("")).endsWith("/login");
        HttpResponse<String> other = Http.get(port, "/page", "Accept", "application/json");
        assertThat(other.statusCode()).isEqualTo(302);

        HttpResponse<String> byKey = Http.get(port, "/page", "X-API-Key", secret("read_only"));
        assertThat(byKey.body()).isEqualTo("ci");
        isNoSession(byKey);
        assertThat(Http.get(port, "/page", "X-API-Key", "sk_wrong").statusCode())
                .isEqualTo(401);
    }

    @Test
    void aPreflightIsAnsweredByTheOriginsOfTheService() {
        String[] asked = {"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "X-API-Key"};
        assertThat(preflight("https://good.example", asked)).isEqualTo(200);
        assertThat(preflight("https://evil.example", asked)).isEqualTo(403);
    }

    private int preflight(String origin, String... asked) {
        String[] headers = new String[asked.length + 2];
        headers[0] = "Origin";
        headers[1] = origin;
        System.arraycopy(asked, 0, headers, 2, asked.length);
        return Http.send(port, "OPTIONS", "/api/me", headers).statusCode();
    }

    @Test
    void thePathIsCheckedIfAKeyIsPresented() {
        assertThat(Http.get(port, "/api/%2e%2e/me", "X-API-Key", secret("read_only"))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void noFilterOfOursIsABeanSoThatNoneRunsTwice() {
        assertThat(context.getBeansOfType(Filter.class).values())
                .noneMatch(filter -> filter.getClass().getName().startsWith("dev.apikeys"));
        assertThat(context.getBeansOfType(SecurityFilterChain.class)).containsOnlyKeys("resources", "api", "pages");
    }

    @Test
    void theAuthenticationGivesNothingAway() {
        ApiKeyAuthentication caller =
                new ApiKeyAuthentication((Verification.Verified) keys.verify(secret("read_upload")));
        assertThat(caller.getCredentials()).isNull();
        assertThat(caller.toString()).doesNotContain("sk_");
        assertThat(caller.getAuthorities()).extracting(Object::toString).containsExactlyInAnyOrder("read", "upload");
        assertThat(java.util.Arrays.stream(ApiKeyAuthentication.class.getMethods())
                        .map(java.lang.reflect.Method::getName))
                .doesNotContain("toBuilder");
        assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(caller))
                .isInstanceOf(NotSerializableException.class);
        assertThatThrownBy(() -> caller.setAuthenticated(false)).isInstanceOf(IllegalArgumentException.class);
    }
}
