package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;
import static dev.apikeys.verify.model.Schedules.refuteByHang;

import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.StampedLock;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Temp keys in memory: claimed once, bounded twice, and nothing left behind however claim, expiry and discard meet. */
class TempKeyStoreModelCheckTest {
    private static final long DEADLINE = 10;

    private static TempRow row(String ticket, long createdAt) {
        return new TempRow(ticket, "key", "sealed", createdAt, createdAt + DEADLINE, null);
    }

    @Test
    void oneOfTwoClaimsWins() {
        hold(TwoClaims.class);
    }

    @Test
    void twinThatReadsThenSettlesIsCaught() {
        refute(TwoClaims.ReadingThenSettling.class, "claimed twice");
    }

    /** Two claims of one ticket. */
    public static class TwoClaims {
        private final AtomicInteger claims = new AtomicInteger();
        private final TempKeyStore store;

        public TwoClaims() {
            this(new InMemoryTempKeyStore(2));
        }

        TwoClaims(TempKeyStore store) {
            this.store = store;
            store.insert(row("a", 0));
        }

        @Operation(runOnce = true)
        public void claim() {
            tryToClaim();
        }

        @Operation(runOnce = true)
        public void claimToo() {
            tryToClaim();
        }

        private void tryToClaim() {
            if (store.settle("a", 1)) {
                claims.incrementAndGet();
            }
        }

        @Validate
        public void claimedOnce() {
            if (claims.get() != 1) {
                throw new AssertionError((claims.get() > 1 ? "claimed twice" : "never claimed") + ": " + claims);
            }
        }

        public static final class ReadingThenSettling extends TwoClaims {
            public ReadingThenSettling() {
                super(new ReadsThenSettles());
            }
        }
    }

    @Test
    void whateverMeetsAClaimNothingIsLeftBehind() {
        hold(ClaimDiscardAndPurge.class);
    }

    @Test
    void twinThatCountsARowOutTwiceIsCaught() {
        refute(ClaimDiscardAndPurge.CountingTwice.class, "left behind: [-1");
    }

    /** A claim, a discard and a purge of one row. */
    public static class ClaimDiscardAndPurge {
        private final Sized store;

        public ClaimDiscardAndPurge() {
            this(new SizedInMemory(2));
        }

        ClaimDiscardAndPurge(Sized store) {
            this.store = store;
            store.insert(row("a", 0));
        }

        @Operation(runOnce = true)
        public void claim() {
            store.settle("a", 1);
        }

        @Operation(runOnce = true)
        public void discard() {
            store.discard("key");
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(DEADLINE + 1, 10);
        }

        @Validate
        public void nothingIsLeft() {
            store.purge(DEADLINE + 1, 10);
            requireEmpty(store.sizes());
        }

        public static final class CountingTwice extends ClaimDiscardAndPurge {
            public CountingTwice() {
                super(new CountsOutTwice(2));
            }
        }
    }

    @Test
    void maintenanceTakesNothingFromACreateOrAClaim() {
        hold(MaintainWhileCreatingAndClaiming.class);
    }

    @Test
    void twinThatPurgesByWhatItSawIsCaught() {
        refute(MaintainWhileCreatingAndClaiming.PurgingByWhatItSaw.class, "over the bound");
    }

    /** Room for one live row, which has just expired: a purge, a claim from just before, and a create. */
    public static class MaintainWhileCreatingAndClaiming {
        private final AtomicBoolean refused = new AtomicBoolean();
        private final TempKeyStore store;

        public MaintainWhileCreatingAndClaiming() {
            this(new InMemoryTempKeyStore(1));
        }

        MaintainWhileCreatingAndClaiming(TempKeyStore store) {
            this.store = store;
            store.insert(row("expired", 0));
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(DEADLINE + 1, 10);
        }

        @Operation(runOnce = true)
        public void create() {
            try {
                store.insert(row("new", DEADLINE));
            } catch (StorageException full) {
                // The expired one has ended and is still counted: whoever ended it is about to count it out.
                refused.set(true);
            }
        }

        @Operation(runOnce = true)
        public void claimJustInTime() {
            store.settle("expired", DEADLINE - 1);
        }

        @Validate
        public void theNewOneIsThereAndTheBoundHolds() {
            if (refused.get() != (store.find("new") == null)) {
                throw new AssertionError(refused.get() ? "refused and kept" : "purged what must stay");
            }
            if (refused.get()) {
                store.insert(row("new", DEADLINE));
            }
            requireFull();
            requireClaimed(store, "new", DEADLINE);
        }

