package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import java.net.http.HttpResponse;
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
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Where X-API-Key is not ours, a request with it is one without a key, in each chain. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = WithoutHeaderTest.Service.class,
        properties = {"apikeys.store=memory", "apikeys.web.header=false", "spring.datasource.url=jdbc:h2:mem:header"})
class WithoutHeaderTest {
    @Autowired
    private ApiKeyManager keys;

    @LocalServerPort
    private int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {

        @Bean
        @Order(1)
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.securityMatcher("/api/**")
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }

        @Bean
        @Order(2)
        SecurityFilterChain pages(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/error")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .formLogin(Customizer.withDefaults())
                    .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }
    }

    @RestController
    static class Controller {
        @GetMapping("/api/header")
        String header(@RequestHeader("X-API-Key") String value) {
            return value;
        }
    }

    @Test
    void theHeaderIsTheServicesOwn() {
        String secret = keys.create(KeySpec.builder("ci").role("read_only").build())
                .secret()
                .reveal();
        assertThat(Http.get(port, "/api/header", "Authorization", "Bearer " + secret, "X-API-Key", "its own")
                        .body())
                .isEqualTo("its own");
    }

    @Test
    void theHeaderIsNotRead() {
        String secret = keys.create(KeySpec.builder("ci").role("read_only").build())
                .secret()
                .reveal();
        for (String value : new String[] {secret, "sk_wrong"}) {
            HttpResponse<String> api = Http.get(port, "/api/me", "X-API-Key", value);
            assertThat(api.statusCode()).isEqualTo(401);
            assertThat(api.headers().allValues("WWW-Authenticate")).containsExactly("Bearer realm=\"api\"");
            assertThat(Http.get(port, "/page", "X-API-Key", value).headers().firstValue("Location"))
                    .get()
                    .asString()
                    .endsWith("/login");
            assertThat(Http.send(port, "POST", "/page", "X-API-Key", value).statusCode())
                    .isEqualTo(403); // a CSRF token is needed
        }
        assertThat(Http.get(port, "/api/me", "Authorization", "Bearer " + secret)
                        .statusCode())
                .isEqualTo(404); // past the chain
    }
}
