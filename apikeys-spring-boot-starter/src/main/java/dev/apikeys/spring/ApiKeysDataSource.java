package dev.apikeys.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Marks the bean of type {@link javax.sql.DataSource} whose database keeps the keys, where there are several.
 *
 * <pre>{@code
 * @Bean
 * @ApiKeysDataSource
 * DataSource keysPool() {
 *     return new HikariDataSource(keysConfig);
 * }
 * }</pre>
 *
 * @since 0.1
 */
@Documented
@Qualifier @Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.PARAMETER, ElementType.FIELD})
public @interface ApiKeysDataSource {}