        private void requireFull() {
            try {
                store.insert(row("one more", DEADLINE));
            } catch (StorageException full) {
                return;
            }
            throw new AssertionError("over the bound");
        }

        public static final class PurgingByWhatItSaw extends MaintainWhileCreatingAndClaiming {
            public PurgingByWhatItSaw() {
                super(new CountsOutTwice(1));
            }
        }
    }

    @Test
    void aRowIsClaimedWhileItIsStillBeingInserted() {
        hold(ClaimWhileInserting.class);
    }

    @Test
    void twinThatDoesNotLookBackAfterTheInsertIsCaught() {
        refute(ClaimWhileInserting.NotLookingBack.class, "left behind");
    }

    /** A row that is found by its ticket before the insert has told all indexes. */
    public static class ClaimWhileInserting {
        private final Sized store;

        public ClaimWhileInserting() {
            this(new SizedInMemory(2));
        }

        ClaimWhileInserting(Sized store) {
            this.store = store;
        }

        @Operation(runOnce = true)
        public void insert() {
            store.insert(row("a", 0));
        }

        @Operation(runOnce = true)
        public void claim() {
            store.settle("a", 1);
        }

        @Operation(runOnce = true)
        public void discard() {
            store.discard("key");
        }

        @Validate
        public void nothingIsLeft() {
            store.discard("key");
            store.purge(DEADLINE + 1, 10);
            requireEmpty(store.sizes());
        }

        public static final class NotLookingBack extends ClaimWhileInserting {
            public NotLookingBack() {
                super(new NeverLooksBack());
            }
        }
    }

    @Test
    void aClaimThatMeetsAnExpiredRowLeavesNothingBehind() {
        hold(ClaimMeetsExpiry.class);
    }

    @Test
    void twinThatLeaksTheEntryWhenAClaimMeetsExpiryIsCaught() {
        refute(ClaimMeetsExpiry.Leaking.class, "left behind");
    }

    /** A claim that is too late, and a purge. */
    public static class ClaimMeetsExpiry {
        private final Sized store;

        public ClaimMeetsExpiry() {
            this(new SizedInMemory(2));
        }

        ClaimMeetsExpiry(Sized store) {
            this.store = store;
            store.insert(row("a", 0));
        }

        @Operation(runOnce = true)
        public void claimTooLate() {
            if (store.settle("a", DEADLINE)) {
                throw new AssertionError("claimed after the deadline");
            }
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(DEADLINE + 1, 10);
        }

        @Validate
        public void nothingIsLeft() {
            store.purge(DEADLINE + 1, 10);
            requireEmpty(store.sizes());
        }

        public static final class Leaking extends ClaimMeetsExpiry {
            public Leaking() {
                super(new LeaksWhatExpired());
            }
        }
    }

    @Test
    void theBoundOnLiveRowsHoldsAndWhatExpiredMakesRoom() {
        hold(InsertIntoAFullStore.class);
    }

    @Test
    void twinThatLooksAtTheBoundAndThenCountsIsCaught() {
        refute(InsertIntoAFullStore.CountingAfterwards.class, "over the bound");
    }

    /** Room for one row, which an expired one takes, and two that want it. */
    public static class InsertIntoAFullStore {
        private final AtomicInteger inserted = new AtomicInteger();
        private final TempKeyStore store;

        public InsertIntoAFullStore() {
            this(new InMemoryTempKeyStore(1));
        }

        InsertIntoAFullStore(TempKeyStore store) {
            this.store = store;
            store.insert(row("expired", 0));
        }

        @Operation(runOnce = true)
        public void insert() {
            tryToInsert("a");
        }

        @Operation(runOnce = true)
        public void insertToo() {
            tryToInsert("b");
        }

        private void tryToInsert(String ticket) {
            try {
                store.insert(row(ticket, DEADLINE));
                inserted.incrementAndGet();
            } catch (StorageException e) {
                if (store.find(ticket) != null) {
                    throw new AssertionError("refused and kept");
                }
            }
        }

        @Validate
        public void oneGotTheRoom() {
            if (inserted.get() != 1) {
                throw new AssertionError(
                        (inserted.get() > 1 ? "over the bound: " : "refused for nothing: ") + inserted);
            }
        }

        public static final class CountingAfterwards extends InsertIntoAFullStore {
            public CountingAfterwards() {
                super(new CountsAfterwards());
            }
        }
    }

    @Test
    void noMoreSettledRowsAreForgottenThanTheBoundAsks() {
        hold(SettleOverTheBound.class);
    }

    @Test
    void twinThatForgetsTwiceForOneExcessIsCaught() {
        refute(SettleOverTheBound.ForgettingTwice.class, "forgot more than the bound asks");
    }

