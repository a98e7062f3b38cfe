package dev.apikeys.examples;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A store that behaves like one behind a connection pool: while the database is down, a call waits for a connection
 * until the pool's timeout, and then fails. Thread-safe.
 */
final class StoppableStore {
    private final ApiKeyStore store;
    private final Duration poolWaits;
    private final AtomicInteger hanging = new AtomicInteger();
    private volatile CountDownLatch back = new CountDownLatch(0);

    StoppableStore(ApiKeyStore store, Duration poolWaits) {
        this.store = store;
        this.poolWaits = poolWaits;
    }

    ApiKeyStore store() {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    awaitConnection();
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Makes a database call without a manager, as a request does. */
    void askAnything() {
        try {
            awaitConnection();
        } catch (StorageException e) {
            // Answered with 503.
        }
    }

    void stop() {
        back = new CountDownLatch(1);
    }

    void start() {
        back.countDown();
    }

    /** Returns how many calls wait for a connection. */
    int hanging() {
        return hanging.get();
    }

    private void awaitConnection() {
        hanging.incrementAndGet();
        try {
            if (!back.await(poolWaits.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new StorageException("No connection within " + poolWaits, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException("Interrupted while it waited for a connection", e);
        } finally {
            hanging.decrementAndGet();
        }
    }
}
