package dev.apikeys.spring;

import static dev.apikeys.spring.ApiKeyRequestPostProcessor.apiKey;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.apikeys.ApiKey;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.web.servlet.WebMvcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A slice with the configurations that the guide names has all that a chain and a controller need, and no page. */
@WebMvcTest(properties = {"apikeys.store=memory", "apikeys.admin.enabled=true", "apikeys.claim.enabled=true"})
@ContextConfiguration(classes = SliceTest.Service.class)
// snippet: docs/spring.md, slice
@ImportAutoConfiguration({
    ApiKeysAutoConfiguration.class,
    ApiKeysWebAutoConfiguration.class,
    ApiKeysSecurityAutoConfiguration.class
})
// end of snippet
class SliceTest {
    @Autowired
    private MockMvc mvc;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {
        @Bean
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("read"))
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }
    }

    @RestController
    static class Controller {
        @GetMapping("/files")
        String files(ApiKey key) {
            return key.name();
        }
    }

    @Test
    void keysAreTaken() throws Exception {
        mvc.perform(get("/files")).andExpect(status().isUnauthorized());
        mvc.perform(get("/files").with(apiKey())).andExpect(status().isForbidden());
        mvc.perform(get("/files").with(apiKey().permission("read")))
                .andExpect(content().string("test"));
        mvc.perform(get("/claim/").with(apiKey().permission("read"))).andExpect(status().isNotFound());
    }
}
