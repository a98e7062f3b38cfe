package dev.apikeys.spring;

import dev.apikeys.ApiKeys;

/**
 * Sets on the manager's builder what no property and no bean sets. A bean of this type is called once, after the properties, on
 * the thread that starts the service.
 *
 * <pre>{@code
 * @Bean
 * ApiKeysBuilderCustomizer staleKeys() {
 *     return builder -> builder.staleOnOutage(Duration.ofMinutes(10));
 * }
 * }</pre>
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ApiKeysBuilderCustomizer {

    /**
     * Sets what it has to set. A setter that a property has called already refuses.
     *
     * @param builder the builder of the manager
     */
    void customize(ApiKeys.Builder builder);
}
