package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.spi.Authorizer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.eclipse.jetty.http.UriCompliance;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.server.ServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Sends paths that filters and Spring MVC read differently, with a key that may read and is no administrator's: whatever a
 * controller serves, it is never the one for {@code /files/admin}. The number of paths is the system property
 * {@code apikeys.fuzz}; {@code apikeys.seed} repeats a run.
 */
@ParameterizedClass
@EnumSource
class MvcPathFuzzTest {
    private static final int PATHS = Integer.getInteger("apikeys.fuzz", 500);
    private static final long FIXED_SEED = 20_261_123L;
    private static final long SEED = Long.getLong("apikeys.seed", System.nanoTime());

    enum Container {
        TOMCAT,
        JETTY
    }

    /** What stands before a controller, and how much the container, the firewall and the router of Spring MVC let through. */
    enum Setup {
        FILTER("filter", Map.of()),
        FILTER_IN_A_CONTEXT("filter,lenient", Map.of("server.servlet.context-path", "/app")),
        FILTER_BEFORE_ANT_PATTERNS(
                "filter,lenient", Map.of("spring.mvc.pathmatch.matching-strategy", "ant_path_matcher")),
        RESOURCES("security", Map.of()),
        RESOURCES_BEHIND_A_LENIENT_FIREWALL("security,lenient", Map.of()),
        RESOURCES_IN_A_CONTEXT("security,lenient", Map.of("server.servlet.context-path", "/app")),
        RESOURCES_BEFORE_ANT_PATTERNS(
                "security,lenient", Map.of("spring.mvc.pathmatch.matching-strategy", "ant_path_matcher"));

        private final String profiles;
        private final Map<String, Object> properties;

        Setup(String profiles, Map<String, Object> properties) {
            this.profiles = profiles;
            this.properties = properties;
        }

        String context() {
            return String.valueOf(properties.getOrDefault("server.servlet.context-path", ""));
        }

        ConfigurableApplicationContext start(Container container) {
            return new SpringApplicationBuilder(Service.class)
                    .profiles((profiles + "," + container).split(","))
                    .properties(properties)
                    .properties(
                            "server.port=0",
                            // Each path that Spring cannot decode, with its stack.
                            "logging.level.org.eclipse.jetty.ee10.servlet.ServletChannel=error",
                            "apikeys.store=memory",
                            "apikeys.web.failures.limit=100000",
                            profiles.startsWith("filter") ? "apikeys.web.paths=/**" : "apikeys.web.header=true",
                            "spring.datasource.url=jdbc:h2:mem:fuzz")
                    .run();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {

        @Bean
        @Profile("filter")
        ApiKeyGuard.Rule rule() {
            return (method, path, request) -> isAdministrative(path)
                    ? Access.permission("admin")
                    : path.startsWith("/files/") ? Access.permission("read") : null;
        }

        /** The guard alone decides. */
        @Bean
        @Profile("filter")
        SecurityFilterChain open(HttpSecurity http) throws Exception {
            return http.securityMatcher("/nowhere").build();
        }

        @Bean
        @Profile("security")
        Authorizer authorizer() {
            return (granted, resource, action) -> granted.contains("admin") || !isAdministrative(resource);
        }

        @Bean
        @Profile("security")
        SecurityFilterChain guarded(HttpSecurity http, ApiKeyManager keys) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/error")
                            .permitAll()
                            .anyRequest()
                            .access(new KeyPermissions(keys).resources()))
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }

        private static boolean isAdministrative(String path) {
            return (path + "/").startsWith("/files/admin/");
        }

        @Bean
        @Profile("lenient")
        HttpFirewall firewall() {
            StrictHttpFirewall firewall = new StrictHttpFirewall();
            firewall.setAllowSemicolon(true);
            firewall.setAllowUrlEncodedSlash(true);
            firewall.setAllowUrlEncodedDoubleSlash(true);
            firewall.setAllowUrlEncodedPercent(true);
            firewall.setAllowUrlEncodedPeriod(true);
            firewall.setAllowBackSlash(true);
            return firewall;
        }

