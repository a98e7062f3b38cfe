package dev.apikeys;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.RowReader.StoredKey;
import dev.apikeys.internal.cache.PlainCache;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.verification.KeyLoader;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Rotation and purge against verification, from the parts that decide: the gated store, which moves the stamps, the cache
 * and the memory store. Hashing, formats and JSON are left out; they hold no state.
 */
@Tag("ci")
class RotationModelCheckTest {
    private static final String OLD = "ak_old";
    private static final String NEW = "ak_successor";
    private static final String OTHER = "ak_other_successor";
    private static final long NOW = 1_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final Duration AGE = Duration.ofMillis(NOW - 5);
    private static final JournalRow PURGED =
            JournalRow.builder("0", "PURGED", "system").build();

    @Test
    void afterARotationTheOldKeyIsRefusedAndTheNewOneFound() {
        hold(VerifyWhileRotating.class);
    }

    @Test
    void twinThatMovesTheStampsBeforeTheWriteIsCaught() {
        refute(VerifyWhileRotating.MovingStampsFirst.class, "the rotation was not seen");
    }

    @Test
    void twinThatChecksThenPutsIsCaught() {
        refute(VerifyWhileRotating.CheckingThenPutting.class, "the rotation was not seen");
    }

    @Test
    void twinThatEndsTheOldKeyBeforeTheNewOneIsThereIsCaught() {
        refute(VerifyWhileRotating.EndingTheOldOneFirst.class, "neither key was good");
    }

    @Test
    void twinThatWritesTheNewKeyBeforeTheOldOneEndsIsCaught() {
        refute(VerifyWhileRotating.WritingTheNewOneFirst.class, "the new key was there before the old one ended");
    }

    /** A rotation without grace, and verifications of both keys. */
    public static class VerifyWhileRotating {
        private final Keys keys;
        private final AtomicBoolean rotated = new AtomicBoolean();

        public VerifyWhileRotating() {
            this(new Keys());
        }

