package dev.apikeys.spring;

import static dev.apikeys.spring.ApiKeyRequestPostProcessor.apiKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.VaultFullException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.actuate.web.exchanges.InMemoryHttpExchangeRepository;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.autoconfigure.web.servlet.AutoConfigureMockMvc;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@AutoConfigureMockMvc
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        classes = ActuatorTest.Service.class,
        properties = {
            "apikeys.store=memory",
            "apikeys.pepper.id=p",
            "apikeys.pepper.value=" + ActuatorTest.PEPPER,
            "APIKEYS_PEPPER_PAID=of another pepper",
            "KEYS_SECRET={\"pepper\":\"" + ActuatorTest.PEPPER + "\"}",
            "management.endpoints.web.exposure.include=*",
            "management.endpoint.health.show-details=always",
            "management.endpoint.health.probes.enabled=true",
            "management.endpoint.env.show-values=always",
            "management.endpoint.configprops.show-values=always",
            "spring.datasource.url=jdbc:h2:mem:actuator"
        })
class ActuatorTest {
    static final String PEPPER = "cGVwcGVyIG9mIHRoaXMgdGVzdCwgMzIgYnl0ZXMgbG9uZw==";

    private static final AtomicBoolean STORE_IS_DOWN = new AtomicBoolean();
    private static final AtomicBoolean STORE_IS_MAD = new AtomicBoolean();
    private static final AtomicBoolean VAULT_IS_DOWN = new AtomicBoolean();

    @Autowired
    private ApiKeyManager keys;

    @Autowired
    private MockMvc mvc;

    @LocalServerPort
    private int port;

    @AfterEach
    void storeIsUp() {
        STORE_IS_DOWN.set(false);
        STORE_IS_MAD.set(false);
        VAULT_IS_DOWN.set(false);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Service {

        @Bean
        ApiKeyStore store() {
            ApiKeyStore store = StoppableStore.of(ApiKeyStore.class, new InMemoryApiKeyStore(), STORE_IS_DOWN);
            return (ApiKeyStore) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                        try {
                            return STORE_IS_MAD.get() && method.getName().equals("list")
                                    ? null
                                    : method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        @Bean
        TempKeyStore handOffs() {
            return StoppableStore.of(TempKeyStore.class, new InMemoryTempKeyStore(1), VAULT_IS_DOWN);
        }

        @Bean
        InMemoryHttpExchangeRepository exchanges() {
            return new InMemoryHttpExchangeRepository();
        }

        @Bean
        SecurityFilterChain all(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/files")
                            .hasAuthority("upload")
                            .anyRequest()
                            .permitAll())
                    .with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }
    }

    @RestController
    static class Controller {
        @GetMapping("/files")
        String files(ApiKey key) {
            return "the files of " + key.owner();
        }
    }

    private String actuator(String endpoint) {
        return Http.get(port, "/actuator/" + endpoint).body();
    }

    @Test
    void healthIsDownWhileTheStoreRefusesAndUpAgainWithTheNextAnswer() {
        keys.create(KeySpec.builder("a").role("read_only").build());
        assertThat(actuator("health/apikeys")).contains("\"UP\"", "\"keys\":\"answered 0 s ago\"", "\"stalled\":0");

        STORE_IS_DOWN.set(true);
        assertThatThrownBy(keys::maintain).isInstanceOf(StorageException.class);
        assertThat(actuator("health/apikeys")).contains("\"DOWN\"", "\"keys\":\"failed ");
        assertThat(actuator("health/liveness")).contains("\"UP\"");

        STORE_IS_DOWN.set(false);
        keys.maintain();
        assertThat(actuator("health/apikeys")).contains("\"UP\"");
    }

    @Test
    void healthIsDownIfTheStoreAnswersNonsense() {
        STORE_IS_MAD.set(true);
        assertThatThrownBy(() -> keys.list(KeyQuery.all())).isInstanceOf(StorageException.class);
        assertThat(actuator("health/apikeys")).contains("\"DOWN\"", "\"keys\":\"failed ");

        STORE_IS_MAD.set(false);
        keys.list(KeyQuery.all());
        assertThat(actuator("health/apikeys")).contains("\"UP\"");
    }

    @Test
    void healthIsDownWhileTheStoreOfHandOffsRefusesAlthoughTheOtherAnswers() {
        VAULT_IS_DOWN.set(true);
        assertThatThrownBy(keys::maintain).isInstanceOf(StorageException.class);
        keys.create(KeySpec.builder("a").role("read_only").build());
        assertThat(actuator("health/apikeys")).contains("\"DOWN\"", "\"keys\":\"answered ", "\"handOffs\":\"failed ");

        VAULT_IS_DOWN.set(false);
        keys.maintain();
        assertThat(actuator("health/apikeys")).contains("\"UP\"");
    }

    @Test
    void aFullVaultIsAnAnswer() {
        KeySpec handedOver = KeySpec.builder("a")
                .role("read_only")
                .handOff(Duration.ofMinutes(1))
                .build();
        CreatedKey first = keys.create(handedOver);
        assertThatThrownBy(() -> keys.create(handedOver)).isInstanceOf(VaultFullException.class);
        assertThat(actuator("health/apikeys")).contains("\"UP\"", "\"handOffs\":\"answered ");
        keys.vault().discard(first.id());
    }

    @Test
    void theEndpointHasFiguresAndNoKey() {
        String secret = keys.create(KeySpec.builder("a").role("read_only").build())
                .secret()
                .reveal();
        keys.verify(secret);
        assertThat(actuator("apikeys"))
                .contains("\"VALID\":", "\"cacheHits\"", "\"stalls\":[]")
                .doesNotContain(secret, "ak_");
    }

    @Test
    void noKeyIsAmongTheHttpExchanges() {
        String secret = keys.create(KeySpec.builder("a").role("read_upload").build())
                .secret()
                .reveal();
        assertThat(Http.get(port, "/files?seen", "X-API-Key", secret).statusCode())
                .isEqualTo(200);
        assertThat(actuator("httpexchanges")).contains("/files?seen").doesNotContain(secret);
    }

    @Test
    void pepperValuesAreHiddenWhereOthersAreShown() {
        for (String endpoint : new String[] {"env", "env/apikeys.pepper.value", "env/KEYS_SECRET", "configprops"}) {
            assertThat(actuator(endpoint)).as(endpoint).contains("******").doesNotContain(PEPPER);
        }
        assertThat(actuator("env/APIKEYS_PEPPER_PAID")).contains("******").doesNotContain("another");
        assertThat(actuator("env/apikeys.store")).contains("memory");
        assertThat(actuator("env/apikeys.pepper.id")).doesNotContain("******");
    }

    @Test
    void aRequestOfATestPassesTheServicesOwnRules() throws Exception {
        mvc.perform(get("/files")).andExpect(status().isUnauthorized());
        mvc.perform(get("/files").with(apiKey().permission("list"))).andExpect(status().isForbidden());
        mvc.perform(get("/files").with(apiKey().owner("ann").permission("list").permission("upload")))
                .andExpect(status().isOk())
                .andExpect(content().string("the files of ann"));
        mvc.perform(get("/files").with(apiKey().role("read_upload"))).andExpect(status().isOk());
    }
}
