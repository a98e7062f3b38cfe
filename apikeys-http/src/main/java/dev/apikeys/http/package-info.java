/**
 * API keys over HTTP, for any server: {@link dev.apikeys.http.ApiKeyGuard} protects a service,
 * {@link dev.apikeys.http.Claims} hands secrets over, {@link dev.apikeys.http.Admin} is the admin API and its page. A server
 * takes part through {@link dev.apikeys.http.Request}, {@link dev.apikeys.http.Response} and
 * {@link dev.apikeys.http.Handler}; the adapter for the server of the JDK is in {@code dev.apikeys.http.jdk}.
 *
 * <p>Everything here is thread-safe unless it says otherwise. Each refusal is a JSON object with a code and a request id; no
 * answer holds a stack, a class name, SQL or the text of a driver.
 */
@NullMarked
package dev.apikeys.http;

import org.jspecify.annotations.NullMarked;
