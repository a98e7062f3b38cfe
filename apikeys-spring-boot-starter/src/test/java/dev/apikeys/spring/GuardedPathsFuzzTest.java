package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import dev.apikeys.VerificationRequest;
import dev.apikeys.http.ApiKeyGuard;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.UriCompliance;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.web.servlet.server.ServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Sends paths that the container and Spring MVC read differently to a service without Spring Security, and so without its
 * firewall: nothing below {@code apikeys.web.paths} is served to a stranger, by a controller, as a static file or by another
 * servlet, and nothing to a reader that was checked as another path. The number of paths is the system property
 * {@code apikeys.fuzz}; {@code apikeys.seed} repeats a run.
 */
@ParameterizedClass
@EnumSource
class GuardedPathsFuzzTest {
    private static final int PATHS = Integer.getInteger("apikeys.fuzz", 500);
    private static final long FIXED_SEED = 20_261_129L;
    private static final long SEED = Long.getLong("apikeys.seed", System.nanoTime());
    private static final List<String> STEMS =
            List.of("", "/files", "/files", "/files", "/%66iles", "/FILES", "/app/admin", "/open", "/x", "/files;a=b");
    private static final List<String> PIECES = List.of(
            "x", "x", "x", "name", "static", "files", "app", "admin", "..", "..", "..;", "%2e%2e", "..;a=b", ".",
            "x;a=b");
    private static final String GUARDED = "below the paths";
    private static final String OPEN = "open to all";
    private static final Path STATIC = Path.of("target", "guarded-paths").toAbsolutePath();

    enum Container {
        TOMCAT,
        JETTY
    }

    /** How much the container and the router of Spring MVC let through. */
    enum Setup {
        STRICT("strict", Map.of()),
        LENIENT("lenient", Map.of()),
        IN_A_CONTEXT("lenient", Map.of("server.servlet.context-path", "/app")),
        BELOW_A_SERVLET_PATH("lenient", Map.of("spring.mvc.servlet.path", "/files")),
        ANT_PATTERNS("lenient", Map.of("spring.mvc.pathmatch.matching-strategy", "ant_path_matcher"));

        private final String profile;
        private final Map<String, Object> properties;

        Setup(String profile, Map<String, Object> properties) {
            this.profile = profile;
            this.properties = properties;
        }

        String context() {
            return String.valueOf(properties.getOrDefault("server.servlet.context-path", ""));
        }

        boolean hasOpenPaths() {
            return this != BELOW_A_SERVLET_PATH;
        }

