package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification.Code;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.UsageBatch;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Four real managers on one store, whose time is moved: their feeds are polled by their own threads, more often than the time
 * moves. Counts what they ask of the store.
 */
final class FourManagers implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(500);

    /** For a poll, on a machine that has other things to do. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong finds = new AtomicLong();
    private final AtomicLong usageRows = new AtomicLong();
    private final List<AtomicLong> polls = new ArrayList<>();
    private final List<ApiKeyManager> managers = new ArrayList<>();
    private final List<CreatedKey> keys = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(3);
    private final Zipf popularity;
    private final Duration maintenanceInterval;
    private int steps;
    private double changesDue;

    FourManagers(FleetSimulation.Setting setting, int count) {
        ApiKeyStore store = new InMemoryApiKeyStore(this::now);
        for (int i = 0; i < 4; i++) {
            AtomicLong polled = new AtomicLong();
            polls.add(polled);
            managers.add(ApiKeys.builder(counting(store, polled))
                    .cacheMaxAge(setting.cacheMaxAge())
                    .cacheLifetime(setting.cacheLifetime())
                    .cacheSize(setting.cacheSize())
                    .followInterval(Duration.ofMillis(1))
                    .clock(this::now)
                    .ticker(nanos::get)
                    .maintainedByHost()
                    .build());
        }
        KeySpec spec = KeySpec.builder("simulated").role("read_only").build();
        for (int made = 0; made < count; made += 1_000) {
            keys.addAll(managers.get(0).createAll(Collections.nCopies(Math.min(1_000, count - made), spec)));
        }
        popularity = new Zipf(count);
        maintenanceInterval = setting.maintenanceInterval();
    }

    private Instant now() {
        return Instant.ofEpochSecond(1_764_115_200).plusNanos(nanos.get());
    }

    private ApiKeyStore counting(ApiKeyStore store, AtomicLong polled) {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "find" -> finds.incrementAndGet();
                        case "addUsage" ->
                            usageRows.addAndGet(
                                    ((UsageBatch) arguments[0]).deltas().size());
                        case "changes" -> polled.incrementAndGet();
                        default -> {}
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Lets time pass, with so many requests a second on each manager, and so many changes by all of them. */
    void run(Duration time, int requests, double changes) {
        double seconds = STEP.toMillis() / 1_000.0;
        for (long done = 0; done < time.toNanos(); done += STEP.toNanos()) {
            nanos.addAndGet(STEP.toNanos());
            letPoll();
            for (ApiKeyManager manager : managers) {
                for (int i = 0; i < requests * seconds; i++) {
                    verify(manager, anyKey());
                }
            }
            for (changesDue += changes * seconds; changesDue >= 1; changesDue--) {
                change(anyKey());
            }
            if (++steps % (maintenanceInterval.toNanos() / STEP.toNanos()) == 0) {
                managers.forEach(ApiKeyManager::maintain);
            }
        }
    }

    private CreatedKey anyKey() {
        return keys.get((int) popularity.draw(random) - 1);
    }

    private static void verify(ApiKeyManager manager, CreatedKey key) {
        Code code = manager.verify(key.secret().reveal()).code();
        if (code != Code.VALID) {
            throw new AssertionError(code);
        }
    }

    /** What is read in order to change is no verification's. */
    private void change(CreatedKey key) {
        long before = finds.get();
        managers.get(random.nextInt(4))
                .update(key.id(), KeyUpdate.builder().name("n" + steps).build());
        finds.set(before);
    }

    /** Each manager has begun a poll after the time was moved, and ended it, once it has begun another one. */
    private void letPoll() {
        List<Long> before = polls.stream().map(AtomicLong::get).toList();
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < polls.size(); i++) {
            while (polls.get(i).get() < before.get(i) + 3) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("No poll within " + PATIENCE);
                }
                LockSupport.parkNanos(100_000);
            }
        }
    }

    /** Begins to count anew. */
    void forget() {
        finds.set(0);
        usageRows.set(0);
    }

    double finds() {
        return finds.get();
    }

    double usageRows() {
        return usageRows.get();
    }

    @Override
    public void close() {
        managers.forEach(ApiKeyManager::close);
    }
}