        VerifyWhileRotating(Keys keys) {
            this.keys = keys;
            keys.store.write(inserting(row(OLD, null, null, 1)));
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void rotate() {
            keys.rotate(NEW);
            rotated.set(true);
            verifyBoth();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void verifyBoth() {
            boolean over = rotated.get();
            KeyRow old = keys.verify(OLD);
            if (over && isGood(old)) {
                throw new AssertionError("the rotation was not seen: the old key was good");
            }
            if (!isGood(old) && !isGood(keys.store.find(NEW))) {
                throw new AssertionError("neither key was good");
            }
            if (keys.verify(NEW) == null && over) {
                throw new AssertionError("the rotation was not seen: the new key was unknown");
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void verifyTheNewOne() {
            if (isGood(keys.verify(NEW)) && isGood(keys.store.find(OLD))) {
                throw new AssertionError("the new key was there before the old one ended");
            }
        }

        @Validate
        public void bothAreSeenAsTheyAre() {
            verifyBoth();
        }

        public static final class MovingStampsFirst extends VerifyWhileRotating {
            public MovingStampsFirst() {
                super(new MovesStampsFirst());
            }
        }

        public static final class CheckingThenPutting extends VerifyWhileRotating {
            public CheckingThenPutting() {
                super(new ChecksThenPuts());
            }
        }

        public static final class EndingTheOldOneFirst extends VerifyWhileRotating {
            public EndingTheOldOneFirst() {
                super(new EndsTheOldOneFirst());
            }
        }

        public static final class WritingTheNewOneFirst extends VerifyWhileRotating {
            public WritingTheNewOneFirst() {
                super(new WritesTheNewOneFirst());
            }
        }
    }

    @Test
    void aKeyIsUnknownOnceEitherDeleteReturnedEvenIfItFoundNoRow() {
        hold(VerifyWhileDeletingTwice.class);
    }

    @Test
    void twinThatFindsNothingLeftAndLeavesItAtThatIsCaught() {
        refute(VerifyWhileDeletingTwice.LeavingItAtThat.class, "good after a delete was answered");
    }

    /** Two deletes of one key, which was verified before. */
    public static class VerifyWhileDeletingTwice {
        private final Keys keys;
        private final AtomicBoolean deleted = new AtomicBoolean();

        public VerifyWhileDeletingTwice() {
            this(new Keys());
        }

        VerifyWhileDeletingTwice(Keys keys) {
            this.keys = keys;
            keys.store.write(inserting(row(OLD, null, null, 1)));
            keys.verify(OLD);
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void delete() {
            keys.delete();
            deleted.set(true);
            verify();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void deleteToo() {
            delete();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void verify() {
            boolean over = deleted.get();
            if (keys.verify(OLD) != null && over) {
                throw new AssertionError("good after a delete was answered");
            }
        }

        public static final class LeavingItAtThat extends VerifyWhileDeletingTwice {
            public LeavingItAtThat() {
                super(new LeavesItAtThat());
            }
        }
    }

    @Test
    void ofTwoRotationsOneWins() {
        hold(RotateTwice.class);
    }

    @Test
    void twinThatRotatesByIdIsCaught() {
        refute(RotateTwice.RotatingById.class, "rotated 2 times");
    }

    /** Two rotations of one key. */
    public static class RotateTwice {
        private final Keys keys;
        private final AtomicInteger rotated = new AtomicInteger();

        public RotateTwice() {
            this(new Keys());
        }

        RotateTwice(Keys keys) {
            this.keys = keys;
            keys.store.write(inserting(row(OLD, null, null, 1)));
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void rotate() {
            rotateTo(NEW);
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void rotateToo() {
            rotateTo(OTHER);
        }

        private void rotateTo(String successor) {
            if (keys.rotate(successor)) {
                rotated.incrementAndGet();
            }
        }

        @Validate
        public void oneSuccessorIsThere() {
            boolean both = keys.store.find(NEW) != null && keys.store.find(OTHER) != null;
            if (rotated.get() != 1 || both) {
                throw new AssertionError("rotated " + rotated + " times" + (both ? ", to two successors" : ""));
            }
            KeyRow old = keys.verify(OLD);
            if (old == null || old.rotatedTo() == null || keys.verify(old.rotatedTo()) == null) {
                throw new AssertionError("the old key does not lead to its successor: " + old);
            }
        }

        public static final class RotatingById extends RotateTwice {
            public RotatingById() {
                super(new RotatesById());
            }
        }
    }

    @Test
    void aPurgedKeyIsUnknownUntilItIsCreatedAnew() {
        hold(VerifyWhilePurgingAndCreating.class);
    }

    @Test
    void twinThatPurgesPastTheCacheIsCaught() {
        refute(VerifyWhilePurgingAndCreating.PurgingPastTheCache.class, "seen after the purge");
    }

    /** A purge of a key that has ended, a create under the same id, and a verification. */
    public static class VerifyWhilePurgingAndCreating {
        private static final String FIRST = "first";

        private final Keys keys;
        private final AtomicBoolean purged = new AtomicBoolean();
        private final AtomicBoolean created = new AtomicBoolean();

        public VerifyWhilePurgingAndCreating() {
            this(new Keys());
        }

        VerifyWhilePurgingAndCreating(Keys keys) {
            this.keys = keys;
            keys.store.write(inserting(ended(FIRST)));
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void purge() {
            if (keys.purge() != 1) {
                throw new AssertionError("what had ended was not purged, or what is new was");
            }
            purged.set(true);
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void create() {
            boolean gone = purged.get();
            try {
                keys.write(inserting(anew()));
                created.set(true);
            } catch (KeyExistsException notPurgedYet) {
                if (gone) {
                    throw new AssertionError("refused after the purge", notPurgedYet);
                }
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void verify() {
            boolean gone = purged.get();
            boolean there = created.get();
            KeyRow row = keys.verify(OLD);
            if (gone && row != null && row.name().equals(FIRST)) {
                throw new AssertionError("seen after the purge");
            }
            if (gone && there && row == null) {
                throw new AssertionError("unknown after the create");
            }
        }

        @Validate
        public void isSeenAsItIs() {
            verify();
            if (created.get() != (keys.verify(OLD) != null)) {
                throw new AssertionError("purged what must stay");
            }
        }

        public static final class PurgingPastTheCache extends VerifyWhilePurgingAndCreating {
            public PurgingPastTheCache() {
                super(new PurgesPastTheCache());
            }
        }
    }

    private static KeyRow ended(String name) {
        return row(OLD, 1L, null, 1).toBuilder().name(name).build();
    }

    private static KeyRow anew() {
        return row(OLD, null, null, 1).toBuilder().hash("sha256$$01").build();
    }

    private static boolean isGood(@Nullable KeyRow row) {
        return row != null && row.revokedAt() == null;
    }

    private static KeyRow row(String id, @Nullable Long revokedAt, @Nullable String rotatedTo, long version) {
        return KeyRow.builder(id, "sha256$$00", "name")
                .revokedAt(revokedAt)
                .rotatedTo(rotatedTo)
                .version(version)
                .build();
    }

    private static WriteSet inserting(KeyRow row) {
        return WriteSet.builder().insert(row).build();
    }

    /** The way from the verifier, the issuer and maintenance to the store and back. */
    private static class Keys {
        final ApiKeyStore store = new InMemoryApiKeyStore(() -> Instant.ofEpochMilli(NOW));
        final StampedCache<String, StoredKey> cache = PlainCache.of(Duration.ofSeconds(5), () -> 0);
        final Operation operation = new Operation("test", null, null, 0, 0);
        final GatedKeyStore gated = new GatedKeyStore(store, Gate.direct(() -> 0, null), cache);
        final KeyLoader<StoredKey> loader =
                new KeyLoader<>(cache, gated, row -> new StoredKey(row, null, null), () -> 0, TIMEOUT, Duration.ZERO);

        boolean rotate(String successor) {
            KeyRow old = gated.find(operation, OLD);
            if (old == null || old.rotatedTo() != null) {
                return false;
            }
            return write(rotating(old, successor));
        }

        static WriteSet rotating(KeyRow old, String successor) {
            return WriteSet.builder()
                    .replace(ended(old, successor))
                    .insert(row(successor, null, null, 1))
                    .build();
        }

        static WriteSet.Replace ended(KeyRow old, String successor) {
            return new WriteSet.Replace(row(OLD, 0L, successor, old.version() + 1), old.hash(), null);
        }

        boolean write(WriteSet rows) {
            return gated.write(operation, rows);
        }

        int purge() {
            return gated.purge(operation, AGE, NOW, 10, PURGED).removed();
        }

        boolean delete() {
            KeyRow row = gated.findToChange(operation, OLD);
            return row != null && gated.write(operation, deleting(row));
        }

        static WriteSet deleting(KeyRow row) {
            return WriteSet.builder()
                    .delete(new WriteSet.Delete(row.id(), row.hash(), row.version()))
                    .build();
        }

        /**
         * The operation has no time left, so that nobody waits for the load of another thread, which no schedule would end.
         * Such a caller is told that the store is unavailable; what is stored stands in for the answer.
         */
        @Nullable KeyRow verify(String id) {
            try {
                StampedCache.Entry<StoredKey> known = loader.known(id);
                StoredKey key = known == null ? loader.loadById(operation, id) : known.value();
                return key == null ? null : key.row;
            } catch (StorageException anotherLoads) {
                return store.find(id);
            }
        }
    }

    private static List<String> idsOf(WriteSet rows) {
        List<String> ids = new ArrayList<>();
        rows.split((inserts, replaces, deletes, journal) -> {
            inserts.forEach(row -> ids.add(row.id()));
            replaces.forEach(replace -> ids.add(replace.row().id()));
            deletes.forEach(delete -> ids.add(delete.id()));
            return ids;
        });
        return ids;
    }

    private static WriteSet insertsOf(WriteSet rows) {
        WriteSet.Builder part = WriteSet.builder();
        rows.split((inserts, replaces, deletes, journal) -> {
            inserts.forEach(part::insert);
            return part;
        });
        return part.build();
    }

    private static WriteSet replacesOf(WriteSet rows) {
        WriteSet.Builder part = WriteSet.builder();
        rows.split((inserts, replaces, deletes, journal) -> {
            replaces.forEach(part::replace);
            return part;
        });
        return part.build();
    }

    /** Broken: what is loaded between the stamps and the write stays good. */
    private static final class MovesStampsFirst extends Keys {
        @Override
        boolean write(WriteSet rows) {
            idsOf(rows).forEach(cache::changed);
            return store.write(rows);
        }
    }

    /** Broken, and what is usual: a load that is late puts back what the rotation has removed. */
    private static final class ChecksThenPuts extends Keys {
        private final ConcurrentHashMap<String, KeyRow> cached = new ConcurrentHashMap<>();

        @Override
        boolean write(WriteSet rows) {
            boolean written = store.write(rows);
            idsOf(rows).forEach(cached::remove);
            return written;
        }

        @Override
        @Nullable KeyRow verify(String id) {
            KeyRow known = cached.get(id);
            if (known != null) {
                return known;
            }
            KeyRow row = store.find(id);
            if (row != null) {
                cached.put(id, row);
            }
            return row;
        }
    }

    /** Broken: two writes, and between them no key is good. */
    private static final class EndsTheOldOneFirst extends Keys {
        @Override
        boolean write(WriteSet rows) {
            return super.write(replacesOf(rows)) && super.write(insertsOf(rows));
        }
    }

    /** Broken: two writes, and between them both keys are good. */
    private static final class WritesTheNewOneFirst extends Keys {
        @Override
        boolean write(WriteSet rows) {
            return super.write(insertsOf(rows)) && super.write(replacesOf(rows));
        }
    }

    /** Broken: ends the old key in whatever state it is by then. */
    private static final class RotatesById extends Keys {
        @Override
        boolean rotate(String successor) {
            KeyRow old = gated.find(operation, OLD);
            if (old == null || old.rotatedTo() != null) {
                return false;
            }
            return write(rotating(store.find(OLD), successor));
        }
    }

    /** Broken: a delete by another caller, which has not returned yet, is taken for one that everybody knows of. */
    private static final class LeavesItAtThat extends Keys {
        @Override
        boolean delete() {
            KeyRow row = gated.find(operation, OLD);
            return row != null && gated.write(operation, deleting(row));
        }
    }

    /** Broken: what was purged stays known. */
    private static final class PurgesPastTheCache extends Keys {
        @Override
        int purge() {
            return store.purge(AGE, NOW, 10, PURGED).removed();
        }
    }
}