        ConfigurableApplicationContext start(Container container) {
            String security = "org.springframework.boot.autoconfigure.security.servlet.";
            return new SpringApplicationBuilder(Service.class)
                    .profiles(profile, container.name())
                    .properties(properties)
                    .properties(
                            "server.port=0",
                            // Each path that Spring cannot decode, with its stack.
                            "logging.level.org.eclipse.jetty.ee10.servlet.ServletChannel=error",
                            "apikeys.store=memory",
                            "apikeys.web.failures.limit=100000",
                            "apikeys.web.paths=/files,/app/admin/**",
                            "spring.web.resources.static-locations=" + STATIC.toUri(),
                            "spring.datasource.url=jdbc:h2:mem:guarded",
                            "spring.autoconfigure.exclude=" + security + "SecurityAutoConfiguration," + security
                                    + "UserDetailsServiceAutoConfiguration," + security
                                    + "SecurityFilterAutoConfiguration,org.springframework.boot.actuate.autoconfigure"
                                    + ".security.servlet.ManagementWebSecurityAutoConfiguration")
                    .run();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {

        /** The path that was checked last, for the one request at a time. */
        @Bean
        AtomicReference<String> checked() {
            return new AtomicReference<>("");
        }

        @Bean
        ApiKeyGuard.Rule rule(AtomicReference<String> checked) {
            Access any = VerificationRequest.of(null).access();
            return (method, path, request) -> {
                checked.set(path);
                return any;
            };
        }

        @Bean
        ServletRegistrationBean<HttpServlet> another() {
            return new ServletRegistrationBean<>(new Another(), "/app/admin/servlet/*");
        }

        @Bean
        WebMvcConfigurer resources() {
            return new WebMvcConfigurer() {
                @Override
                public void addResourceHandlers(ResourceHandlerRegistry registry) {
                    registry.addResourceHandler("/**")
                            .addResourceLocations(STATIC.toUri().toString());
                }
            };
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

    private static final class Another extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().write(GUARDED + " by another servlet");
        }
    }

    @RestController
    static class Controller {
        @GetMapping({"/files/{dir}/{name}", "/files", "/files/*", "/files/public/**", "/app/admin/**", "/{dir}/{name}"})
        String files(HttpServletRequest request, Optional<ApiKey> key) {
            String pattern = String.valueOf(
                    request.getAttribute("org.springframework.web.servlet.HandlerMapping.bestMatchingPattern"));
            return pattern.equals("/{dir}/{name}") ? OPEN : GUARDED + " for " + key.map(ApiKey::name);
        }

        @GetMapping("/open/**")
        String open() {
            return OPEN;
        }
    }

    @Parameter
    private Container container;

    private ConfigurableApplicationContext start(Setup setup) {
        try {
            Files.createDirectories(STATIC.resolve("files/x/x"));
            Files.writeString(STATIC.resolve("files/x/x/static"), GUARDED + " as a file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return setup.start(container);
    }

    @ParameterizedTest
    @EnumSource
    void aStrangerGetsNothingBelowThePathsHoweverTheyAreWritten(Setup setup) throws Exception {
        Random fixed = new Random(FIXED_SEED);
        Random other = new Random(SEED);
        System.out.println("GuardedPathsFuzzTest: " + PATHS + " paths on " + container + ", " + setup
                + ", half of them of seed " + SEED);
        List<String> toStrangers = new ArrayList<>();
        List<String> toReaders = new ArrayList<>();
        try (ConfigurableApplicationContext service = start(setup)) {
            int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
            String reader = "Authorization: Bearer " + secret(service);
            AtomicReference<?> checked = service.getBean("checked", AtomicReference.class);
            for (int i = 0; i < PATHS; i++) {
                Random random = i % 2 == 0 ? fixed : other;
                String target = setup.context() + (i % 3 == 0 ? FuzzedPaths.below("/files", random) : detour(random));
                String answer = Http.raw(port, target);
                assertThat(answer).as(target).doesNotContain(GUARDED);
                if (answer.startsWith("HTTP/1.1 200")) {
                    toStrangers.add(target);
                }
                answer = Http.raw(port, target, reader);
                if (answer.contains(GUARDED)) {
                    toReaders.add(target);
                    assertThat(checked.get().toString()).as(target).matches("(?i)(/files|/app/admin)(/.*)?");
                }
            }
        }
        System.out.println(
                "GuardedPathsFuzzTest: served to strangers " + toStrangers.size() + ", to readers " + toReaders.size());
        assertThat(toReaders).as("some are plain").isNotEmpty();
        assertThat(toStrangers.isEmpty()).as("some are open: " + toStrangers).isEqualTo(!setup.hasOpenPaths());
    }

    /** With fewer pieces that no reader takes, so that more is served. */
    private static String detour(Random random) {
        StringBuilder path = new StringBuilder(STEMS.get(random.nextInt(STEMS.size())));
        int pieces = 1 + random.nextInt(4);
        for (int i = 0; i < pieces; i++) {
            path.append(random.nextInt(8) == 0 ? FuzzedPaths.separator(random) : "/");
            path.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return path.toString();
    }

    private static String secret(ConfigurableApplicationContext service) {
        return service.getBean(ApiKeyManager.class)
                .create(KeySpec.builder("a reader").role("read_only").build())
                .secret()
                .reveal();
    }

    /** The paths that let a stranger in while the container decided which of them the filter sees. */
    @ParameterizedTest
    @EnumSource
    void theKnownDetoursLeadNowhere(Setup setup) throws Exception {
        try (ConfigurableApplicationContext service = start(setup)) {
            int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
            String reader = "X-API-Key: " + secret(service);
            assertThat(Http.raw(port, setup.context() + "/files/x/x/static")).startsWith("HTTP/1.1 401");
            if (setup.hasOpenPaths()) {
                assertThat(Http.raw(port, setup.context() + "/files/x/x/static", reader))
                        .endsWith(GUARDED + " as a file");
                assertThat(Http.raw(port, setup.context() + "/files/dir/name", reader))
                        .contains(GUARDED + " for Optional[a reader]");
            }
            for (String path : List.of(
                    "/files/../x",
                    "/files/%2e%2e/x",
                    "/files/..;/x",
                    "/files/..;a=b/x",
                    "/files/.%2e/x",
                    "/%66iles/../x",
                    "/files;a=b/../x",
                    "/x/../files/x/name",
                    "/x/..;/files/x/name",
                    "//files/x/name",
                    "/;/files/x/name",
                    "/./files/x/name",
                    "/%20/files/x/x/static",
                    "/files%2f..%2fx",
                    "/FILES/x/x/static",
                    "/app/admin/../../x",
                    "/app/x/../admin/x")) {
                assertThat(Http.raw(port, setup.context() + path))
                        .as(path)
                        .doesNotContain(GUARDED)
                        .doesNotStartWith("HTTP/1.1 200");
            }
        }
    }

    /** As before, what is not below the paths is the service's own, also where it is ambiguous. */
    @ParameterizedTest
    @EnumSource(names = {"STRICT", "IN_A_CONTEXT"})
    void otherPathsNeedNoKeyHoweverTheyAreWritten(Setup setup) throws Exception {
        try (ConfigurableApplicationContext service = start(setup)) {
            int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
            for (String path : List.of(
                    "/open/a",
                    "/open/a.b",
                    "/open/.a",
                    "/open/files",
                    "/open/a%20b",
                    "/open/%C3%A4",
                    "/open/a;jsessionid=1",
                    "/open/" + "a".repeat(3_000))) {
                assertThat(Http.raw(port, setup.context() + path)).as(path).endsWith(OPEN);
            }
        }
    }
}
