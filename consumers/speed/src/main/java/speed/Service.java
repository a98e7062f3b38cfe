package speed;

import com.nimbusds.jose.JOSEException;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import dev.apikeys.spring.ApiKeysConfigurer;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A service whose endpoints do nothing, protected in one of several ways. */
final class Service implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final Protection protection;

    private Service(ConfigurableApplicationContext context, Protection protection) {
        this.context = context;
        this.protection = protection;
    }

    /** What stands before the endpoint {@code /nothing}. */
    enum Protection {
        NONE("no filter", Unprotected.class),
        FILTER("plain filter", Unprotected.class),
        OPEN("Spring Security, which permits all", Open.class),
        CONFIGURER("Spring Security, `ApiKeysConfigurer`", Keys.class),
        HS256("Spring Security, JWT resource server, HS256", Jwts.class),
        RS256("Spring Security, JWT resource server, RS256", Jwts.class);

        final String shown;
        private final Class<?> chain;

        Protection(String shown, Class<?> chain) {
            this.shown = shown;
            this.chain = chain;
        }

        private boolean hasSecurity() {
            return chain != Unprotected.class;
        }

        private boolean hasKeys() {
            return this == FILTER || this == CONFIGURER;
        }
    }

    /** Starts one, and waits until it listens. */
    static Service start(Protection protection, Map<String, Object> settings) {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "server.port", 0,
                "server.address", "127.0.0.1",
                "server.tomcat.max-keep-alive-requests", -1,
                "spring.main.banner-mode", "off",
                "logging.level.root", "error",
                "apikeys.enabled", protection.hasKeys(),
                "apikeys.pepper.id", "2026",
                "apikeys.pepper.value", "cGVwcGVyIG9mIHRoaXMgc2VydmljZSwgMzIgYnl0ZXMgb3I=",
                "apikeys.jdbc.initialize-schema", "always",
                SecurityLeftOut.PROPERTY, protection.hasSecurity()));
        if (protection == Protection.FILTER) {
            properties.put("apikeys.web.paths", "/nothing");
        }
        properties.putAll(settings);
        SpringApplication application = new SpringApplication(Endpoints.class, protection.chain);
        application.setDefaultProperties(properties);
        application.addInitializers(context -> addDecoder((GenericApplicationContext) context, protection));
        return new Service(application.run(), protection);
    }

    private static void addDecoder(GenericApplicationContext context, Protection protection) {
        if (protection == Protection.HS256) {
            context.registerBean(JwtDecoder.class, Tokens::hmacDecoder);
        } else if (protection == Protection.RS256) {
            context.registerBean(JwtDecoder.class, Tokens::rsaDecoder);
        }
    }

    int port() {
        return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** A token that is good here; where nothing is checked, a text as long as a key. */
    String token() throws JOSEException {
        return switch (protection) {
            case NONE, OPEN -> "sk_01kaqdt1v00000000000000001_" + "x".repeat(49);
            case FILTER, CONFIGURER -> bean(ApiKeyManager.class)
                    .create(KeySpec.builder("speed").role("read_only").build())
                    .secret()
                    .reveal();
            case HS256 -> Tokens.hmac();
            case RS256 -> Tokens.rsa();
        };
    }

    @Override
    public void close() {
        context.close();
    }

    @RestController
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Endpoints {
        @GetMapping("/nothing")
        String nothing() {
            return "ok";
        }

        @GetMapping("/other")
        String other() {
            return "ok";
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Unprotected {}

    @Configuration(proxyBeanMethods = false)
    static class Open {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Keys {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Jwts {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .build();
        }
    }
}
