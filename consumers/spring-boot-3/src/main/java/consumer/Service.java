package consumer;

import dev.apikeys.ApiKey;
import dev.apikeys.spring.ApiKeysConfigurer;
import java.util.Optional;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A service with a chain for keys, and one with a form login that takes keys too. */
@SpringBootApplication
@EnableMethodSecurity
public class Service {

    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }

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
        return http.authorizeHttpRequests(requests ->
                        requests.requestMatchers("/claim/**").permitAll().anyRequest().authenticated())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/claim/**"))
                .formLogin(Customizer.withDefaults())
                .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                .build();
    }

    @RestController
    static class Controller {
        @GetMapping({"/api/me", "/page"})
        String me(Optional<ApiKey> key) {
            return key.map(ApiKey::name).orElse("nobody");
        }

        @GetMapping("/api/upload")
        @PreAuthorize("@apiKeys.allows(authentication, 'upload')")
        public String upload() {
            return "uploaded";
        }
    }
}
