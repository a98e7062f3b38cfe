package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyListener;
import dev.apikeys.OperationListener;
import dev.apikeys.Roles;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.TempKeyStore;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Makes the stores and the manager of a service, each unless the service has its own.
 *
 * @since 0.1
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
        })
@ConditionalOnProperty(name = "apikeys.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ApiKeysProperties.class)
public final class ApiKeysAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysAutoConfiguration() {}

    @Bean
    static ManagerClosing apiKeyManagerClosing(ConfigurableListableBeanFactory beans) {
        return new ManagerClosing(beans);
    }

    /** Made by the first bean that needs it, of whichever type: so the tables are there for all. */
    @Bean
    @Lazy
    @DependsOnDatabaseInitialization
    Stores apiKeysStores(
            ApiKeysProperties properties,
            @ApiKeysDataSource ObjectProvider<DataSource> marked,
            ObjectProvider<DataSource> all) {
        return Stores.of(properties, marked, all);
    }

    /** Not made where nothing takes it, such as beside a manager of the service's own on another store. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    ApiKeyStore apiKeyStore(Stores stores) {
        return stores.keys();
    }

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    TempKeyStore tempKeyStore(Stores stores) {
        return stores.handOffs();
    }

    @Bean
    @ConditionalOnMissingBean
    ApiKeyManager apiKeyManager(
            ApiKeyStore store,
            TempKeyStore handOffs,
            ApiKeysProperties properties,
            ObjectProvider<Roles> roles,
            ObjectProvider<Authorizer> authorizer,
            ObjectProvider<InstantSource> clock,
            ObjectProvider<KeyListener> listeners,
            ObjectProvider<OperationListener> operationListeners,
            ObjectProvider<ApiKeysBuilderCustomizer> customizers) {
        ApiKeys.Builder builder = ApiKeys.builder(store).handOff(handOffs);
        new ManagerSettings(properties).applyTo(builder);
        Roles used = ManagerSettings.usedRoles(properties, roles);
        if (used != null) {
            builder.roles(used);
        }
        Authorizer deciding = ManagerSettings.chosen(authorizer, Authorizer.class);
        if (deciding != null) {
            builder.authorizer(deciding);
        }
        clock.ifUnique(builder::clock);
        listeners.orderedStream().forEach(builder::listener);
        operationListeners.orderedStream().forEach(builder::operationListener);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        try {
            return builder.build();
        } catch (InvalidArgumentException e) {
            throw ManagerSettings.refused("*", e);
        }
    }
}
