package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import java.time.InstantSource;
import java.util.Locale;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Adds health, an endpoint and the hiding of peppers to Actuator, where it is there.
 *
 * @since 0.1
 */
@AutoConfiguration(before = ApiKeysAutoConfiguration.class)
@ConditionalOnProperty(name = "apikeys.enabled", matchIfMissing = true)
@ConditionalOnClass(name = "org.springframework.boot.actuate.endpoint.annotation.Endpoint")
public final class ApiKeysActuatorAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysActuatorAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    ApiKeysEndpoint apiKeysEndpoint(ApiKeyManager keys) {
        return new ApiKeysEndpoint(keys);
    }

    /** The manager finds it among the beans as a listener. */
    @Bean
    static StoreAnswers apiKeysStoreAnswers(ObjectProvider<InstantSource> clock) {
        return new StoreAnswers(clock.getIfUnique(InstantSource::system));
    }

    @Bean
    KeyHealth apiKeysHealth(ApiKeyManager keys, StoreAnswers answers, ObjectProvider<InstantSource> clock) {
        return new KeyHealth(keys, answers, clock.getIfUnique(InstantSource::system));
    }

    /** Hides peppers where the service shows values of properties and of the environment. */
    @Bean
    static SanitizingFunction apiKeysPeppersHidden() {
        return data -> isPepper(data.getKey()) ? data.withValue(SanitizableData.SANITIZED_VALUE) : data;
    }

    /** Such as apikeys.pepper.value, APIKEYS_PEPPER_RETIRED_0_VALUE, and whatever variable they are taken from. */
    private static boolean isPepper(String name) {
        String letters = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
        return letters.contains("apikeys") && letters.contains("pepper") && !letters.endsWith("id");
    }

    /** Health in Boot 3. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
    @ConditionalOnProperty(name = "management.health.apikeys.enabled", matchIfMissing = true)
    static class OfBoot3 {

        @Bean
        org.springframework.boot.actuate.health.HealthIndicator apikeysHealthIndicator(KeyHealth health) {
            return () -> (health.isDown()
                            ? org.springframework.boot.actuate.health.Health.down()
                            : org.springframework.boot.actuate.health.Health.up())
                    .withDetails(health.details())
                    .build();
        }
    }

    /** Health in Boot 4. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
    @ConditionalOnProperty(name = "management.health.apikeys.enabled", matchIfMissing = true)
    static class OfBoot4 {

        @Bean
        org.springframework.boot.health.contributor.HealthIndicator apikeysHealthIndicator(KeyHealth health) {
            return () -> (health.isDown()
                            ? org.springframework.boot.health.contributor.Health.down()
                            : org.springframework.boot.health.contributor.Health.up())
                    .withDetails(health.details())
                    .build();
        }
    }
}
