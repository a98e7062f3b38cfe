package dev.apikeys.spring;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.VerificationRequest;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.Request;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Puts the filter before the paths of {@code apikeys.web.paths}, and gives keys to controllers.
 *
 * @since 0.1
 */
@AutoConfiguration(after = ApiKeysAutoConfiguration.class)
@ConditionalOnProperty(name = "apikeys.enabled", matchIfMissing = true)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(name = "jakarta.servlet.Filter")
public final class ApiKeysWebAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysWebAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    FailureLimit apiKeyFailureLimit(ApiKeysProperties properties) {
        ApiKeysProperties.Limit limit = properties.web().failures();
        try {
            return FailureLimit.of(limit.limit(), limit.per(), Request::remoteAddress);
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    "apikeys.web.failures is refused: " + e.getMessage() + ".",
                    "Write apikeys.web.failures.limit from 1 to 100000, and apikeys.web.failures.per from 1s to 1d.",
                    e);
        }
    }

    /** The filter, where paths are named. */
    @Configuration(proxyBeanMethods = false)
    @Conditional(PathsAreNamed.class)
    static class Guarding {

        @Bean
        @ConditionalOnMissingBean
        ApiKeyGuard apiKeyGuard(
                ApiKeyManager keys,
                FailureLimit failures,
                ApiKeysProperties properties,
                ObjectProvider<ApiKeyGuard.Rule> rule) {
            ApiKeysProperties.Web web = properties.web();
            ApiKeyGuard.Builder builder =
                    GuardSettings.guard(keys, failures, web).rule(rule.getIfUnique(Guarding::anyGoodKey));
            return web.required() ? builder.build() : builder.optional().build();
        }

        private static ApiKeyGuard.Rule anyGoodKey() {
            Access any = VerificationRequest.of(null).access();
            return (method, path, request) -> any;
        }

        /** After the filters of CORS, which have no order of their own and come first as beans of the service. */
        @Bean
        @ConditionalOnMissingBean(name = "apiKeyFilter")
        FilterRegistrationBean<GuardedPathsFilter> apiKeyFilter(ApiKeyGuard guard, ApiKeysProperties properties) {
            GuardedPaths paths = new GuardedPaths(properties.web().paths());
            FilterRegistrationBean<GuardedPathsFilter> registration =
                    new FilterRegistrationBean<>(new GuardedPathsFilter(paths, guard));
            registration.setUrlPatterns(List.of("/*")); // not the paths: the container maps by a reading of its own
            registration.setOrder(Ordered.LOWEST_PRECEDENCE);
            registration.setAsyncSupported(true);
            return registration;
        }
    }

    /** Lets controllers take the key. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.web.servlet.config.annotation.WebMvcConfigurer")
    static class Arguments {

        @Bean
        WebMvcConfigurer apiKeyArguments() {
            return new WebMvcConfigurer() {
                @Override
                public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
                    resolvers.add(new ApiKeyArgumentResolver());
                }
            };
        }
    }

    /** Matches if {@code apikeys.web.paths} names any, in whatever form a list is written. */
    static final class PathsAreNamed extends SpringBootCondition {

        PathsAreNamed() {}

        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            boolean named = Binder.get(context.getEnvironment())
                    .bind("apikeys.web.paths", Bindable.listOf(String.class))
                    .map(paths -> !paths.isEmpty())
                    .orElse(false);
            return new ConditionOutcome(named, "apikeys.web.paths names " + (named ? "some" : "none"));
        }
    }
}
