package consumer;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.spi.Authorizer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** A service that takes keys below /api; what it does where Spring Security is there is in {@link Secured}. */
@SpringBootApplication
public class Service {

    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }

    /** Without Spring Security: what the filter asks for. */
    @Bean
    ApiKeyGuard.Rule rule() {
        return (method, path, request) -> Access.permission(path.equals("/api/upload") ? "upload" : "read");
    }

    @Bean
    Authorizer authorizer() {
        return (granted, resource, action) -> granted.contains("upload");
    }

    @Bean
    WebMvcConfigurer cors() {
        return new WebMvcConfigurer() {
            @Override
            public void addCorsMappings(CorsRegistry registry) {
                registry.addMapping("/**").allowedOrigins("https://good.example");
            }
        };
    }

    @RestController
    static class Controller {
        private final ApiKeyManager keys;

        Controller(ApiKeyManager keys) {
            this.keys = keys;
        }

        @GetMapping({"/api/me", "/page"})
        String me(Optional<ApiKey> key) {
            return key.map(ApiKey::name).orElse("nobody");
        }

        @GetMapping("/open")
        String open() {
            return "open";
        }

        @GetMapping("/api/upload")
        String upload() {
            return "uploaded";
        }

        @GetMapping("/api/{dir}/{name}")
        String file(Optional<ApiKey> key) {
            return "a file of " + key.map(ApiKey::name);
        }

        @GetMapping({"/api/async", "/page/async"})
        Callable<String> async(ApiKey key) {
            return () -> key.name();
        }

        @PostMapping({"/api/change", "/page/change"})
        String change(ApiKey key) {
            return key.name();
        }

        /** Is under way until its caller sends a byte, and needs the keys then. */
        @PostMapping("/api/slow")
        void slow(ApiKey key, HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().println("begun");
            response.flushBuffer();
            int sent = request.getInputStream().read();
            response.getWriter().println(sent >= 0 && keys.find(key.id()).isPresent() ? "ended" : "lost");
        }
    }
}
