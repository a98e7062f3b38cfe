package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Where a bean keeps the security context, and not the static holder, which is then empty. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = OwnStrategyTest.Service.class,
        properties = {
            "apikeys.store=memory",
            "apikeys.admin.enabled=true",
            "apikeys.admin.path=/keys-admin",
            "apikeys.admin.by-api-key=true",
            "spring.datasource.url=jdbc:h2:mem:strategy"
        })
class OwnStrategyTest {
    @Autowired
    private ApiKeyManager keys;

    @LocalServerPort
    private int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {

        @Bean
        SecurityContextHolderStrategy strategy() {
            return new OwnStrategy();
        }

        @Bean
        @Order(1)
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.securityMatcher("/api/**")
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
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/error")
                            .permitAll()
                            .requestMatchers("/page/upload")
                            .hasAuthority("upload")
                            .anyRequest()
                            .authenticated())
                    .formLogin(Customizer.withDefaults())
                    .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }
    }

    private static final class OwnStrategy implements SecurityContextHolderStrategy {
        private final ThreadLocal<SecurityContext> contexts = ThreadLocal.withInitial(SecurityContextImpl::new);

        @Override
        public void clearContext() {
            contexts.remove();
        }

        @Override
        public SecurityContext getContext() {
            return contexts.get();
        }

        @Override
        public void setContext(SecurityContext context) {
            contexts.set(context);
        }

        @Override
        public SecurityContext createEmptyContext() {
            return new SecurityContextImpl();
        }
    }

    @RestController
    static class Controller {
        @GetMapping({"/api/me", "/api/upload", "/page", "/page/upload"})
        String me(ApiKey key) {
            return key.name();
        }
    }

    @Test
    void aGoodKeyPassesAndIsRefusedWhatItDoesNotGrant() {
        String secret = secret("read");
        for (String path : new String[] {"/api/me", "/page"}) {
            assertThat(Http.get(port, path, "X-API-Key", secret).body())
                    .as(path)
                    .isEqualTo("ci");
        }
        for (String path : new String[] {"/api/upload", "/page/upload"}) {
            assertThat(Http.get(port, path, "X-API-Key", secret).body())
                    .as(path)
                    .contains("INSUFFICIENT_PERMISSIONS");
        }
        assertThat(Http.get(port, "/api/me").statusCode()).isEqualTo(401);
    }

    @Test
    void theAdminPageKnowsItsCaller() {
        assertThat(Http.get(port, "/keys-admin/session", "X-API-Key", secret("apikeys:read"))
                        .statusCode())
                .isEqualTo(200);
    }

    private String secret(String permission) {
        return keys.create(KeySpec.builder("ci").permissions(Set.of(permission)).build())
                .secret()
                .reveal();
    }
}
