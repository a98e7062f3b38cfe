package dev.apikeys.tck;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Faults of stores and clocks while a program runs: they throw anything, before or after the work is done; delay;
 * interrupt; call back into the manager; return null, another row, or a cursor that does not move; and jump. They do
 * not lie: a write reported as not done was not done, and no row is omitted. Thread-safe.
 */
@SuppressWarnings("NullAway") // It returns null where no store may.
final class Chaos {
    private static final int MISCHIEF_IN = 12;
    private static final long LONGEST_PARK = Duration.ofMillis(5).toNanos();

    /** Within and beyond the hour by which the clocks of store and caller may differ. */
    private static final List<Duration> JUMPS = List.of(
            Duration.ZERO,
            Duration.ofMinutes(50),
            Duration.ofMinutes(-50),
            Duration.ofSeconds(1),
            Duration.ofHours(3),
            Duration.ofHours(-3));

    /** Longer than any backoff after a failure in the chaos. */
    private static final Duration AFTERWARDS = Duration.ofHours(1);

    /** The kinds of faults. */
    enum Kind {
        THROWS_BEFORE,
        THROWS_AFTER,
        PARKS,
        INTERRUPTS,
        CALLS_BACK,
        ANSWERS_NONSENSE,
        JUMPS
    }

    /** A call into a store. */
    @FunctionalInterface
    private interface Call<T extends @Nullable Object> {
        T make();
    }

    private final Random random;
    private final AtomicReference<@Nullable ApiKeyManager> manager = new AtomicReference<>();
    private final Set<Thread> inside = ConcurrentHashMap.newKeySet();
    private final Map<Kind, AtomicInteger> counts = new EnumMap<>(Kind.class);
    private volatile boolean over;
    private volatile Duration clockIsOff = Duration.ZERO;
    private volatile long tickerIsOff;

    Chaos(long seed) {
        random = new Random(seed);
        for (Kind kind : Kind.values()) {
            counts.put(kind, new AtomicInteger());
        }
    }

    /** Sets the manager to call back. */
    void callsBack(ApiKeyManager managerOnTheStores) {
        manager.set(managerOnTheStores);
    }

    /** Ends the faults: from now on stores and clock work correctly, and pending retries are due. */
    void end() {
        over = true;
        clockIsOff = Duration.ZERO;
        tickerIsOff = AFTERWARDS.toNanos();
    }

    /** Returns how often each kind has happened. */
    Map<Kind, AtomicInteger> counts() {
        return counts;
    }

    InstantSource clock() {
        return () -> Instant.now().plus(clockIsOff);
    }

    LongSupplier ticker() {
        return () -> System.nanoTime() + tickerIsOff;
    }

    ApiKeyStore over(ApiKeyStore store) {
        return new Keys(store);
    }

    TempKeyStore over(TempKeyStore store) {
        return new TempKeys(store);
    }

    /**
     * Makes a call, possibly with a fault.
     *
     * @param nonsense an answer that no store may give
     */
    private <T extends @Nullable Object> T call(Call<T> call, Supplier<? extends @Nullable T> nonsense) {
        if (over || random.nextInt(MISCHIEF_IN) > 0 || !inside.add(Thread.currentThread())) {
            return call.make();
        }
        try {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            counts.get(kind).incrementAndGet();
            return call(kind, call, nonsense);
        } finally {
            inside.remove(Thread.currentThread());
        }
    }

    private <T extends @Nullable Object> T call(Kind kind, Call<T> call, Supplier<? extends @Nullable T> nonsense) {
        switch (kind) {
            case THROWS_BEFORE -> throw Chaos.<RuntimeException>any(random.nextInt(8), false);
            case THROWS_AFTER -> {
                call.make();
                throw Chaos.<RuntimeException>any(random.nextInt(8), true);
            }
            case PARKS -> LockSupport.parkNanos(random.nextInt((int) LONGEST_PARK));
            case INTERRUPTS -> Thread.currentThread().interrupt();
            case CALLS_BACK -> callBack();
            case ANSWERS_NONSENSE -> {
                call.make();
                return nonsense.get();
            }
            case JUMPS -> {
                clockIsOff = JUMPS.get(random.nextInt(JUMPS.size()));
                tickerIsOff = JUMPS.get(random.nextInt(JUMPS.size())).toNanos();
            }
        }
        return call.make();
    }

