package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.lang.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = PlainFilterTest.Service.class,
        properties = {
            "apikeys.web.paths=/files/**",
            "spring.datasource.url=jdbc:h2:mem:plain;DB_CLOSE_DELAY=-1",
            "spring.autoconfigure.exclude=org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration,"
                    + "org.springframework.boot.autoconfigure.security.servlet.UserDetailsServiceAutoConfiguration,"
                    + "org.springframework.boot.autoconfigure.security.servlet.SecurityFilterAutoConfiguration,"
                    + "org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration"
        })
class PlainFilterTest {
    @Autowired
    private ApiKeyManager keys;

    @LocalServerPort
    private int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {}

    @RestController
    static class Controller {
        @GetMapping({"/files", "/files/mine"})
        String files(ApiKey key) {
            return key.name();
        }

        @GetMapping("/open")
        String open(Optional<ApiKey> key) {
            return key.map(ApiKey::name).orElse("nobody");
        }

        @GetMapping("/nullable")
        String nullable(@Nullable ApiKey key) {
            return key == null ? "nobody" : key.name();
        }

        @GetMapping("/forgotten")
        String forgotten(ApiKey key) {
            return key.name();
        }
    }

    private CreatedKey key(String name) {
        return keys.create(KeySpec.builder(name).role("read_only").build());
    }

    @Test
    void aControllerTakesTheKey() {
        String secret = key("ci").secret().reveal();

        HttpResponse<String> answer = Http.get(port, "/files", "Authorization", "Bearer " + secret);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ci");
        assertThat(Http.get(port, "/files/mine", "X-API-Key", secret).body()).isEqualTo("ci");
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void withoutAGoodKeyNothingIsServedBelowThePaths() {
        assertThat(Http.get(port, "/files").statusCode()).isEqualTo(401);
        assertThat(Http.get(port, "/files/mine").statusCode()).isEqualTo(401);
        assertThat(Http.get(port, "/files/nothing-there").statusCode()).isEqualTo(401);
        assertThat(Http.get(port, "/files;x=1/mine").statusCode()).isIn(400, 401);
        assertThat(Http.get(port, "/%66iles/mine").statusCode()).isIn(400, 401);
        HttpResponse<String> wrong = Http.get(port, "/files", "X-API-Key", "sk_wrong");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.body()).contains("UNAUTHENTICATED");
        assertThat(wrong.headers().firstValue("WWW-Authenticate")).isPresent();
    }

    @Test
    void aDisabledKeyIsForbiddenAndARevokedOneIsNot200() {
        CreatedKey disabled = key("disabled");
        keys.disable(disabled.id());
        assertThat(Http.get(port, "/files", "X-API-Key", disabled.secret().reveal())
                        .statusCode())
                .isEqualTo(403);
        CreatedKey revoked = key("revoked");
        keys.revoke(revoked.id(), "lost");
        assertThat(Http.get(port, "/files", "X-API-Key", revoked.secret().reveal())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void otherPathsAreTheServicesOwn() {
        assertThat(Http.get(port, "/open").body()).isEqualTo("nobody");
        assertThat(Http.get(port, "/nullable").body()).isEqualTo("nobody");
        assertThat(Http.get(port, "/forgotten").statusCode()).isEqualTo(500);
    }

    @Test
    void aPathThatIsNoneStopsTheStart() {
        for (String path : new String[] {"files", "/files/*/x", "/a;b", "*", "/a/../b"}) {
            web().withPropertyValues("apikeys.web.paths=" + path)
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessageContaining("apikeys.web.paths"));
        }
    }

    @Test
    void theFilterIsThereOnceAndOnlyWherePathsAreNamed() {
        web().run(context -> assertThat(context).doesNotHaveBean("apiKeyFilter"));
        web().withPropertyValues("apikeys.web.paths[0]=/a", "apikeys.web.paths[1]=/b/**", "apikeys.web.paths[2]=/**")
                .run(context -> assertThat(
                                ((FilterRegistrationBean<?>) context.getBean("apiKeyFilter")).getUrlPatterns())
                        .isEqualTo(Set.of("/*")));
    }

    private static WebApplicationContextRunner web() {
        return new WebApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ApiKeysAutoConfiguration.class, ApiKeysWebAutoConfiguration.class))
                .withPropertyValues("apikeys.store=memory");
    }
}