        @Bean
        @Profile("JETTY")
        ServletWebServerFactory jetty(Environment environment) {
            boolean isLenient = environment.acceptsProfiles(Profiles.of("lenient"));
            return new JettyFactory(isLenient ? UriCompliance.UNSAFE : UriCompliance.DEFAULT);
        }

        @Bean
        @Profile("lenient & TOMCAT")
        WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat() {
            return factory -> factory.addConnectorCustomizers(connector -> {
                connector.setEncodedSolidusHandling("decode");
                connector.setAllowBackslash(true);
                connector.setProperty("relaxedPathChars", "\\^`{|}[]");
            });
        }
    }

    @RestController
    static class Controller {
        @GetMapping({"/files/admin", "/files/admin/**"})
        String admin() {
            return "the administrators'";
        }

        @GetMapping("/files/**")
        String files() {
            return "served";
        }
    }

    @Parameter
    private Container container;

    @ParameterizedTest
    @EnumSource
    void neverServesAnotherPathThanWasChecked(Setup setup) throws Exception {
        Random fixed = new Random(FIXED_SEED);
        Random other = new Random(SEED);
        System.out.println("MvcPathFuzzTest: " + PATHS + " paths on " + container + ", " + setup
                + ", half of them of seed " + SEED);
        List<String> served = new ArrayList<>();
        try (ConfigurableApplicationContext service = setup.start(container)) {
            int port = port(service);
            String reader = secret(service, "read_only");
            for (int i = 0; i < PATHS; i++) {
                String target = FuzzedPaths.below(setup.context() + "/files", i % 2 == 0 ? fixed : other);
                String answer = get(port, target, reader);
                assertThat(answer).as(target).doesNotContain("the administrators'");
                if (answer.startsWith("HTTP/1.1 200")) {
                    served.add(target);
                }
                String toStranger = get(port, target, null);
                assertThat(toStranger).as(target).doesNotStartWith("HTTP/1.1 200");
                if (!answer.startsWith("HTTP/1.1 5")) { // Spring itself fails on some, before it looks for a key
                    assertThat(toStranger).as(target).doesNotStartWith("HTTP/1.1 5");
                }
            }
            assertThat(get(port, setup.context() + "/files/admin/x", secret(service, "admin")))
                    .endsWith("the administrators'");
        }
        assertThat(served).as("some are plain").isNotEmpty();
        for (String target : setup.profiles.startsWith("filter") ? served : List.<String>of()) {
            String decoded = URLDecoder.decode(target.replace("+", "%2B"), StandardCharsets.UTF_8);
            assertThat(decoded)
                    .as(target)
                    .startsWith(setup.context() + "/files/")
                    .doesNotContain("..");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theKnownDetoursLeadNowhere(Setup setup) throws Exception {
        try (ConfigurableApplicationContext service = setup.start(container)) {
            int port = port(service);
            String reader = secret(service, "read_only");
            String files = setup.context() + "/files";
            assertThat(get(port, files + "/public/x", reader)).startsWith("HTTP/1.1 200");
            for (String path : List.of(
                    "/admin",
                    "/admin/x",
                    "/%61dmin/x",
                    "/public/../admin/x",
                    "/admin/../public/x",
                    "/admin/..;/public/x",
                    "/admin/%2e%2e/public/x",
                    "/public/%2e%2e/admin/x",
                    "//admin/x",
                    "/./admin/x",
                    "/%2e/admin/x",
                    "/admin;a=b/x",
                    "/;/admin/x",
                    "/;a=b/admin/x",
                    "/admin%2fx",
                    "%2fadmin/x",
                    "\\admin\\x")) {
                assertThat(get(port, files + path, reader))
                        .as(path)
                        .doesNotContain("the administrators'")
                        .doesNotStartWith("HTTP/1.1 200");
            }
        }
    }

    private static int port(ConfigurableApplicationContext service) {
        return service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    private static String secret(ConfigurableApplicationContext service, String role) {
        return service.getBean(ApiKeyManager.class)
                .create(KeySpec.builder(role + " key").role(role).build())
                .secret()
                .reveal();
    }

    private static String get(int port, String target, @Nullable String secret) throws IOException {
        return secret == null ? Http.raw(port, target) : Http.raw(port, target, "Authorization: Bearer " + secret);
    }
}