    /** Room for two settled rows, one of them taken, and two rows that are claimed at once. */
    public static class SettleOverTheBound {
        private final TempKeyStore store;

        public SettleOverTheBound() {
            this(new InMemoryTempKeyStore(2));
        }

        SettleOverTheBound(TempKeyStore store) {
            this.store = store;
            store.insert(row("oldest", 0));
            store.settle("oldest", 1);
            store.insert(row("a", 0));
            store.insert(row("b", 0));
        }

        @Operation(runOnce = true)
        public void claim() {
            requireClaimed(store, "a", 2);
        }

        @Operation(runOnce = true)
        public void claimToo() {
            requireClaimed(store, "b", 3);
        }

        @Validate
        public void theOldestAloneIsForgotten() {
            if (store.find("oldest") != null) {
                throw new AssertionError("over the bound");
            }
            if (store.find("a") == null || store.find("b") == null) {
                throw new AssertionError("forgot more than the bound asks");
            }
        }

        public static final class ForgettingTwice extends SettleOverTheBound {
            public ForgettingTwice() {
                super(new ForgetsTwiceForOneExcess());
            }
        }
    }

    @Test
    void theBoundHoldsAlsoIfAPurgeTakesWhatAClaimForgets() {
        hold(PurgeWhileSettlingOverTheBound.class);
    }

    @Test
    void twinWhosePurgeDoesNotLookBackAtTheBoundIsCaught() {
        refute(PurgeWhileSettlingOverTheBound.NotLookingBack.class, "over the bound");
    }

    /** Room for one settled row, taken by one that a purge takes away, and two rows that are claimed one after the other. */
    public static class PurgeWhileSettlingOverTheBound {
        private final Sized store;

        public PurgeWhileSettlingOverTheBound() {
            this(new SizedInMemory(1));
        }

        PurgeWhileSettlingOverTheBound(Sized store) {
            this.store = store;
            store.insert(row("expired", 0));
            requireClaimed(store, "expired", 1);
            store.insert(row("a", DEADLINE));
        }

        @Operation(runOnce = true)
        public void claimTwo() {
            requireClaimed(store, "a", DEADLINE);
            store.insert(row("b", DEADLINE));
            requireClaimed(store, "b", DEADLINE + 1);
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(DEADLINE + 1, 10);
        }

        @Validate
        public void theBoundHoldsAndTheCountIsRight() {
            requireOneLeft("b");
            store.insert(row("later", DEADLINE));
            requireClaimed(store, "later", DEADLINE + 2);
            requireOneLeft("later");
            store.purge(3 * DEADLINE, 10);
            requireEmpty(store.sizes());
        }

        private void requireOneLeft(String latest) {
            if (store.find(latest) == null) {
                throw new AssertionError("forgot more than the bound asks");
            }
            for (String earlier : List.of("expired", "a", "b")) {
                if (!earlier.equals(latest) && store.find(earlier) != null) {
                    throw new AssertionError("over the bound: " + earlier);
                }
            }
        }

        public static final class NotLookingBack extends PurgeWhileSettlingOverTheBound {
            public NotLookingBack() {
                super(new PurgesPastTheBound());
            }
        }
    }

    @Test
    void claimAndCleanUpNeverWaitForEachOther() {
        hold(PutAndClaim.class);
    }

    @Test
    void twinThatLocksItselfOutIsCaught() {
        refuteByHang(PutAndClaim.LockingItselfOut.class, "LocksItselfOut");
    }

    /** A put, which cleans up, and a claim. */
    public static class PutAndClaim {
        private final TempKeyStore store;

        public PutAndClaim() {
            this(new InMemoryTempKeyStore(1));
        }

        PutAndClaim(TempKeyStore store) {
            this.store = store;
        }

        @Operation(runOnce = true)
        public void put() {
            store.insert(row("expired", 0));
            store.insert(row("a", DEADLINE));
        }

        @Operation(runOnce = true)
        public void claim() {
            store.settle("a", DEADLINE);
        }

        public static final class LockingItselfOut extends PutAndClaim {
            public LockingItselfOut() {
                super(new LocksItselfOut());
            }
        }
    }

    private static void requireClaimed(TempKeyStore store, String ticket, long now) {
        if (!store.settle(ticket, now)) {
            throw new AssertionError("a live row was not claimed: " + ticket);
        }
    }

    private static void requireEmpty(List<Integer> sizes) {
        if (sizes.stream().anyMatch(size -> size != 0)) {
            throw new AssertionError("left behind: " + sizes);
        }
    }

    /** A store whose counts and indexes can be looked at, the count of live rows first. */
    private interface Sized extends TempKeyStore {
        List<Integer> sizes();
    }

