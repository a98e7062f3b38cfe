package dev.apikeys.spring;

import dev.apikeys.ApiKey;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;

/** The Java of the guide, compiled. */
class SpringGuide {
    // snippet: docs/spring.md, controller
    @GetMapping("/files")
    String files(ApiKey key) {
        return "the files of " + key.owner();
    }
    // end of snippet

    // snippet: docs/spring.md, chain
    @Bean
    @Order(1)
    SecurityFilterChain api(HttpSecurity http) throws Exception {
        return http.securityMatcher("/api/**")
                .authorizeHttpRequests(requests -> requests.requestMatchers("/api/files")
                        .hasAuthority("read")
                        .anyRequest()
                        .denyAll())
                .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                .build();
    }
    // end of snippet
}
