package dev.apikeys;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.internal.cache.PlainShelf;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyRow;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Rotation and purge against verification, from the parts that decide: the gated store, which moves the stamps, the cache
 * and the memory store. Hashing, formats and JSON are left out; they hold no state.
 */
class RotationModelCheckTest {
    private static final String OLD = "ak_old";
    private static final String NEW = "ak_successor";
    private static final String OTHER = "ak_other_successor";

    @Test
    void afterARotationTheOldKeyIsRefusedAndTheNewOneFound() {
        hold(VerifyWhileRotating.class);
    }

    @Test
    void twinThatMovesTheStampsBeforeTheWriteIsCaught() {
        refute(VerifyWhileRotating.MovingStampsFirst.class, "the old key was good after the rotation");
    }

    @Test
    void twinThatChecksThenPutsIsCaught() {
        refute(VerifyWhileRotating.CheckingThenPutting.class, "the old key was good after the rotation");
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
            keys.store.write(List.of(new Change.Insert(row(OLD, null, null, 1))));
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
                throw new AssertionError("the old key was good after the rotation");
            }
            if (!isGood(old) && !isGood(keys.store.find(NEW))) {
                throw new AssertionError("neither key was good");
            }
            if (keys.verify(NEW) == null && over) {
                throw new AssertionError("the new key was unknown after the rotation");
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
    void aKeyIsUnknownOnceItsDeleteWasAnsweredAlsoToWhoeverFoundNothingLeft() {
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
            keys.store.write(List.of(new Change.Insert(row(OLD, null, null, 1))));
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
            keys.store.write(List.of(new Change.Insert(row(OLD, null, null, 1))));
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
        private static final long FIRST = 1;
        private static final long SECOND = 2;

        private final Keys keys;
        private final AtomicBoolean purged = new AtomicBoolean();
        private final AtomicBoolean created = new AtomicBoolean();

        public VerifyWhilePurgingAndCreating() {
            this(new Keys());
        }

        VerifyWhilePurgingAndCreating(Keys keys) {
            this.keys = keys;
            keys.store.write(List.of(new Change.Insert(row(OLD, 1L, null, FIRST))));
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
            try {
                keys.write(List.of(new Change.Insert(row(OLD, null, null, SECOND))));
                created.set(true);
            } catch (DuplicateKeyException notPurgedYet) {
                if (purged.get()) {
                    throw new AssertionError("refused after the purge", notPurgedYet);
                }
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void verify() {
            boolean gone = purged.get();
            boolean there = created.get();
            KeyRow row = keys.verify(OLD);
            if (gone && row != null && row.version() == FIRST) {
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

    private static boolean isGood(@Nullable KeyRow row) {
        return row != null && row.revokedAt() == null;
    }

    private static KeyRow row(String id, @Nullable Long revokedAt, @Nullable String rotatedTo, long version) {
        return new KeyRow(
                id,
                null,
                "sha256$$00",
                "name",
                null,
                null,
                null,
                null,
                null,
                0,
                0,
                null,
                null,
                revokedAt,
                null,
                null,
                null,
                rotatedTo,
                0,
                version);
    }

    /** The way from the verifier, the issuer and maintenance to the store and back. */
    private static class Keys {
        final ApiKeyStore store = new InMemoryApiKeyStore();
        final StampedCache<String, StoredKey> cache = PlainShelf.cache(Duration.ofSeconds(5), () -> 0);
        final Operation operation = new Operation("test", null, false, 0);
        final GatedKeyStore gated = new GatedKeyStore(store, Gate.direct(() -> 0), cache);
        final KeyLoader loader = new KeyLoader(cache, gated, row -> new StoredKey(row, null, null));

        boolean rotate(String successor) {
            KeyRow old = gated.find(operation, OLD);
            if (old == null || old.rotatedTo() != null) {
                return false;
            }
            return write(List.of(ended(old, successor), new Change.Insert(row(successor, null, null, 1))));
        }

        static Change ended(KeyRow old, String successor) {
            return new Change.Replace(row(OLD, 0L, successor, old.version() + 1));
        }

        boolean write(List<Change> changes) {
            return gated.write(operation, changes);
        }

        int purge() {
            return gated.purge(operation, 5, 10).size();
        }

        boolean delete() {
            KeyRow row = gated.findToChange(operation, OLD);
            return row != null && gated.delete(operation, row);
        }

        @Nullable KeyRow verify(String id) {
            StoredKey known = loader.byId(operation, id);
            return known == null ? null : known.row;
        }
    }

    /** Broken: what is loaded between the stamps and the write stays good. */
    private static final class MovesStampsFirst extends Keys {
        @Override
        boolean write(List<Change> changes) {
            for (Change change : changes) {
                cache.changed(change.row().id());
            }
            return store.write(changes);
        }
    }

    /** Broken, and what is usual: a load that is late puts back what the rotation has removed. */
    private static final class ChecksThenPuts extends Keys {
        private final ConcurrentHashMap<String, KeyRow> cached = new ConcurrentHashMap<>();

        @Override
        boolean write(List<Change> changes) {
            boolean written = store.write(changes);
            for (Change change : changes) {
                cached.remove(change.row().id());
            }
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
        boolean write(List<Change> changes) {
            return super.write(changes.subList(0, 1)) && super.write(changes.subList(1, 2));
        }
    }

    /** Broken: two writes, and between them both keys are good. */
    private static final class WritesTheNewOneFirst extends Keys {
        @Override
        boolean write(List<Change> changes) {
            return super.write(changes.subList(1, 2)) && super.write(changes.subList(0, 1));
        }
    }

    /** Broken: ends the old key in whatever state it is by then. */
    private static final class RotatesById extends Keys {
        @Override
        boolean write(List<Change> changes) {
            KeyRow now = store.find(OLD);
            return super.write(List.of(ended(now, changes.get(0).row().rotatedTo()), changes.get(1)));
        }
    }

    /** Broken: a delete by somebody else, which has not returned yet, is taken for one that everybody knows of. */
    private static final class LeavesItAtThat extends Keys {
        @Override
        boolean delete() {
            KeyRow row = gated.find(operation, OLD);
            return row != null && gated.delete(operation, row);
        }
    }

    /** Broken: what was purged stays known. */
    private static final class PurgesPastTheCache extends Keys {
        @Override
        int purge() {
            return store.purge(5, 10).size();
        }
    }
}