    private static final class SizedInMemory implements Sized {
        private final InMemoryTempKeyStore store;

        SizedInMemory(int maxLive) {
            store = new InMemoryTempKeyStore(maxLive);
        }

        @Override
        public void insert(TempRow row) {
            store.insert(row);
        }

        @Override
        public @Nullable TempRow find(String ticketHash) {
            return store.find(ticketHash);
        }

        @Override
        public @Nullable TempRow findByKey(String keyId) {
            return store.findByKey(keyId);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            return store.settle(ticketHash, now);
        }

        @Override
        public int discard(String keyId) {
            return store.discard(keyId);
        }

        @Override
        public int purge(long before, int limit) {
            return store.purge(before, limit);
        }

        @Override
        public List<Integer> sizes() {
            return store.sizes();
        }
    }

    /**
     * What the twins have in common, and what is right: cells in two indexes, by ticket and for the purge, and a count of
     * live rows. All rows are of one key, and a claimed row is gone.
     */
    private static class Cells implements Sized {
        static final class Cell {
            final AtomicReference<@Nullable TempRow> row;

            Cell(TempRow row) {
                this.row = new AtomicReference<>(row);
            }
        }

        final int maxLive;
        final AtomicInteger live = new AtomicInteger();
        final ConcurrentHashMap<String, Cell> byTicket = new ConcurrentHashMap<>();
        final ConcurrentSkipListMap<String, Cell> toPurge = new ConcurrentSkipListMap<>();

        Cells(int maxLive) {
            this.maxLive = maxLive;
        }

        @Override
        public void insert(TempRow row) {
            takePlace(row.createdAt());
            Cell cell = new Cell(row);
            byTicket.put(row.ticketHash(), cell);
            toPurge.put(row.ticketHash(), cell);
            lookBack(cell, row);
        }

        void takePlace(long now) {
            if (!tookPlace() && (purge(now + 1, 1) == 0 || !tookPlace())) {
                throw new StorageException("full", null);
            }
        }

        private boolean tookPlace() {
            int now = live.get();
            return now < maxLive && live.compareAndSet(now, now + 1);
        }

        void lookBack(Cell cell, TempRow row) {
            if (cell.row.get() == null) {
                toPurge.remove(row.ticketHash(), cell);
            }
        }

        @Override
        public @Nullable TempRow find(String ticketHash) {
            Cell cell = byTicket.get(ticketHash);
            return cell == null ? null : cell.row.get();
        }

        @Override
        public @Nullable TempRow findByKey(String keyId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            Cell cell = byTicket.get(ticketHash);
            TempRow row = cell == null ? null : cell.row.get();
            return row != null && row.deadline() > now && remove(cell, row);
        }

        @Override
        public int discard(String keyId) {
            int removed = 0;
            for (Cell cell : byTicket.values()) {
                TempRow row = cell.row.get();
                removed += row != null && remove(cell, row) ? 1 : 0;
            }
            return removed;
        }

        @Override
        public int purge(long before, int limit) {
            int removed = 0;
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                removed += row != null && row.deadline() < before && remove(cell, row) ? 1 : 0;
            }
            return removed;
        }

        boolean remove(Cell cell, TempRow row) {
            if (!cell.row.compareAndSet(row, null)) {
                return false;
            }
            live.decrementAndGet();
            byTicket.remove(row.ticketHash(), cell);
            toPurge.remove(row.ticketHash(), cell);
            return true;
        }

