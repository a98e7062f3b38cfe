package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.spi.ApiKeyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;

/**
 * Closes managers as the container ends, before it does it itself: a store that is gone by then fails nothing, and what its
 * driver says, which the container would log, stays out of the log.
 */
final class ManagerClosing implements DestructionAwareBeanPostProcessor {
    private static final Logger log = LoggerFactory.getLogger(ManagerClosing.class);

    private final ConfigurableListableBeanFactory beans;

    ManagerClosing(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof ApiKeyManager;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String name) {
        if (bean instanceof ApiKeyManager keys && !isLeftOpen(name)) {
            close(keys);
        }
    }

    /** By {@code @Bean(destroyMethod = "")}: who made it closes it. */
    private boolean isLeftOpen(String name) {
        return beans.containsBeanDefinition(name)
                && "".equals(beans.getMergedBeanDefinition(name).getDestroyMethodName());
    }

    private static void close(ApiKeyManager keys) {
        try {
            keys.close();
        } catch (ApiKeyException e) {
            log.warn("The manager of API keys is closed, and not all was written: {}", e.getMessage());
        }
    }
}
