package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.http.UriCompliance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.servlet.server.ServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** Chains for the paths of the two pages: each is applied to its page, however its path is told. */
class PageChainsTest {
    private static final String ADMIN = "/api/v1/web/admin";
    private static final String CLAIM = "/claim";

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Service {

        @Bean
        ServletWebServerFactory server(@Value("${tested.server}") String server) {
            return server.equals("jetty")
                    ? new JettyFactory(UriCompliance.DEFAULT)
                    : new TomcatServletWebServerFactory(0);
        }

        @Bean
        @Order(1)
        SecurityFilterChain closed(HttpSecurity http, @Value("${tested.closed}") String closed) throws Exception {
            return stateless(http)
                    .securityMatcher(closed + "/**")
                    .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
                    .build();
        }

        /** Without an order, and so the last one, as Boot sorts filters. */
        @Bean
        Filter teapot() {
            return (request, response, chain) -> {
                if (request.getParameter("teapot") == null) {
                    chain.doFilter(request, response);
                } else {
                    ((HttpServletResponse) response).setStatus(418);
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ByPath {
        @Bean
        SecurityFilterChain open(HttpSecurity http) throws Exception {
            return stateless(http)
                    .authorizeHttpRequests(requests -> requests.requestMatchers(CLAIM + "/**", ADMIN + "/**")
                            .permitAll()
                            .anyRequest()
                            .denyAll())
                    .build();
        }
    }

    /** Spring Security 6 refuses texts as patterns where Spring MVC has a path of its own beside other servlets. */
    @Configuration(proxyBeanMethods = false)
    static class ForAll {
        @Bean
        SecurityFilterChain open(HttpSecurity http) throws Exception {
            return stateless(http)
                    .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }
    }

    /** The Jetty of these tests has no sessions. */
    private static HttpSecurity stateless(HttpSecurity http) throws Exception {
        return http.sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }

    private static ConfigurableApplicationContext start(Class<?> open, Map<String, Object> properties) {
        return new SpringApplicationBuilder(Service.class, open)
                .properties(Map.of(
                        "apikeys.store", "memory",
                        "apikeys.admin.enabled", "true",
                        "apikeys.claim.enabled", "true",
                        "spring.datasource.url", "jdbc:h2:mem:chains"))
                .properties(properties)
                .run();
    }

    private static int status(ConfigurableApplicationContext service, String path) {
        int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        String context = service.getEnvironment().getProperty("server.servlet.context-path", "");
        return Http.get(port, context + path).statusCode();
    }

    @ParameterizedTest
    @CsvSource({"tomcat, ''", "tomcat, /app", "jetty, ''", "jetty, /app"})
    void aChainForThePathOfAPageIsApplied(String server, String context) {
        Map<String, Object> where = Map.of("tested.server", server, "server.servlet.context-path", context);
        for (String closed : new String[] {ADMIN, CLAIM}) {
            String other = closed.equals(ADMIN) ? CLAIM : ADMIN;
            try (ConfigurableApplicationContext service = start(ByPath.class, with(where, "tested.closed", closed))) {
                assertThat(status(service, closed)).isEqualTo(403);
                assertThat(status(service, closed + "/")).isEqualTo(403);
                assertThat(status(service, closed + "/none")).isEqualTo(403);
                assertThat(status(service, other + "/")).isEqualTo(200);
                assertThat(status(service, other + "/none")).isEqualTo(404);
                assertThat(status(service, other + "-none")).isEqualTo(403);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"tomcat", "jetty"})
    void filtersOfTheServiceComeBeforeThePages(String server) {
        try (ConfigurableApplicationContext service = start(
                ByPath.class,
                Map.of("tested.server", server, "tested.closed", "/none", "spring.security.filter.order", "5"))) {
            for (String page : new String[] {ADMIN, CLAIM}) {
                assertThat(status(service, page + "/")).isEqualTo(200);
                assertThat(status(service, page + "/?teapot")).isEqualTo(418);
            }
        }
    }

    /** No servlet has the paths of the pages then, and containers run no filter. */
    @ParameterizedTest
    @CsvSource({"tomcat", "jetty"})
    void pagesAreServedWhereSpringMvcHasOtherPaths(String server) {
        try (ConfigurableApplicationContext service = start(
                ForAll.class,
                Map.of("tested.server", server, "tested.closed", "/none", "spring.mvc.servlet.path", "/mvc"))) {
            for (String page : new String[] {ADMIN, CLAIM}) {
                assertThat(status(service, page + "/")).isEqualTo(200);
                assertThat(status(service, page + "/?teapot")).isEqualTo(418);
            }
        }
    }

    private static Map<String, Object> with(Map<String, Object> map, String name, String value) {
        Map<String, Object> more = new HashMap<>(map);
        more.put(name, value);
        return more;
    }
}
