package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** A manager in memory whose clock is moved by hand, and whose stores fail while they are said to be down. */
final class Keys implements AutoCloseable {
    static final String BASE = "/api/v1/web/admin";

    final AtomicLong nanos = new AtomicLong();
    final ApiKeyStore store = new InMemoryApiKeyStore();
    final ApiKeyManager manager;
    volatile Instant now = Instant.parse("2026-11-23T12:00:00Z");
    volatile StorageException failure;
    volatile long calls;

    /** The names of all calls of the stores. */
    final List<String> called = new CopyOnWriteArrayList<>();

    /** The name of a call that fails, while the others go on. */
    volatile String failing;

    /** Thrown once, after the next write, which was made. */
    volatile StorageException afterWrite;

    /** Runs once, after the next read of a key. */
    volatile Runnable afterFind;

    Keys() {
        this((granted, resource, action) -> granted.contains("admin") || action.equals("GET"));
    }

    Keys(Authorizer authorizer) {
        manager = ApiKeys.builder(breakable(ApiKeyStore.class, store))
                .handOff(breakable(TempKeyStore.class, new InMemoryTempKeyStore()))
                .authorizer(authorizer)
                .clock(() -> now)
                .ticker(nanos::get)
                .cacheLifetime(Duration.ofSeconds(5)) // no feed: its thread would call the store at times of its own
                .maintainedByHost()
                .build();
    }

    void pass(Duration time) {
        now = now.plus(time);
        nanos.addAndGet(time.toNanos());
    }

    CreatedKey create(String role) {
        return manager.create(KeySpec.builder(role + " key").role(role).build());
    }

    String secret(String role) {
        return create(role).secret().reveal();
    }

    /** Makes a key one that cannot be used, whatever its secret. */
    void damage(CreatedKey key) {
        damage(key, row -> row.attributes("{\"must\":{\"unknown\":1}}"));
    }

    void damage(CreatedKey key, UnaryOperator<KeyRow.Builder> change) {
        KeyRow row = store.find(key.id().value());
        KeyRow damaged = change.apply(row.toBuilder()).version(2).build();
        store.write(WriteSet.builder()
                .replace(new WriteSet.Replace(damaged, row.hash(), null))
                .build());
    }

    FailureLimit limit(int perMinute) {
        return new FailureLimit(perMinute, Duration.ofMinutes(1), Request::remoteAddress, nanos::get);
    }

    Admin.Builder admin() {
        return adminBy(Administrators.byApiKey(manager));
    }

    Admin.Builder adminBy(Administrators administrators) {
        return adminBy(administrators, 100);
    }

    /** One that lets so many attempts of an address fail in a minute. */
    Admin.Builder adminBy(Administrators administrators, int failures) {
        return Admin.builder(manager)
                .administrators(administrators)
                .failureLimit(limit(failures))
                .clock(() -> now);
    }

    static Response answer(Handler handler, Request request) {
        try {
            return handler.handle(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Object> body(Response response) {
        return Json.read(response.body().getBytes(StandardCharsets.UTF_8));
    }

    /** What is at a path of names and indexes, such as {@code data.api_keys.0.id}. */
    static Object at(Response response, String path) {
        Object value = body(response);
        for (String name : path.split("\\.")) {
            value = value instanceof List<?> list ? list.get(Integer.parseInt(name)) : ((Map<?, ?>) value).get(name);
        }
        return value;
    }

    static void assertRefused(Response response, int status, String code) {
        assertThat(response.status() + " " + at(response, "error.code")).isEqualTo(status + " " + code);
        assertThat(body(response).get("success")).isEqualTo(false);
        assertThat((String) at(response, "error.requestId")).hasSize(36);
        assertThat((String) body(response).get("message")).isNotBlank();
        assertThat(response.headers().get("Cache-Control")).containsExactly("no-store");
        assertThat(response.body()).doesNotContain("Exception", "dev.apikeys", "java.", "SELECT");
    }

    private <T> T breakable(Class<T> type, T store) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    calls++;
                    called.add(method.getName());
                    if (failure != null) {
                        throw failure;
                    }
                    if (method.getName().equals(failing)) {
                        throw new StorageException("down", null);
                    }
                    try {
                        Object answer = method.invoke(store, arguments);
                        Runnable meanwhile = afterFind;
                        if (meanwhile != null && method.getName().equals("find")) {
                            afterFind = null;
                            meanwhile.run();
                        }
                        StorageException lost = afterWrite;
                        if (lost != null && method.getName().equals("write")) {
                            afterWrite = null;
                            throw lost;
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Override
    public void close() {
        manager.close();
    }
}
