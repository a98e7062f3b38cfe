package dev.apikeys.spring;

import static dev.apikeys.spring.ApiKeyRequestPostProcessor.apiKey;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.apikeys.ApiKey;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.web.servlet.MockMvc;
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

    // snippet: docs/spring.md, page
    @Bean
    @Order(0)
    SecurityFilterChain keysPage(HttpSecurity http) throws Exception {
        return http.securityMatcher("/api/v1/web/admin/**")
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .formLogin(Customizer.withDefaults())
                .build();
    }
    // end of snippet

    // snippet: docs/quickstart.md, all else
    @Bean
    SecurityFilterChain rest(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .formLogin(Customizer.withDefaults())
                .build();
    }
    // end of snippet

    // snippet: docs/quickstart.md, controller
    @GetMapping("/api/files")
    String apiFiles(ApiKey key) {
        return "the files of " + key.name();
    }
    // end of snippet

    // snippet: docs/quickstart.md, people
    @Bean
    UserDetailsService people() {
        return new InMemoryUserDetailsManager(User.withUsername("ann")
                .password("{noop}for a trial")
                .authorities("apikeys:read", "apikeys:create") // by these names: roles("…") would put ROLE_ in front
                .build());
    }
    // end of snippet

    // snippet: docs/spring.md, claims
    @Bean
    SecurityFilterChain pages(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers("/claim/**")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/claim/**"))
                .formLogin(Customizer.withDefaults())
                .build();
    }
    // end of snippet

    void test(MockMvc mvc) throws Exception {
        // snippet: docs/spring.md, test
        mvc.perform(get("/files").with(apiKey().permission("upload"))).andExpect(status().isOk());
        // end of snippet
    }
}
