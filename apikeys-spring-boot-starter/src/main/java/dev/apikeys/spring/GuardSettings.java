package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.FailureLimit;

/** Puts properties onto a guard's builder, and says which one was refused. */
final class GuardSettings {

    private GuardSettings() {}

    /** Returns a builder without a rule. */
    static ApiKeyGuard.Builder guard(ApiKeyManager keys, FailureLimit failures, ApiKeysProperties.Web web) {
        ApiKeyGuard.Builder builder = ApiKeyGuard.builder(keys).failureLimit(failures);
        try {
            builder.realm(web.realm());
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    "apikeys.web.realm is refused: " + e.getMessage() + ".",
                    "Write a name such as api, of the characters that are allowed.",
                    e);
        }
        return web.header() ? builder.acceptApiKeyHeader() : builder;
    }
}