    /** Throws any exception, checked or not. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> X any(int number, boolean done) throws X {
        Throwable any = switch (number) {
            case 0, 1 -> new StorageException("chaos", new IOException("chaos"), done, null);
            case 2 -> new IllegalStateException("chaos");
            case 3 -> new IOException("chaos");
            case 4 -> new StackOverflowError("chaos");
            case 5 -> new OutOfMemoryError("chaos");
            case 6 -> new AssertionError("chaos");
            default -> new NoClassDefFoundError("chaos");
        };
        throw (X) any;
    }

    private void callBack() {
        ApiKeyManager called = manager.get();
        if (called == null) {
            return;
        }
        try {
            switch (random.nextInt(4)) {
                case 0 -> called.list(KeyQuery.all().limit(2));
                case 1 -> called.stats();
                case 2 -> called.find(KeyId.random());
                default -> called.maintain();
            }
        } catch (StorageException | IllegalStateException e) {
            // The manager fails too, or is closed.
        }
    }

    /** A key store that remembers rows, to return them when others are requested. */
    private final class Keys implements ApiKeyStore {
        private final ApiKeyStore store;
        private final AtomicReference<@Nullable KeyRow> another = new AtomicReference<>();

        Keys(ApiKeyStore store) {
            this.store = store;
        }

        @Override
        public boolean write(WriteSet rows) {
            return call(() -> store.write(rows), () -> {
                throw new IllegalStateException("chaos");
            });
        }

        @Override
        public @Nullable KeyRow find(String id) {
            KeyRow row = call(() -> store.find(id), () -> other(id));
            if (row != null) {
                another.set(row);
            }
            return row;
        }

        /** Returns another row; never null, which would be a lie. */
        private KeyRow other(String id) {
            KeyRow row = another.get();
            return row == null || row.id().equals(id) ? Samples.key(1).build() : row;
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            return call(() -> store.findByLookup(lookup), () -> other(""));
        }

        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            return call(
                    () -> store.list(filter, order, after, limit, now),
                    () -> after == null || random.nextBoolean() ? null : new Slice(List.of(), after));
        }

        @Override
        public void addUsage(UsageBatch batch) {
            call(
                    () -> {
                        store.addUsage(batch);
                        return true;
                    },
                    () -> true);
        }

        @Override
        public Purge purge(Duration age, long now, int limit, JournalRow journal) {
            return call(() -> store.purge(age, now, limit, journal), () -> null);
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            return call(() -> store.journal(filter, before, limit), () -> reversed(filter));
        }

        private @Nullable List<JournalRow> reversed(JournalRow.Filter filter) {
            List<JournalRow> rows = new ArrayList<>(store.journal(filter, null, 2));
            Collections.reverse(rows);
            return rows.size() < 2 ? null : rows;
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            return call(() -> store.changes(mark), () -> null);
        }

        @Override
        public Purge purgeJournal(Duration age, long now, int limit) {
            return call(() -> store.purgeJournal(age, now, limit), () -> null);
        }
    }

    /** A temp key store. */
    private final class TempKeys implements TempKeyStore {
        private final TempKeyStore store;

        TempKeys(TempKeyStore store) {
            this.store = store;
        }

        @Override
        public Sweep insert(List<TempRow> rows) {
            return call(() -> store.insert(rows), () -> null);
        }

        @Override
        public @Nullable TempRow find(String ticketHash) {
            return call(() -> store.find(ticketHash), () -> Samples.temp(1, 1, 0));
        }

        @Override
        public @Nullable TempRow findByKey(String keyId) {
            return call(() -> store.findByKey(keyId), () -> Samples.temp(1, 1, 0));
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            return call(() -> store.settle(ticketHash, now), () -> {
                throw new IllegalStateException("chaos");
            });
        }

        @Override
        public int discard(String keyId) {
            return call(() -> store.discard(keyId), () -> -1);
        }

        @Override
        public boolean remove(String ticketHash) {
            return call(() -> store.remove(ticketHash), () -> false);
        }

        @Override
        public Sweep purge(Duration age, long now, int limit) {
            return call(() -> store.purge(age, now, limit), () -> null);
        }
    }
}