        @Override
        public List<Integer> sizes() {
            return List.of(live.get(), byTicket.size(), toPurge.size());
        }
    }

    /** Broken: between the look and the removal another claim looks. */
    private static final class ReadsThenSettles extends Cells {
        ReadsThenSettles() {
            super(2);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            if (find(ticketHash) == null) {
                return false;
            }
            byTicket.remove(ticketHash);
            return true;
        }
    }

    /** Broken: whoever removes the row between the two puts finds nothing to remove from the second index. */
    private static final class NeverLooksBack extends Cells {
        NeverLooksBack() {
            super(2);
        }

        @Override
        void lookBack(Cell cell, TempRow row) {}
    }

    /** Broken: a claim that finds a row expired ends it, and its entry stays, for the purge passes over what has ended. */
    private static final class LeaksWhatExpired extends Cells {
        LeaksWhatExpired() {
            super(2);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            Cell cell = byTicket.get(ticketHash);
            TempRow row = cell == null ? null : cell.row.get();
            if (row != null && row.deadline() <= now) {
                cell.row.compareAndSet(row, null);
                return false;
            }
            return super.settle(ticketHash, now);
        }
    }

    /** Broken: the purge decides on a row and removes what has been claimed since, and counts it out again. */
    private static final class CountsOutTwice extends Cells {
        CountsOutTwice(int maxLive) {
            super(maxLive);
        }

        @Override
        public int purge(long before, int limit) {
            int removed = 0;
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                if (row != null && row.deadline() < before) {
                    cell.row.set(null);
                    live.decrementAndGet();
                    byTicket.remove(row.ticketHash(), cell);
                    toPurge.remove(row.ticketHash(), cell);
                    removed++;
                }
            }
            return removed;
        }
    }

    /** Broken: both see that there is room. */
    private static final class CountsAfterwards extends Cells {
        CountsAfterwards() {
            super(1);
        }

        @Override
        void takePlace(long now) {
            if (live.get() >= maxLive) {
                purge(now + 1, 1);
            }
            if (live.get() >= maxLive) {
                throw new StorageException("full", null);
            }
            live.incrementAndGet();
        }
    }

    /** Broken, as this library was: two claims that exceed the bound at once each forget for the excess of both. */
    private static final class ForgetsTwiceForOneExcess extends Cells {
        private static final int MAX_SETTLED = 2;

        private final AtomicInteger settled = new AtomicInteger();
        private final ConcurrentSkipListMap<Long, Cell> settledByAge = new ConcurrentSkipListMap<>();

        ForgetsTwiceForOneExcess() {
            super(3);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            Cell cell = byTicket.get(ticketHash);
            TempRow row = cell == null ? null : cell.row.get();
            if (row == null || !cell.row.compareAndSet(row, row.settled(now))) {
                return false;
            }
            settled.incrementAndGet();
            settledByAge.put(now, cell);
            forgetOldest();
            return true;
        }

        private void forgetOldest() {
            for (int excess = settled.get() - MAX_SETTLED; excess > 0; excess--) {
                Map.Entry<Long, Cell> oldest = settledByAge.pollFirstEntry();
                TempRow row = oldest == null ? null : oldest.getValue().row.get();
                if (row != null && remove(oldest.getValue(), row)) {
                    settled.decrementAndGet();
                }
            }
        }
    }

    /**
     * Broken: a purge counts a row out that a claim has counted out as well, and counts it in again, but does not look at
     * the bound again. A claim in between has taken the count for one that is within the bound.
     */
    private static final class PurgesPastTheBound extends Cells {
        private final AtomicInteger settled = new AtomicInteger();
        private final ConcurrentSkipListMap<Long, Cell> settledByAge = new ConcurrentSkipListMap<>();

        PurgesPastTheBound() {
            super(1);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            Cell cell = byTicket.get(ticketHash);
            TempRow row = cell == null ? null : cell.row.get();
            if (row == null || !cell.row.compareAndSet(row, row.settled(now))) {
                return false;
            }
            live.decrementAndGet();
            settledByAge.put(now, cell);
            settled.incrementAndGet();
            forgetOldest();
            return true;
        }

        private void forgetOldest() {
            while (settled.get() > maxLive) {
                Map.Entry<Long, Cell> oldest = settledByAge.firstEntry();
                settled.decrementAndGet();
                TempRow row = oldest == null || !tookOut(oldest.getKey())
                        ? null
                        : oldest.getValue().row.getAndSet(null);
                if (row != null) {
                    byTicket.remove(row.ticketHash());
                    toPurge.remove(row.ticketHash());
                }
            }
        }

        private boolean tookOut(long age) {
            if (settledByAge.remove(age) != null) {
                return true;
            }
            settled.incrementAndGet();
            return false;
        }

        @Override
        boolean remove(Cell cell, TempRow row) {
            Long age = row.settledAt();
            if (age == null || !cell.row.compareAndSet(row, null)) {
                return false;
            }
            byTicket.remove(row.ticketHash(), cell);
            toPurge.remove(row.ticketHash(), cell);
            settled.decrementAndGet();
            return tookOut(age);
        }
    }

    /** Broken as the source system was: the clean-up takes the lock that its caller holds. */
    private static final class LocksItselfOut extends Cells {
        private final StampedLock lock = new StampedLock();

        LocksItselfOut() {
            super(2);
        }

        @Override
        public void insert(TempRow row) {
            long stamp = lock.writeLock();
            try {
                purge(row.createdAt(), 10);
                super.insert(row);
            } finally {
                lock.unlockWrite(stamp);
            }
        }

        @Override
        public int purge(long before, int limit) {
            long stamp = lock.writeLock();
            try {
                return super.purge(before, limit);
            } finally {
                lock.unlockWrite(stamp);
            }
        }
    }
}
