package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.Claims;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.servlet.AdminServlet;
import dev.apikeys.servlet.ClaimsServlet;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.RegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Mounts the admin page, behind the service's own security, and the page for claims, each where a property says so.
 *
 * @since 0.1
 */
@AutoConfiguration(after = {ApiKeysAutoConfiguration.class, ApiKeysWebAutoConfiguration.class})
@ConditionalOnProperty(name = "apikeys.enabled", matchIfMissing = true)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(name = "jakarta.servlet.Servlet")
public final class ApiKeysAdminAutoConfiguration {

    /** Creates the configuration; Spring does. */
    public ApiKeysAdminAutoConfiguration() {}

    /** The page and its API. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty("apikeys.admin.enabled")
    static class AdminPage {

        @Bean
        @ConditionalOnMissingBean
        Admin apiKeysAdmin(
                ApiKeyManager keys,
                FailureLimit failures,
                ApiKeysProperties properties,
                ObjectProvider<Administrators> administrators,
                ObjectProvider<Claims> claims,
                ObjectProvider<InstantSource> clock) {
            Administrators chosen = administrators.getIfAvailable();
            if (chosen == null) {
                throw new StartException(
                        "apikeys.admin.enabled is true, and nothing says who is an administrator.",
                        "Add Spring Security, whose authorities apikeys:read, apikeys:create, apikeys:change,"
                                + " apikeys:revoke and apikeys:repair are looked at, or define a bean of type"
                                + " Administrators, such as Administrators.byApiKey(keys).");
            }
            Admin.Builder builder = Admin.builder(keys).administrators(chosen).failureLimit(failures);
            clock.ifUnique(builder::clock);
            claims.ifUnique(builder::claims);
            if (properties.admin().readOnly()) {
                builder.readOnly();
            }
            return mounted(
                    "apikeys.admin.path",
                    "/keys-admin",
                    () -> builder.path(properties.admin().path()).build());
        }

        @Bean
        RegistrationBean apiKeysAdminPage(Admin admin, ObjectProvider<ServletRegistrationBean<?>> servlets) {
            return PageFilter.registration("apiKeysAdmin", admin.path(), new AdminServlet(admin), servlets);
        }
    }

    /** Who may use the page, where Spring Security knows. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty("apikeys.admin.enabled")
    @ConditionalOnClass(
            name = {
                "org.springframework.security.core.context.SecurityContextHolder",
                "org.springframework.security.web.csrf.CsrfToken"
            })
    static class BySecurity {

        @Bean
        @ConditionalOnMissingBean(Administrators.class)
        HostAdministrators apiKeysAdministrators(
                ApiKeyManager keys,
                ApiKeysProperties properties,
                ObjectProvider<SecurityContextHolderStrategy> holder) {
            return new HostAdministrators(
                    keys.roles(),
                    properties.admin().byApiKey(),
                    holder.getIfUnique(SecurityContextHolder::getContextHolderStrategy));
        }
    }

    /** The page for people without an account. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty("apikeys.claim.enabled")
    static class ClaimPage {

        @Bean
        @ConditionalOnMissingBean
        Claims apiKeysClaims(ApiKeyManager keys, FailureLimit failures, ApiKeysProperties properties) {
            return mounted(
                    "apikeys.claim.path",
                    "/claim",
                    () -> Claims.at(properties.claim().path(), keys, failures));
        }

        @Bean
        RegistrationBean apiKeysClaimsPage(Claims claims, ObjectProvider<ServletRegistrationBean<?>> servlets) {
            return PageFilter.registration("apiKeysClaims", claims.path(), new ClaimsServlet(claims), servlets);
        }
    }

    private static <T> T mounted(String property, String example, Supplier<T> build) {
        try {
            return build.get();
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    property + " is refused: " + e.getMessage() + ".",
                    "Write another path, such as " + example + ".",
                    e);
        }
    }
}
