package dev.apikeys.internal;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;
import static dev.apikeys.verify.model.Schedules.together;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Load, change and put in every order: a read that begins after a write ended never sees the record from before it. The
 * shelf is a plain map; Caffeine is taken to be as atomic.
 */
class StampedCacheModelCheckTest {
    private static final String KEY = "key";
    private static final long MAX_AGE = 5;
    private static final long RELOAD_AGE = 4;
    private static final long ABSENT = 0;

    @Test
    void noReadAfterAWriteSeesTheRecordBefore() {
        hold(() -> readWhileWriting(new Stamped(1)));
    }

    @Test
    void twinThatTakesItsTicketAfterTheLoadIsCaught() {
        refute(() -> readWhileWriting(new TicketAfterLoad(1)), "stale");
    }

    @Test
    void twinThatChecksThenPutsIsCaught() {
        refute(() -> readWhileWriting(new CheckThenPut(1)), "stale");
    }

    private static void readWhileWriting(Row row) {
        together(
                () -> {
                    row.read();
                    row.readFresh();
                },
                () -> {
                    row.write(2);
                    row.readFresh();
                });
        row.readFresh();
    }

    @Test
    void noReadAfterEitherOfTwoWritesSeesTheRecordBefore() {
        hold(() -> readWhileTwoWrite(new Stamped(1)));
    }

    @Test
    void twinThatTakesItsTicketAfterTheLoadIsCaughtWithTwoWriters() {
        refute(() -> readWhileTwoWrite(new TicketAfterLoad(1)), "stale");
    }

    private static void readWhileTwoWrite(Row row) {
        together(row::readFresh, () -> row.write(2), () -> row.write(3));
        row.readFresh();
    }

    @Test
    void noReadAfterAnInsertSeesThatTheKeyIsAbsent() {
        hold(() -> readWhileInserting(new Stamped(ABSENT)));
    }

    @Test
    void twinThatTakesItsTicketAfterTheLoadOfAnAbsenceIsCaught() {
        refute(() -> readWhileInserting(new TicketAfterLoad(ABSENT)), "stale");
    }

    private static void readWhileInserting(Row row) {
        together(
                () -> {
                    row.read();
                    row.readFresh();
                },
                () -> {
                    row.insert(1);
                    row.readFresh();
                });
        row.readFresh();
    }

    @Test
    void oneReloadsBeforeTheTimeIsOverAndAWriteStillEndsAllThatWasLoaded() {
        hold(() -> reloadWhileWriting(new Stamped(1)));
    }

    @Test
    void twinThatTakesItsTicketAfterTheReloadIsCaught() {
        refute(() -> reloadWhileWriting(new TicketAfterLoad(1)), "stale");
    }

    private static void reloadWhileWriting(Row row) {
        row.read();
        row.now.set(RELOAD_AGE);
        together(row::readFresh, row::readFresh, () -> row.write(2));
        row.readFresh();
    }

    @Test
    void whatAnotherNodeWroteIsSeenWithinTheAge() {
        hold(() -> readWhileAnotherNodeWrites(new Stamped(1)));
    }

    @Test
    void twinThatCountsTheAgeFromThePutIsCaught() {
        refute(() -> readWhileAnotherNodeWrites(new AgeFromPut(1)), "stale");
    }

    private static void readWhileAnotherNodeWrites(Row row) {
        together(row::readFresh, () -> row.writeOnAnotherNode(2));
        row.readFresh();
    }

    /** A row behind a cache: what the store holds, and the last version of which the write has ended. */
    private abstract static class Row {
        final AtomicLong now = new AtomicLong();
        final AtomicLong stored;
        final AtomicLong ended;

        Row(long version) {
            stored = new AtomicLong(version);
            ended = new AtomicLong(version);
        }

        abstract long read();

        abstract void changed();

        abstract void born();

        void write(long version) {
            stored.accumulateAndGet(version, Math::max);
            changed();
            ended.accumulateAndGet(version, Math::max);
        }

        void insert(long version) {
            stored.set(version);
            born();
            ended.set(version);
        }

        void writeOnAnotherNode(long version) {
            stored.set(version);
            now.addAndGet(MAX_AGE);
            ended.set(version);
        }

        void readFresh() {
            long least = ended.get();
            long seen = read();
            if (seen < least) {
                throw new AssertionError("stale: saw version " + seen + " after the write of " + least + " had ended");
            }
        }
    }

    /** Uses the cache as the verifier and the gated store do. */
    private static class Stamped extends Row {
        final StampedCache<String, Long> cache =
                new StampedCache<>(new PlainShelf(), Duration.ofNanos(MAX_AGE), now::get);

        Stamped(long version) {
            super(version);
        }

        @Override
        long read() {
            StampedCache.Entry<Long> entry = cache.get(KEY);
            if (entry != null && !cache.shouldReload(entry)) {
                return version(entry.value());
            }
            return loadAndPut();
        }

        long loadAndPut() {
            StampedCache.Ticket ticket = cache.ticket(KEY);
            Long loaded = load();
            cache.put(KEY, loaded, ticket);
            return version(loaded);
        }

        @Nullable Long load() {
            long version = stored.get();
            return version == ABSENT ? null : (Long) version;
        }

        static long version(@Nullable Long loaded) {
            return loaded == null ? ABSENT : loaded;
        }

        @Override
        void changed() {
            cache.changed(KEY);
        }

        @Override
        void born() {
            cache.born(KEY);
        }
    }

    /** Broken: the stamps may have moved while it loaded. */
    private static final class TicketAfterLoad extends Stamped {
        TicketAfterLoad(long version) {
            super(version);
        }

        @Override
        long loadAndPut() {
            Long loaded = load();
            cache.put(KEY, loaded, cache.ticket(KEY));
            return version(loaded);
        }
    }

    /** Broken: a record may be old by the time it is put. */
    private static final class AgeFromPut extends Stamped {
        AgeFromPut(long version) {
            super(version);
        }

        @Override
        long loadAndPut() {
            StampedCache.Ticket before = cache.ticket(KEY);
            Long loaded = load();
            cache.put(KEY, loaded, new StampedCache.Ticket(before.changed(), before.born(), now.get()));
            return version(loaded);
        }
    }

    /** Broken, and what is usual: a load that is late puts back what a write has removed. */
    private static final class CheckThenPut extends Row {
        private final ConcurrentHashMap<String, Long> entries = new ConcurrentHashMap<>();

        CheckThenPut(long version) {
            super(version);
        }

        @Override
        long read() {
            Long cached = entries.get(KEY);
            if (cached != null) {
                return cached;
            }
            long loaded = stored.get();
            entries.put(KEY, loaded);
            return loaded;
        }

        @Override
        void changed() {
            entries.remove(KEY);
        }

        @Override
        void born() {
            entries.remove(KEY);
        }
    }

    private static final class PlainShelf implements StampedCache.Shelf<String, Long> {
        private final ConcurrentHashMap<String, StampedCache.Entry<Long>> entries = new ConcurrentHashMap<>();

        @Override
        public StampedCache.@Nullable Entry<Long> get(String key) {
            return entries.get(key);
        }

        @Override
        public void put(String key, StampedCache.Entry<Long> entry) {
            entries.put(key, entry);
        }

        @Override
        public void remove(String key) {
            entries.remove(key);
        }
    }
}
