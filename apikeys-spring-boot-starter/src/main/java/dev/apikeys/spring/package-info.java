/**
 * API keys in a Spring Boot service. What is configured by properties needs no type of this package; it has those for what is
 * said in code. Types are thread-safe unless they say otherwise.
 */
@NullMarked
package dev.apikeys.spring;

import org.jspecify.annotations.NullMarked;
