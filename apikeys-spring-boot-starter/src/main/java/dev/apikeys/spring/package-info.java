/**
 * API keys in a Spring Boot service. Properties configure it; the types of this package are for configuration in code.
 * Types are thread-safe unless documented otherwise. Guide: {@code docs/spring.md}.
 */
@NullMarked
package dev.apikeys.spring;

import org.jspecify.annotations.NullMarked;
