package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.Roles;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/**
 * The admin page behind a form login of the service's, at its default path before a chain for keys, and claims beside it,
 * below a context path.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = AdminPageTest.Service.class,
        properties = {
            "apikeys.store=memory",
            "apikeys.admin.enabled=true",
            "apikeys.claim.enabled=true",
            "server.servlet.context-path=/app",
            "server.forward-headers-strategy=framework",
            "spring.datasource.url=jdbc:h2:mem:admin"
        })
class AdminPageTest {
    private static final String ADMIN = "/app/api/v1/web/admin/";
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");
    private static final Pattern FORM_TOKEN = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");
    private static final Pattern CLAIM_URL = Pattern.compile("\"claimUrl\":\"([^\"]+)#(ho_[0-9A-Za-z]{43})\"");
    private static final Pattern KEY = Pattern.compile("\"key\":\"([^\"]+)\"");

    @Autowired
    private ApiKeyManager keys;

    @LocalServerPort
    private int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Service {

        @Bean
        @Order(0)
        SecurityFilterChain keysPage(HttpSecurity http) throws Exception {
            return http.securityMatcher("/api/v1/web/admin/**")
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .formLogin(Customizer.withDefaults())
                    .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        @Order(1)
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.securityMatcher("/api/**")
                    .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        SecurityFilterChain pages(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/claim/**")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .csrf(csrf -> csrf.ignoringRequestMatchers("/claim/**"))
                    .formLogin(Customizer.withDefaults())
                    .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        ApiKeysBuilderCustomizer roles() {
            return builder ->
                    builder.roles(Roles.standard().with("auditor", "audit")).cacheMaxAge(Duration.ofSeconds(7));
        }

        @Bean
        InMemoryUserDetailsManager people() {
            return new InMemoryUserDetailsManager(
                    person("olga", "apikeys:read", "apikeys:create"),
                    person("vera", "apikeys:read"),
                    person("nina", "other"));
        }

        private static UserDetails person(String name, String... authorities) {
            return User.withUsername(name)
                    .password("{noop}" + name)
                    .authorities(authorities)
                    .build();
        }
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        return matcher.group(1);
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers()
                .firstValue("Set-Cookie")
                .map(cookie -> cookie.substring(0, cookie.indexOf(';')))
                .orElseThrow();
    }

    /** The cookie of somebody who has logged in by the form. */
    private String logIn(String name) {
        HttpResponse<String> form = Http.get(port, "/app/login");
        HttpResponse<String> answer = Http.sendBody(
                port,
                "POST",
                "/app/login",
                "username=" + name + "&password=" + name + "&_csrf=" + found(FORM_TOKEN, form.body()),
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Cookie",
                cookie(form));
        assertThat(answer.headers().firstValue("Location").orElse("")).doesNotContain("error");
        return cookie(answer);
    }

    private HttpResponse<String> create(String session, String token, String body) {
        return Http.sendBody(
                port,
                "POST",
                ADMIN + "api-keys",
                body,
                "Cookie",
                session,
                "Content-Type",
                "application/json",
                "X-CSRF-TOKEN",
                token);
    }

    private String token(String session) {
        return found(TOKEN, Http.get(port, ADMIN + "session", "Cookie", session).body());
    }

    @Test
    void theServicesLoginProtectsThePage() {
        HttpResponse<String> answer = Http.get(port, ADMIN, "Accept", "text/html");
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse("")).endsWith("/app/login");
        assertThat(Http.get(port, ADMIN, "Cookie", logIn("vera")).statusCode()).isEqualTo(200);
    }

    @Test
    void authoritiesAreRights() {
        String session =
                Http.get(port, ADMIN + "session", "Cookie", logIn("olga")).body();
        assertThat(session).contains("\"login\":\"host\"", "\"actor\":\"olga\"", "[\"READ\",\"CREATE\"]");

        String vera = logIn("vera");
        assertThat(Http.get(port, ADMIN + "api-keys", "Cookie", vera).statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused = create(vera, token(vera), "{\"name\":\"a\",\"role\":\"read_only\"}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("CREATE");
        assertThat(Http.get(port, ADMIN + "session", "Cookie", logIn("nina")).statusCode())
                .isEqualTo(403);
    }

    @Test
    void whatACustomizerSetsIsWhatThePageShows() {
        String olga = logIn("olga");
        assertThat(Http.get(port, ADMIN + "session", "Cookie", olga).body())
                .contains("\"auditor\":[\"audit\"]", "\"refusedWithin\":\"PT7S\"");
        assertThat(create(olga, token(olga), "{\"name\":\"a\",\"role\":\"auditor\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void aChangeNeedsTheServicesTokenAndNamesItsActor() {
        String olga = logIn("olga");
        String body = "{\"name\":\"by-olga\",\"role\":\"read_only\"}";
        assertThat(create(olga, "forged", body).statusCode()).isEqualTo(403);
        assertThat(create(olga, token(olga), body).statusCode()).isEqualTo(201);
        assertThat(keys.list(KeyQuery.all().matching("by-olga")).items())
                .singleElement()
                .satisfies(key -> assertThat(key.createdBy()).isEqualTo("olga"));
    }

    @Test
    void aTicketIsOpenedWithoutAnAccount() {
        String olga = logIn("olga");
        HttpResponse<String> made =
                create(olga, token(olga), "{\"name\":\"a\",\"role\":\"read_only\",\"delivery\":\"link\"}");
        Matcher link = CLAIM_URL.matcher(made.body());
        assertThat(link.find()).as(made.body()).isTrue();
        assertThat(URI.create("http://host" + ADMIN).resolve(link.group(1))).hasToString("http://host/app/claim/");
        assertThat(Http.get(port, "/app/claim/").statusCode()).isEqualTo(200);

        HttpResponse<String> opened = Http.sendBody(
                port,
                "POST",
                "/app/claim/",
                "{\"ticket\":\"" + link.group(2) + "\"}",
                "Content-Type",
                "application/json");
        assertThat(opened.statusCode()).isEqualTo(200);
        assertThat(keys.verify(found(KEY, opened.body())).httpStatus()).isEqualTo(200);
    }

    @Test
    void aKeyIsNoAdministratorHoweverMuchItGrants() {
        String secret = keys.create(
                        KeySpec.builder("a").permissions(Set.of("apikeys:read")).build())
                .secret()
                .reveal();
        assertThat(Http.get(port, ADMIN + "session", "X-API-Key", secret).statusCode())
                .isEqualTo(403);
    }

    @Test
    void aProxyMayPutAPrefixBefore() {
        HttpResponse<String> answer =
                Http.get(port, ADMIN + "session", "Cookie", logIn("vera"), "X-Forwarded-Prefix", "/outside");
        assertThat(answer.statusCode()).isEqualTo(200);
    }
}
