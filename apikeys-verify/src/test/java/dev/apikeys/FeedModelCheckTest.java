package dev.apikeys;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.RowReader.StoredKey;
import dev.apikeys.internal.cache.PlainCache;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.verification.Feed;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Poll, load, change and pause in every order: what is read at a moment is no older than the greatest age, whatever the
 * feed does. The change is another node's; time passes with it, so that a reader or a poll that is paused sleeps through it.
 */
class FeedModelCheckTest {
    private static final String ID = "ak_1";
    private static final String LOOKUP = "hash";
    private static final long MAX_AGE = 5;
    private static final long LIFETIME = 1_000;

    @Test
    void nothingIsReadThatIsOlderThanTheGreatestAge() {
        hold(ReadWhileFollowing.class);
    }

    @Test
    void twinThatReadsTheLastPollLastIsCaught() {
        refute(ReadWhileFollowing.ReadingThePollLast.class, "stale");
    }

    @Test
    void twinThatCountsAPollBeforeItsStampsIsCaught() {
        refute(ReadWhileFollowing.CountingFirst.class, "stale");
    }

    @Test
    void twinThatCountsAPollFromItsEndIsCaught() {
        refute(ReadWhileFollowing.CountingFromTheEnd.class, "stale");
    }

    /** A record that is old, and is used since the last poll is recent; a change on another node, and a poll. */
    public static class ReadWhileFollowing {
        final Node node;

        public ReadWhileFollowing() {
            this(new Following());
        }

