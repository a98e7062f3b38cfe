package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import java.time.InstantSource;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
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
    /** As Boot decides about its own indicators; its annotation for that has another name in each Boot. */
    private static final String HEALTH =
            "${management.health.apikeys.enabled:${management.health.defaults.enabled:true}}";

    /** Creates the configuration; Spring does. */
    public ApiKeysActuatorAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    ApiKeysEndpoint apiKeysEndpoint(ApiKeyManager keys) {
        return new ApiKeysEndpoint(keys);
    }

    /** The manager finds it among the beans as a listener; a manager of the service's own is given it by the service. */
    @Bean
    static StoreAnswers apiKeysStoreAnswers(ObjectProvider<InstantSource> clock) {
        return new StoreAnswers(clock.getIfUnique(InstantSource::system));
    }

    @Bean
    KeyHealth apiKeysHealth(ApiKeyManager keys, StoreAnswers answers) {
        return new KeyHealth(keys, answers);
    }

    /** Hides peppers where the service shows values of properties and of the environment. */
    @Bean
    static SanitizingFunction apiKeysPeppersHidden(ObjectProvider<ApiKeysProperties> properties) {
        return data -> isPepper(data.getKey()) || holdsPepper(data.getValue(), properties.getIfAvailable())
                ? data.withValue(SanitizableData.SANITIZED_VALUE)
                : data;
    }

    /** By name, such as apikeys.pepper.value and APIKEYS_PEPPER_RETIRED_0_VALUE, also where it is not used. */
    private static boolean isPepper(String name) {
        String letters = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
        return letters.contains("apikeys")
                && letters.contains("pepper")
                && !letters.equals("apikeyspepperid")
                && !letters.equals("apikeyspepperretiredid");
    }

    /** By value, for a variable of another name that a pepper is taken from. */
    private static boolean holdsPepper(@Nullable Object value, @Nullable ApiKeysProperties properties) {
        if (value == null || properties == null) {
            return false;
        }
        String text = value.toString();
        ApiKeysProperties.PepperSet peppers = properties.pepper();
        return Stream.concat(
                        Stream.ofNullable(peppers.value()),
                        peppers.retired().stream().flatMap(retired -> Stream.ofNullable(retired.value())))
                .map(String::strip)
                .anyMatch(pepper -> !pepper.isEmpty() && text.contains(pepper));
    }

    /** Health in Boot 3. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
    @ConditionalOnExpression(HEALTH)
    static class OfBoot3 {

        @Bean
        org.springframework.boot.actuate.health.HealthIndicator apikeysHealthIndicator(KeyHealth health) {
            return () -> {
                KeyHealth.State state = health.state();
                return org.springframework.boot.actuate.health.Health.status(
                                state.status().name())
                        .withDetails(state.details())
                        .build();
            };
        }
    }

    /** Health in Boot 4. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
    @ConditionalOnExpression(HEALTH)
    static class OfBoot4 {

        @Bean
        org.springframework.boot.health.contributor.HealthIndicator apikeysHealthIndicator(KeyHealth health) {
            return () -> {
                KeyHealth.State state = health.state();
                return org.springframework.boot.health.contributor.Health.status(
                                state.status().name())
                        .withDetails(state.details())
                        .build();
            };
        }
    }
}
