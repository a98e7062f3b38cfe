/**
 * The adapter for jakarta.servlet 6.0 and later: {@link dev.apikeys.servlet.ApiKeyFilter} before a service,
 * {@link dev.apikeys.servlet.AdminServlet} and {@link dev.apikeys.servlet.ClaimsServlet}. Types are thread-safe unless
 * documented otherwise. Guide: {@code docs/http.md}.
 */
@NullMarked
package dev.apikeys.servlet;

import org.jspecify.annotations.NullMarked;
