/**
 * API keys over HTTP, on any server: {@link dev.apikeys.http.ApiKeyGuard} protects a service,
 * {@link dev.apikeys.http.Claims} hands secrets over, {@link dev.apikeys.http.Admin} is the admin API with its page. An
 * adapter of a server uses {@link dev.apikeys.http.Request}, {@link dev.apikeys.http.Response} and
 * {@link dev.apikeys.http.Handler}; that for the JDK's server is in {@code dev.apikeys.http.jdk}. Guides:
 * {@code docs/http.md}, {@code docs/admin.md}.
 *
 * <p>Types are thread-safe unless documented otherwise. Each refusal is a JSON object with a code and a request id; no
 * answer holds a stack, a class name, SQL or the text of a driver.
 */
@NullMarked
package dev.apikeys.http;

import org.jspecify.annotations.NullMarked;
