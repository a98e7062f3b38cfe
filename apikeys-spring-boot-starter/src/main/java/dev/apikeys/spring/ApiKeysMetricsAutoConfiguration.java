package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.micrometer.ApiKeysMetrics;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Makes the meters where Micrometer is there; Boot binds them to its registries.
 *
 * @since 0.1
 */
@AutoConfiguration(before = ApiKeysAutoConfiguration.class)
@ConditionalOnProperty(
        name = {"apikeys.enabled", "apikeys.metrics.enabled"},
        matchIfMissing = true)
@ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
public final class ApiKeysMetricsAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysMetricsAutoConfiguration() {}

    /** Listens to the manager, which finds it as a listener among the beans. */
    @Bean
    @ConditionalOnMissingBean
    static ApiKeysMetrics apiKeysMetrics() {
        return new ApiKeysMetrics();
    }

    @Bean
    SmartInitializingSingleton apiKeysMetricsWatch(ApiKeysMetrics metrics, ApiKeyManager keys) {
        return () -> metrics.watch(keys);
    }
}
