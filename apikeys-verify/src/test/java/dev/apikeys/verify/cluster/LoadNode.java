package dev.apikeys.verify.cluster;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.Rotation;
import dev.apikeys.Stats;
import dev.apikeys.Verification.Code;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.spi.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One node of a service, in a JVM of its own: makes keys and verifies them until it is told to end, and writes a line for
 * each call that was acknowledged. Times are of {@link System#nanoTime}, which all JVMs of a machine share on Linux.
 */
final class LoadNode implements AutoCloseable {

    /** Within which time a revocation is seen by all; short, so that the tests are. */
    static final Duration CACHE_MAX_AGE = Duration.ofSeconds(2);

    /** So much longer that what the feed misses is found. */
    private static final Duration CACHE_LIFETIME = Duration.ofMinutes(10);

    private static final int VERIFIERS = 2;
    private static final int CALLERS = 8;
    private static final int AT_ONCE = 5;
    private static final int MOST_KEYS_UNREVOKED = 40;
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

    /** A key that is verified again and again. */
    private static final class Watched {
        final String secret;
        final AtomicLong valid = new AtomicLong();
        final AtomicLong lastValidBegan = new AtomicLong(Long.MIN_VALUE);
        volatile boolean refused;

        Watched(String secret) {
            this.secret = secret;
        }
    }

    /** The calls of one kind. */
    private static final class Calls {
        final AtomicLong acknowledged = new AtomicLong();
        final AtomicLong refused = new AtomicLong();
        final AtomicLong unknown = new AtomicLong();
        final AtomicLong longestNanos = new AtomicLong();
    }

    /** Calls a manager. */
    private interface Call<T> {
        T run();
    }

    private final HikariDataSource pool;
    private final ApiKeyManager keys;
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    private final Map<String, Calls> calls = new ConcurrentHashMap<>();
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger unrevoked = new AtomicInteger();
    private final AtomicLong unavailable = new AtomicLong();
    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    private final List<Thread> loops = new ArrayList<>();
    private volatile boolean resting;
    private volatile boolean ending;
    private final Thread maker = new Thread(() -> loop(() -> !resting, this::make, PACE_NANOS), "make");

    private LoadNode(String url) {
        pool = Pools.open(url);
        keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                .handOff(JdbcTempKeyStore.create(pool))
                .cacheMaxAge(CACHE_MAX_AGE)
                .cacheLifetime(CACHE_LIFETIME)
                .maintenanceInterval(Duration.ofSeconds(1))
                .build();
    }

    /** Takes the URL of the database; commands come one a line, and the end of them ends it. */
    public static void main(String[] arguments) throws IOException {
        try (LoadNode node = new LoadNode(arguments[0]);
                BufferedReader commands =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            node.begin();
            say("READY");
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                if (line.equals("FINISH")) {
                    node.finish();
                    return;
                }
                if (line.equals("REST")) {
                    node.rest();
                } else {
                    node.follow(line.split(" "));
                }
            }
        } finally {
            // Whatever a driver has left running.
            Runtime.getRuntime().exit(0);
        }
    }

    private static void say(String... words) {
        System.out.println(String.join(" ", words));
    }

    private void begin() {
        maker.start();
        for (int i = 0; i < VERIFIERS; i++) {
            AtomicInteger rounds = new AtomicInteger();
            loops.add(new Thread(
                    () -> loop(() -> !ending, () -> verifyAll(rounds.getAndIncrement()), ROUND_NANOS), "verify-" + i));
        }
        loops.forEach(Thread::start);
    }

    private void loop(BooleanSupplier isOn, Runnable body, long pauseNanos) {
        while (isOn.getAsBoolean()) {
            try {
                body.run();
            } catch (StorageException e) {
                // Counted where it was called; the next call is another one.
            } catch (RuntimeException | Error e) {
                say("BROKEN", e.toString().replace('\n', ' '));
                e.printStackTrace();
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    private void follow(String[] command) {
        switch (command[0]) {
            case "WATCH" -> watched.put(command[1], new Watched(command[2]));
            case "REVOKE" -> callers.execute(() -> revoke(command[1]));
            case "CLAIM" -> callers.execute(() -> claim(command[1]));
            case "ROTATE" -> callers.execute(() -> rotate(command[1]));
            default -> throw new IllegalArgumentException(command[0]);
        }
    }

    private <T> T timed(String kind, Call<T> call) {
        Calls counted = calls.computeIfAbsent(kind, none -> new Calls());
        long began = System.nanoTime();
        try {
            T result = call.run();
            counted.acknowledged.incrementAndGet();
            return result;
        } catch (StorageException e) {
            if (e.outcomeUnknown()) {
                counted.unknown.incrementAndGet();
                say("UNKNOWN");
            } else {
                counted.refused.incrementAndGet();
            }
            throw e;
        } finally {
            counted.longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
        }
    }

    private void make() {
        switch (made.getAndIncrement() % 8) {
            case 0 -> {
                CreatedKey key = timed(
                        "create with ticket",
                        () -> keys.create(KeySpec.builder("ticket")
                                .role("read_only")
                                .handOff(Duration.ofHours(1))
                                .build()));
                say(
                        "TICKET",
                        key.id().value(),
                        key.handOff().orElseThrow().ticket().reveal());
            }
            case 1 ->
                say("ROTATABLE", timed("create", () -> keys.create(spec())).id().value());
            case 2, 4, 6 -> {
                if (unrevoked.get() < MOST_KEYS_UNREVOKED) {
                    CreatedKey key = timed("create", () -> keys.create(spec()));
                    unrevoked.incrementAndGet();
                    say("KEY", key.id().value(), key.secret().reveal());
                }
            }
            default -> {
                List<KeySpec> specs =
                        IntStream.range(0, AT_ONCE).mapToObj(i -> spec()).toList();
                say(
                        "MADE",
                        timed("createAll", () -> keys.createAll(specs)).stream()
                                .map(key -> key.id().value())
                                .collect(Collectors.joining(" ")));
            }
        }
    }

    private static KeySpec spec() {
        return KeySpec.builder("load").role("read_only").build();
    }

    /** What was refused is asked about in every tenth round only. */
    private void verifyAll(int round) {
        List<String> ids = new ArrayList<>(watched.keySet());
        Collections.shuffle(ids);
        for (String id : ids) {
            Watched key = watched.get(id);
            if (!ending && (!key.refused || round % 10 == 0)) {
                verify(id, key);
            }
        }
    }

    private Code verify(String id, Watched key) {
        long began = System.nanoTime();
        Code code = timed("verify", () -> keys.verify(key.secret)).code();
        if (code == Code.VALID) {
            key.lastValidBegan.accumulateAndGet(began, Math::max);
            if (key.valid.getAndIncrement() == 0) {
                say("SEEN", id);
            }
        } else if (code == Code.STORE_UNAVAILABLE) {
            unavailable.incrementAndGet();
        } else {
            key.refused = true;
        }
        return code;
    }

    private void revoke(String id) {
        KeyId key = KeyId.of(id);
        again("revoke", () -> keys.revoke(key, "test"));
        long acknowledged = System.nanoTime();
        unrevoked.decrementAndGet();
        say("REVOKED", id, Long.toString(acknowledged));
    }

    /** Repeats a call until its outcome is known; returns whether one of an unknown outcome went before. */
    private boolean again(String kind, Call<?> call) {
        boolean unsure = false;
        while (true) {
            try {
                timed(kind, call);
                return unsure;
            } catch (StorageException e) {
                unsure |= e.outcomeUnknown();
                LockSupport.parkNanos(5 * PACE_NANOS);
            }
        }
    }

    private void claim(String ticket) {
        ClaimResult[] result = new ClaimResult[1];
        boolean unsure = again("claim", () -> result[0] = keys.vault().claim(ticket));
        say("CLAIM", ticket, result[0].getClass().getSimpleName(), unsure ? "UNSURE" : "SURE");
    }

    private void rotate(String id) {
        try {
            CreatedKey key = timed("rotate", () -> keys.rotate(KeyId.of(id), Rotation.immediate()));
            say("ROTATED", id, key.id().value());
        } catch (ConflictException e) {
            say("CONFLICT", id, e.reason().name());
        } catch (StorageException e) {
            say("FAILED", id, e.outcomeUnknown() ? "UNSURE" : "SURE");
        }
    }

    /** Makes no more keys, and says so after the last of them. */
    private void rest() {
        resting = true;
        try {
            maker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        say("RESTS");
    }

    /** Ends the load and says what was counted. */
    private void finish() {
        ending = true;
        try {
            for (Thread loop : loops) {
                loop.join();
            }
            callers.shutdown();
            if (!callers.awaitTermination(1, TimeUnit.MINUTES)) {
                say("BROKEN", "calls do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watched.forEach((id, key) -> say("CODE", id, verify(id, key).name()));
        keys.close();
        Stats stats = keys.stats();
        say("VERIFIED", Long.toString(stats.cacheHits()), Long.toString(stats.cacheMisses()), unavailable.toString());
        watched.forEach(
                (id, key) -> say("COUNT", id, Long.toString(key.valid.get()), Long.toString(key.lastValidBegan.get())));
        calls.forEach((kind, counted) -> say(
                "CALLS",
                kind.replace(' ', '_'),
                counted.acknowledged.toString(),
                counted.refused.toString(),
                counted.unknown.toString(),
                Long.toString(TimeUnit.NANOSECONDS.toMillis(counted.longestNanos.get()))));
        say("END");
    }

    @Override
    public void close() {
        resting = true;
        ending = true;
        pool.close();
    }
}
