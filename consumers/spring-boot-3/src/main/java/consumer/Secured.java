package consumer;

import dev.apikeys.spring.ApiKeysConfigurer;
import dev.apikeys.spring.KeyPermissions;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A chain that denies, one for keys, one for keys and JWTs, and one with a form login that takes keys too. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(name = "org.springframework.security.web.SecurityFilterChain")
@EnableMethodSecurity
class Secured {

    /** Stricter than what the pages are below, which it applies to on both Boots. */
    @Bean
    @Order(0)
    SecurityFilterChain closed(HttpSecurity http) throws Exception {
        return http.securityMatcher("/keys-admin/closed/**", "/claim/closed/**")
                .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
                .build();
    }

    @Bean
    @Order(1)
    SecurityFilterChain api(HttpSecurity http, KeyPermissions keys) throws Exception {
        return http.securityMatcher("/api/**")
                .cors(Customizer.withDefaults())
                .authorizeHttpRequests(requests -> requests.requestMatchers("/api/upload")
                        .hasAuthority("upload")
                        .requestMatchers("/api/resource")
                        .access(keys.resources())
                        .anyRequest()
                        .authenticated())
                .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain jwt(HttpSecurity http) throws Exception {
        return http.securityMatcher("/jwt/**")
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
                .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain pages(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers(
                                "/claim/**", "/open", "/error", "/actuator/**")
                        .permitAll()
                        .requestMatchers("/page/async")
                        .hasAuthority("read")
                        .anyRequest()
                        .authenticated())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/claim/**"))
                .formLogin(Customizer.withDefaults())
                .with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                .build();
    }

    @Bean
    UserDetailsService people() {
        return new InMemoryUserDetailsManager(User.withUsername("olga")
                .password("{noop}of olga")
                .authorities("apikeys:read")
                .build());
    }

    @Bean
    JwtDecoder jwts() {
        byte[] key = "of JWTs, and 256 bits or more of it".getBytes(StandardCharsets.UTF_8);
        return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(key, "HmacSHA256")).build();
    }

    @RestController
    static class Controller {
        @GetMapping("/jwt/me")
        String me(Principal caller) {
            return caller.getName();
        }

        @GetMapping("/api/resource")
        String resource() {
            return "uploaded";
        }

        @GetMapping("/api/authority")
        @PreAuthorize("hasAuthority('upload')")
        public String authority() {
            return "uploaded";
        }

        @GetMapping("/api/expression")
        @PreAuthorize("@apiKeys.allows(authentication, 'upload')")
        public String expression() {
            return "uploaded";
        }
    }
}
