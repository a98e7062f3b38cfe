package dev.apikeys.internal.cache;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
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
        hold(ReadWhileWriting.class);
    }

    @Test
    void twinThatTakesItsStampAfterTheLoadIsCaught() {
        refute(ReadWhileWriting.StampAfterTheLoad.class, "stale");
    }

    @Test
    void twinThatChecksThenPutsIsCaught() {
        refute(ReadWhileWriting.CheckingThenPutting.class, "stale");
    }

    /** Reads that fill the cache, and a write. */
    public static class ReadWhileWriting {
        private final Row row;

        public ReadWhileWriting() {
            this(new Stamped(1));
        }

        ReadWhileWriting(Row row) {
            this.row = row;
        }

        @Operation(runOnce = true)
        public void read() {
            row.read();
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void write() {
            row.write(2);
            row.readFresh();
        }

        @Validate
        public void readAtTheEnd() {
            row.readFresh();
        }

        public static final class StampAfterTheLoad extends ReadWhileWriting {
            public StampAfterTheLoad() {
                super(new StampAfterLoad(1));
            }
        }

        public static final class CheckingThenPutting extends ReadWhileWriting {
            public CheckingThenPutting() {
                super(new CheckThenPut(1));
            }
        }
    }

    @Test
    void noReadAfterEitherOfTwoWritesSeesTheRecordBefore() {
        hold(ReadWhileTwoWrite.class);
    }

    @Test
    void twinThatTakesItsStampAfterTheLoadIsCaughtWithTwoWriters() {
        refute(ReadWhileTwoWrite.StampAfterTheLoad.class, "stale");
    }

    /** Two writes at once, and a read. */
    public static class ReadWhileTwoWrite {
        private final Row row;

        public ReadWhileTwoWrite() {
            this(new Stamped(1));
        }

        ReadWhileTwoWrite(Row row) {
            this.row = row;
        }

        @Operation(runOnce = true)
        public void read() {
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void write() {
            row.write(2);
        }

        @Operation(runOnce = true)
        public void writeToo() {
            row.write(3);
        }

        @Validate
        public void readAtTheEnd() {
            row.readFresh();
        }

        public static final class StampAfterTheLoad extends ReadWhileTwoWrite {
            public StampAfterTheLoad() {
                super(new StampAfterLoad(1));
            }
        }
    }

    @Test
    void noReadAfterAnInsertSeesThatTheKeyIsAbsent() {
        hold(ReadWhileInserting.class);
    }

    @Test
    void twinThatTakesItsStampAfterTheLoadOfAnAbsenceIsCaught() {
        refute(ReadWhileInserting.StampAfterTheLoad.class, "stale");
    }

    /** Reads that cache an absence, and the insert that ends it. */
    public static class ReadWhileInserting {
        private final Row row;

        public ReadWhileInserting() {
            this(new Stamped(ABSENT));
        }

        ReadWhileInserting(Row row) {
            this.row = row;
        }

        @Operation(runOnce = true)
        public void read() {
            row.read();
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void insert() {
            row.insert(1);
            row.readFresh();
        }

        @Validate
        public void readAtTheEnd() {
            row.readFresh();
        }

        public static final class StampAfterTheLoad extends ReadWhileInserting {
            public StampAfterTheLoad() {
                super(new StampAfterLoad(ABSENT));
            }
        }
    }

    @Test
    void aWriteEndsWhatIsBeingReloaded() {
        hold(ReloadWhileWriting.class);
    }

    @Test
    void twinThatTakesItsStampAfterTheReloadIsCaught() {
        refute(ReloadWhileWriting.StampAfterTheLoad.class, "stale");
    }

    /** An entry so old that one reader loads it anew while others use it, and a write. */
    public static class ReloadWhileWriting {
        private final Row row;

        public ReloadWhileWriting() {
            this(new Stamped(1));
        }

        ReloadWhileWriting(Row row) {
            this.row = row;
            row.read();
            row.now.set(RELOAD_AGE);
        }

        @Operation(runOnce = true)
        public void read() {
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void readToo() {
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void write() {
            row.write(2);
        }

        @Validate
        public void readAtTheEnd() {
            row.readFresh();
        }

        public static final class StampAfterTheLoad extends ReloadWhileWriting {
            public StampAfterTheLoad() {
                super(new StampAfterLoad(1));
            }
        }
    }

    @Test
    void whatAnotherNodeWroteIsSeenWithinTheAge() {
        hold(ReadWhileAnotherNodeWrites.class);
    }

    @Test
    void twinThatCountsTheAgeFromThePutIsCaught() {
        refute(ReadWhileAnotherNodeWrites.AgedFromThePut.class, "stale");
    }

    /** A write that this cache is not told of, and the greatest age afterwards. */
    public static class ReadWhileAnotherNodeWrites {
        private final Row row;

        public ReadWhileAnotherNodeWrites() {
            this(new Stamped(1));
        }

        ReadWhileAnotherNodeWrites(Row row) {
            this.row = row;
        }

        @Operation(runOnce = true)
        public void read() {
            row.readFresh();
        }

        @Operation(runOnce = true)
        public void write() {
            row.writeOnAnotherNode(2);
        }

        @Validate
        public void readAtTheEnd() {
            row.readFresh();
        }

        public static final class AgedFromThePut extends ReadWhileAnotherNodeWrites {
            public AgedFromThePut() {
                super(new AgeFromPut(1));
            }
        }
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
        final StampedCache<String, Long> cache = PlainCache.of(Duration.ofNanos(MAX_AGE), now::get);

        Stamped(long version) {
            super(version);
        }

        @Override
        long read() {
            StampedCache.Entry<Long> entry = cache.get(KEY);
            if (entry != null) {
                return version(entry.value());
            }
            return loadAndPut();
        }

        long loadAndPut() {
            StampedCache.Stamp stamp = cache.stamp(KEY);
            Long loaded = load();
            cache.put(KEY, loaded, stamp);
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
    private static final class StampAfterLoad extends Stamped {
        StampAfterLoad(long version) {
            super(version);
        }

        @Override
        long loadAndPut() {
            Long loaded = load();
            cache.put(KEY, loaded, cache.stamp(KEY));
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
            StampedCache.Stamp before = cache.stamp(KEY);
            Long loaded = load();
            cache.put(KEY, loaded, new StampedCache.Stamp(before.changed(), before.born(), now.get()));
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
}
