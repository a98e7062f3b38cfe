package dev.apikeys.servlet;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.Claims;
import dev.apikeys.http.FailureLimit;
import dev.apikeys.http.KeyAdministrators;
import dev.apikeys.http.Request;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * What is served in each container: a service behind a guard at {@code /files}, whose answers tell the path that it serves
 * and the key that came, the admin API, and a page for claims of its own.
 */
final class Site implements AutoCloseable {
    static final String ADMIN = "/api/v1/web/admin";

    /** The service, which knows no container. */
    @FunctionalInterface
    interface Service {
        String answer(String path, Optional<ApiKey> key) throws IOException;
    }

    final ApiKeyManager keys;
    final ApiKeyGuard guard;
    final Admin admin;
    final Claims claims;
    final Service service;

    Site() {
        this(new InMemoryApiKeyStore(), new InMemoryTempKeyStore());
    }

    Site(ApiKeyStore store, TempKeyStore tempKeys) {
        this(store, tempKeys, Site::hello);
    }

    Site(ApiKeyStore store, TempKeyStore tempKeys, Service service) {
        this(store, tempKeys, service, administrators -> administrators);
    }

    /** Changes who is an administrator. */
    @FunctionalInterface
    interface Change {
        KeyAdministrators of(KeyAdministrators administrators);
    }

    Site(ApiKeyStore store, TempKeyStore tempKeys, Service service, Change change) {
        keys = ApiKeys.builder(store)
                .handOff(tempKeys)
                .operationTimeout(Duration.ofSeconds(2))
                .build();
        FailureLimit limit = FailureLimit.of(100, Request::remoteAddress);
        guard = ApiKeyGuard.builder(keys)
                .route("GET", "/files/admin/**", Access.permission("admin"))
                .route("GET", "/files/**", Access.permission("read"))
                .route("POST", "/files/**", Access.permission("upload"))
                .acceptApiKeyHeader()
                .failureLimit(limit)
                .build();
        admin = Admin.builder(keys)
                .administrators(change.of(Administrators.byApiKey(keys)))
                .failureLimit(limit)
                .build();
        claims = Claims.at("/claim", keys, limit);
        this.service = service;
    }

    static String hello(String path, Optional<ApiKey> key) {
        return path + " " + key.map(ApiKey::name).orElse("nobody");
    }

    CreatedKey create(String role) {
        return keys.create(KeySpec.builder(role + " key").role(role).build());
    }

    String secret(String role) {
        return create(role).secret().reveal();
    }

    @Override
    public void close() {
        keys.close();
    }
}
