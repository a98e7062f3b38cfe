package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Gives expressions of Spring Security the bean {@code apiKeys}. Chains are the service's own: {@link ApiKeysConfigurer}.
 *
 * @since 0.1
 */
@AutoConfiguration(after = ApiKeysAutoConfiguration.class)
@ConditionalOnProperty(name = "apikeys.enabled", matchIfMissing = true)
@ConditionalOnClass(name = "org.springframework.security.authorization.AuthorizationManager")
public final class ApiKeysSecurityAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysSecurityAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = "apiKeys")
    KeyPermissions apiKeys(ApiKeyManager keys) {
        return new KeyPermissions(keys);
    }
}