        ReadWhileFollowing(Node node) {
            this.node = node;
            node.poll();
            node.read();
            node.pass();
            node.poll();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void read() {
            node.read();
            node.read();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void change() {
            node.change();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void poll() {
            node.poll();
        }

        @Validate
        public void readAtTheEnd() {
            node.read();
        }

        public static final class ReadingThePollLast extends ReadWhileFollowing {
            public ReadingThePollLast() {
                super(new ReadsThePollLast());
            }
        }

        public static final class CountingFirst extends ReadWhileFollowing {
            public CountingFirst() {
                super(new CountsFirst());
            }
        }

        public static final class CountingFromTheEnd extends ReadWhileFollowing {
            public CountingFromTheEnd() {
                super(new CountsFromTheEnd());
            }
        }
    }

    @Test
    void aLoadThatAPollOvertakesIsNotKept() {
        hold(LoadWhileFollowing.class);
    }

    @Test
    void twinThatTakesItsStampAfterTheLoadIsCaught() {
        refute(LoadWhileFollowing.StampingLate.class, "stale");
    }

    /** A record that is loaded, a change on another node, and a poll that ends long after. */
    public static class LoadWhileFollowing {
        final Node node;

        public LoadWhileFollowing() {
            this(new Following());
        }

        LoadWhileFollowing(Node node) {
            this.node = node;
            node.poll();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void read() {
            node.read();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void change() {
            node.change();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void poll() {
            node.poll();
        }

        @Validate
        public void readAtTheEnd() {
            node.poll();
            node.read();
        }

        public static final class StampingLate extends LoadWhileFollowing {
            public StampingLate() {
                super(new StampsLate());
            }
        }
    }

    @Test
    void whatAPollMissedThatFailedIsReportedByTheNext() {
        hold(ReadWhileAPollFails.class);
    }

    @Test
    void twinThatMovesItsMarkBeforeTheReportIsCaught() {
        refute(ReadWhileAPollFails.MovingTheMarkFirst.class, "stale");
    }

    @Test
    void twinThatCountsAPollThatFailedIsCaught() {
        refute(ReadWhileAPollFails.CountingFailures.class, "stale");
    }

    /** A poll whose answer is lost, and the next one. */
    public static class ReadWhileAPollFails {
        final Node node;

        public ReadWhileAPollFails() {
            this(new Following());
        }

        ReadWhileAPollFails(Node node) {
            this.node = node;
            node.poll();
            node.read();
            node.source.lost.set(1);
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void read() {
            node.read();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void change() {
            node.change();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void poll() {
            node.poll();
            node.poll();
        }

        @Validate
        public void readAtTheEnd() {
            node.read();
        }

        public static final class MovingTheMarkFirst extends ReadWhileAPollFails {
            public MovingTheMarkFirst() {
                super(new MovesTheMarkFirst());
            }
        }

        public static final class CountingFailures extends ReadWhileAPollFails {
            public CountingFailures() {
                super(new CountsFailures());
            }
        }
    }

    @Test
    void aRecordThatWasFoundByLookupIsEndedByWhatIsReportedOfItsId() {
        hold(ReadByLookupWhileFollowing.class);
    }

    @Test
    void twinThatLooksAtTheStampOfTheLookupIsCaught() {
        refute(ReadByLookupWhileFollowing.StampingTheLookup.class, "stale");
    }

    @Test
    void twinThatTakesTheStampOfTheIdAfterTheLoadIsCaught() {
        refute(ReadByLookupWhileFollowing.StampingTheIdLate.class, "stale");
    }

    /** The same as a load, by a key of which nothing is told. */
    public static class ReadByLookupWhileFollowing extends LoadWhileFollowing {
        public ReadByLookupWhileFollowing() {
            this(new LooksUp());
        }

        ReadByLookupWhileFollowing(Node node) {
            super(node);
        }

        public static final class StampingTheLookup extends ReadByLookupWhileFollowing {
            public StampingTheLookup() {
                super(new StampsTheLookup());
            }
        }

        public static final class StampingTheIdLate extends ReadByLookupWhileFollowing {
            public StampingTheIdLate() {
                super(new StampsTheIdLate());
            }
        }
    }

    /** How far a chain of polls has come. */
    private record Place(long version) implements Changes.Mark {}

    /** A row that others change, and the times from which each version was visible. */
    private static final class Source implements ApiKeyStore {
        final AtomicLong now = new AtomicLong();
        final AtomicReference<KeyRow> row = new AtomicReference<>(row(1));
        final AtomicLong changedAt = new AtomicLong(Long.MAX_VALUE);

        /** So many of the next answers are lost on their way. */
        final AtomicInteger lost = new AtomicInteger();

        private static KeyRow row(long version) {
            return KeyRow.builder(ID, "sha256$$00", "name").version(version).build();
        }

        void change() {
            row.set(row(2));
            changedAt.set(now.get());
            now.addAndGet(MAX_AGE);
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            long version = row.get().version();
            if (lost.getAndDecrement() > 0) {
                throw new StorageException("the answer is lost", null);
            }
            if (!(mark instanceof Place place)) {
                return Changes.all(new Place(version));
            }
            return Changes.of(place.version < version ? Set.of(ID) : Set.of(), new Place(version));
        }

        @Override
        public boolean write(WriteSet rows) {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable KeyRow find(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addUsage(UsageBatch batch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Purge purge(Duration age, long now, int limit, JournalRow journal) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Purge purgeJournal(Duration age, long now, int limit) {
            throw new UnsupportedOperationException();
        }

        void requireFresh(long version, long at) {
            if (version < 2 && at - MAX_AGE >= changedAt.get()) {
                throw new AssertionError("stale: at " + at + " saw what was changed at " + changedAt.get());
            }
        }
    }

    /** A node with one reader and one feed. */
    private abstract static class Node {
        final Source source = new Source();

        /** What the reader's last look at the clock said: no other thread looks at this one. */
        long readAt;

        long clock() {
            readAt = source.now.get();
            return readAt;
        }

        void pass() {
            source.now.addAndGet(MAX_AGE - 1);
        }

        void change() {
            source.change();
        }

        abstract void poll();

        abstract void read();
    }

    /** The cache and the feed of the library. */
    private static class Following extends Node {
        final StampedCache<String, StoredKey> cache =
                PlainCache.of(Duration.ofNanos(MAX_AGE), Duration.ofNanos(LIFETIME), this::clock);
        private final Feed feed = new Feed(
                new GatedKeyStore(source, Gate.direct(source.now::get, null), cache),
                cache,
                new Operations(source.now::get, 0),
                new Admissions(new Patience(source.now::get), "closed"),
                source.now::get,
                Duration.ofNanos(MAX_AGE));

        @Override
        void poll() {
            feed.poll();
        }

        @Override
        void read() {
            StampedCache.Entry<StoredKey> entry = cache.get(key());
            StoredKey known = entry == null ? load() : entry.value();
            source.requireFresh(known.row.version(), readAt);
        }

        String key() {
            return ID;
        }

        StoredKey load() {
            StampedCache.Stamp stamp = cache.stamp(key());
            StoredKey loaded = find();
            cache.put(key(), ID, loaded, stamp);
            return loaded;
        }

        StoredKey find() {
            return new StoredKey(source.row.get(), null, null);
        }
    }

    private static class LooksUp extends Following {
        @Override
        String key() {
            return LOOKUP;
        }
    }

    /** Broken: what others changed is told by id. */
    private static final class StampsTheLookup extends LooksUp {
        @Override
        StoredKey load() {
            StampedCache.Stamp stamp = cache.stamp(LOOKUP);
            StoredKey loaded = find();
            cache.put(LOOKUP, loaded, stamp);
            return loaded;
        }
    }

    /** Broken: the id is known once it is loaded, and by then a poll may have told of it. */
    private static final class StampsTheIdLate extends LooksUp {
        @Override
        StoredKey load() {
            StampedCache.Stamp before = cache.stamp(LOOKUP);
            StoredKey loaded = find();
            StampedCache.Stamp late = cache.stamp(ID);
            cache.put(LOOKUP, ID, loaded, new StampedCache.Stamp(late.changed(), late.born(), before.since()));
            return loaded;
        }
    }

    /** Broken: as above, by id. */
    private static final class StampsLate extends Following {
        @Override
        StoredKey load() {
            StampedCache.Stamp before = cache.stamp(ID);
            StoredKey loaded = find();
            StampedCache.Stamp late = cache.stamp(ID);
            cache.put(ID, loaded, new StampedCache.Stamp(late.changed(), late.born(), before.since()));
            return loaded;
        }
    }

    /** A feed written out again, with a fault each. */
    private abstract static class Twin extends Following {
        Changes.@Nullable Mark mark;

        @Override
        void poll() {
            long since = source.now.get();
            try {
                Changes changes = source.changes(mark);
                count(changes, since);
                mark = changes.next();
            } catch (StorageException e) {
                failed(since);
            }
        }

        void count(Changes changes, long since) {
            if (changes.isAll()) {
                cache.followAll(since);
            } else {
                cache.follow(changes.ids(), since);
            }
        }

        void failed(long since) {}
    }

    private static final class CountsFirst extends Twin {
        @Override
        void count(Changes changes, long since) {
            cache.follow(List.of(), since);
            super.count(changes, since);
        }
    }

    private static final class CountsFromTheEnd extends Twin {
        @Override
        void count(Changes changes, long since) {
            super.count(changes, source.now.get());
        }
    }

    private static final class CountsFailures extends Twin {
        @Override
        void failed(long since) {
            cache.follow(List.of(), since);
        }
    }

    private static final class MovesTheMarkFirst extends Twin {
        @Override
        void failed(long since) {
            mark = new Place(source.row.get().version());
        }
    }

    /** Broken: a cache of one entry that reads the time of the last poll when it has read all else. */
    private static final class ReadsThePollLast extends Node {
        private record Entry(long version, long stamp, long since) {}

        private final AtomicReference<Entry> entry = new AtomicReference<>();
        private final AtomicLong stamp = new AtomicLong();
        private final AtomicLong followed = new AtomicLong(-LIFETIME);
        private long mark = 1;

        @Override
        void poll() {
            long since = source.now.get();
            long version = source.row.get().version();
            if (version > mark) {
                stamp.incrementAndGet();
            }
            followed.set(since);
            mark = version;
        }

        @Override
        void read() {
            Entry known = entry.get();
            if (known != null && known.stamp == stamp.get()) {
                long now = clock();
                if (now - known.since < MAX_AGE || (now - followed.get() < MAX_AGE && now - known.since < LIFETIME)) {
                    source.requireFresh(known.version, now);
                    return;
                }
            }
            long before = stamp.get();
            long since = clock();
            long version = source.row.get().version();
            entry.set(new Entry(version, before, since));
            source.requireFresh(version, since);
        }
    }
}
