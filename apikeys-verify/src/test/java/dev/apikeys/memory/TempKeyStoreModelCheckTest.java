package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;
import static dev.apikeys.verify.model.Schedules.refuteByHang;

import dev.apikeys.memory.TempCell.ByDeadline;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.StampedLock;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Temp keys in memory: claimed once, bounded twice, and nothing left behind however claim, expiry and discard meet. */
@Tag("ci")
class TempKeyStoreModelCheckTest {
    private static final long DEADLINE = 10;

    /** After all times of a program; the clock of the store stands there. */
    private static final long LATER = 1_000;

    private static InMemoryTempKeyStore memory(int maxLive) {
        return new InMemoryTempKeyStore(maxLive, InstantSource.fixed(Instant.ofEpochMilli(LATER)));
    }

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
            this(memory(2));
        }

        TwoClaims(TempKeyStore store) {
            this.store = store;
            store.insert(List.of(row("a", 0)));
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
    void noRaceWithAClaimLeavesAnythingBehind() {
        hold(ClaimDiscardAndPurge.class);
    }

    @Test
    void twinThatCountsARowOutTwiceIsCaught() {
        refute(ClaimDiscardAndPurge.CountingTwice.class, "left behind: [-1");
    }

    @Test
    void twinThatEndsWhatItSawIsCaught() {
        refute(ClaimDiscardAndPurge.EndingWhatItSaw.class, "together 2 times");
    }

    /** A claim, a discard and a purge of one row. */
    public static class ClaimDiscardAndPurge {
        private final AtomicInteger fates = new AtomicInteger();
        private final Sized store;

        public ClaimDiscardAndPurge() {
            this(new SizedInMemory(2));
        }

        ClaimDiscardAndPurge(Sized store) {
            this.store = store;
            store.insert(List.of(row("a", 0)));
        }

        @Operation(runOnce = true)
        public void claim() {
            fates.addAndGet(store.settle("a", 1) ? 1 : 0);
        }

        @Operation(runOnce = true)
        public void discard() {
            fates.addAndGet(store.discard("key"));
        }

        @Operation(runOnce = true)
        public void purge() {
            fates.addAndGet(
                    TempKeyStoreModelCheckTest.purge(store, DEADLINE).ended().size());
        }

        @Validate
        public void nothingIsLeft() {
            fates.addAndGet(
                    TempKeyStoreModelCheckTest.purge(store, DEADLINE).ended().size());
            requireEmpty(store.sizes());
            if (fates.get() != 1) {
                throw new AssertionError("claimed, discarded or ended, together " + fates + " times");
            }
        }

        public static final class CountingTwice extends ClaimDiscardAndPurge {
            public CountingTwice() {
                super(new CountsOutTwice(2));
            }
        }

        public static final class EndingWhatItSaw extends ClaimDiscardAndPurge {
            public EndingWhatItSaw() {
                super(new EndsWhatItSaw());
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
        private final AtomicInteger fates = new AtomicInteger();
        private final TempKeyStore store;

        public MaintainWhileCreatingAndClaiming() {
            this(memory(1));
        }

        MaintainWhileCreatingAndClaiming(TempKeyStore store) {
            this.store = store;
            store.insert(List.of(row("expired", 0)));
        }

        @Operation(runOnce = true)
        public void purge() {
            count(TempKeyStoreModelCheckTest.purge(store, DEADLINE));
        }

        @Operation(runOnce = true)
        public void create() {
            try {
                count(store.insert(List.of(row("new", DEADLINE))));
            } catch (VaultFullException full) {
                // The expired one has ended and is still counted: whoever ended it is about to count it out.
                refused.set(true);
            }
        }

        @Operation(runOnce = true)
        public void claimJustInTime() {
            fates.addAndGet(store.settle("expired", DEADLINE - 1) ? 1 : 0);
        }

        private void count(Sweep sweep) {
            fates.addAndGet(sweep.ended().size());
        }

        @Validate
        public void theNewOneIsThereAndTheBoundHolds() {
            if (refused.get() != (store.find("new") == null)) {
                throw new AssertionError(refused.get() ? "refused and kept" : "purged what must stay");
            }
            if (refused.get()) {
                count(store.insert(List.of(row("new", DEADLINE))));
            }
            requireFull();
            requireClaimed(store, "new", DEADLINE);
            count(TempKeyStoreModelCheckTest.purge(store, DEADLINE));
            if (fates.get() != 1) {
                throw new AssertionError("claimed or ended, together " + fates + " times");
            }
        }

        private void requireFull() {
            try {
                store.insert(List.of(row("one more", DEADLINE)));
            } catch (VaultFullException full) {
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
            store.insert(List.of(row("a", 0)));
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
            purge(store, DEADLINE);
            requireEmpty(store.sizes());
        }

        public static final class NotLookingBack extends ClaimWhileInserting {
            public NotLookingBack() {
                super(new NeverLooksBack());
            }
        }
    }

    @Test
    void aRowIsRemovedWhileItIsStillBeingClaimed() {
        hold(RemoveWhileClaiming.class);
    }

    @Test
    void twinThatDoesNotLookBackAfterTheClaimIsCaught() {
        refute(RemoveWhileClaiming.NotLookingBack.class, "left behind");
    }

    /** A row that is settled before the claim has told all indexes. */
    public static class RemoveWhileClaiming {
        private final AtomicInteger removed = new AtomicInteger();
        private final Sized store;

        public RemoveWhileClaiming() {
            this(new SizedInMemory(2));
        }

        RemoveWhileClaiming(Sized store) {
            this.store = store;
            store.insert(List.of(row("a", 0)));
        }

        @Operation(runOnce = true)
        public void claim() {
            store.settle("a", 1);
        }

        @Operation(runOnce = true)
        public void remove() {
            removed.addAndGet(store.remove("a") ? 1 : 0);
        }

        @Operation(runOnce = true)
        public void purge() {
            removed.addAndGet(TempKeyStoreModelCheckTest.purge(store, DEADLINE).removed());
        }

        @Validate
        public void nothingIsLeft() {
            requireEmpty(store.sizes());
            if (removed.get() != 1) {
                throw new AssertionError("removed " + removed + " times");
            }
        }

        public static final class NotLookingBack extends RemoveWhileClaiming {
            public NotLookingBack() {
                super(new ClaimsWithoutLookingBack());
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

    /** A claim that is too late, and a purge that ends the row, and is too early to remove it. */
    public static class ClaimMeetsExpiry {
        private final Sized store;

        public ClaimMeetsExpiry() {
            this(new SizedInMemory(2));
        }

        ClaimMeetsExpiry(Sized store) {
            this.store = store;
            store.insert(List.of(row("a", 0)));
        }

        @Operation(runOnce = true)
        public void claimTooLate() {
            if (store.settle("a", DEADLINE)) {
                throw new AssertionError("claimed after the deadline");
            }
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(Duration.ofMillis(1), DEADLINE, 10);
        }

        @Validate
        public void theEndedRowIsKeptUntilItIsOldEnough() {
            TempRow kept = store.find("a");
            TempKeyStoreModelCheckTest.purge(store, DEADLINE);
            requireEmpty(store.sizes());
            if (kept == null || kept.sealed() != null || kept.settledAt() != null) {
                throw new AssertionError("not kept as ended: " + kept);
            }
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
        private final AtomicInteger ended = new AtomicInteger();
        private final TempKeyStore store;

        public InsertIntoAFullStore() {
            this(memory(1));
        }

        InsertIntoAFullStore(TempKeyStore store) {
            this.store = store;
            store.insert(List.of(row("expired", 0)));
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
                ended.addAndGet(
                        store.insert(List.of(row(ticket, DEADLINE))).ended().size());
                inserted.incrementAndGet();
            } catch (VaultFullException full) {
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
            // What an insert that was refused has ended, the next call tells.
            ended.addAndGet(purge(store, 0).ended().size());
            if (ended.get() != 1) {
                throw new AssertionError("one row ended, and was told " + ended + " times");
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
        private final Settled store;

        public SettleOverTheBound() {
            this(new SettledInMemory(2));
        }

        SettleOverTheBound(Settled store) {
            this.store = store;
            store.claim("oldest", 0);
        }

        @Operation(runOnce = true)
        public void claim() {
            store.claim("a", 1);
        }

        @Operation(runOnce = true)
        public void claimToo() {
            store.claim("b", 2);
        }

        @Validate
        public void theOldestAloneIsForgotten() {
            if (store.holds("oldest")) {
                throw new AssertionError("over the bound");
            }
            if (!store.holds("a") || !store.holds("b")) {
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
        private final Settled store;

        public PurgeWhileSettlingOverTheBound() {
            this(new SettledInMemory(1));
        }

        PurgeWhileSettlingOverTheBound(Settled store) {
            this.store = store;
            store.claim("expired", 0);
        }

        @Operation(runOnce = true)
        public void claimTwo() {
            store.claim("a", 1);
            store.claim("b", 2);
        }

        @Operation(runOnce = true)
        public void purge() {
            store.purge(DEADLINE);
        }

        @Validate
        public void theBoundHoldsAndTheCountIsRight() {
            requireOneLeft("b");
            store.claim("later", 3);
            requireOneLeft("later");
            store.purge(2 * DEADLINE);
            requireEmpty(store.sizes());
        }

        private void requireOneLeft(String latest) {
            if (!store.holds(latest)) {
                throw new AssertionError("forgot more than the bound asks");
            }
            for (String earlier : List.of("expired", "a", "b")) {
                if (!earlier.equals(latest) && store.holds(earlier)) {
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
            this(memory(1));
        }

        PutAndClaim(TempKeyStore store) {
            this.store = store;
        }

        @Operation(runOnce = true)
        public void put() {
            store.insert(List.of(row("expired", 0)));
            store.insert(List.of(row("a", DEADLINE)));
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

    /** Ends and removes all whose deadline is this time or before. */
    private static Sweep purge(TempKeyStore store, long now) {
        return store.purge(Duration.ZERO, now, 10);
    }

    /** A store whose counts and indexes can be looked at, the count of live rows first. */
    private interface Sized extends TempKeyStore {
        List<Integer> sizes();
    }

    private static final class SizedInMemory implements Sized {
        private final InMemoryTempKeyStore store;

        SizedInMemory(int maxLive) {
            store = memory(maxLive);
        }

        @Override
        public Sweep insert(List<TempRow> rows) {
            return store.insert(rows);
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
        public boolean remove(String ticketHash) {
            return store.remove(ticketHash);
        }

        @Override
        public Sweep purge(Duration age, long now, int limit) {
            return store.purge(age, now, limit);
        }

        @Override
        public List<Integer> sizes() {
            return store.sizes();
        }
    }

    /**
     * What the twins have in common, and what is right: cells in two indexes, by ticket and for the purge, and a count of
     * live rows. All rows are of one key, and each is inserted alone.
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
        private final ConcurrentLinkedQueue<TempRow> untold = new ConcurrentLinkedQueue<>();

        Cells(int maxLive) {
            this.maxLive = maxLive;
        }

        @Override
        public Sweep insert(List<TempRow> rows) {
            TempRow row = rows.get(0);
            List<TempRow> ended = takePlace(row.createdAt());
            Cell cell = new Cell(row);
            byTicket.put(row.ticketHash(), cell);
            toPurge.put(row.ticketHash(), cell);
            lookBack(cell, row);
            return new Sweep(ended, 0, 0, ApiKeyStore.Rest.NONE);
        }

        List<TempRow> takePlace(long now) {
            if (tookPlace()) {
                return List.of();
            }
            List<TempRow> ended = end(now);
            if (!tookPlace()) {
                throw refused(ended);
            }
            return ended;
        }

        /** What was ended in vain is told by the next purge. */
        VaultFullException refused(List<TempRow> ended) {
            untold.addAll(ended);
            return new VaultFullException(maxLive);
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
            return row != null && TempCell.isLive(row) && now < row.deadline() && moved(cell, row, row.settled(now));
        }

        @Override
        public int discard(String keyId) {
            int removed = 0;
            for (Cell cell : byTicket.values()) {
                TempRow row = cell.row.get();
                removed += row != null && TempCell.isLive(row) && moved(cell, row, null) ? 1 : 0;
            }
            return removed;
        }

        @Override
        public boolean remove(String ticketHash) {
            for (Cell cell = byTicket.get(ticketHash); cell != null; cell = byTicket.get(ticketHash)) {
                TempRow row = cell.row.get();
                if (row == null || moved(cell, row, null)) {
                    return row != null;
                }
            }
            return false;
        }

        @Override
        public Sweep purge(Duration age, long now, int limit) {
            List<TempRow> ended = end(now);
            for (TempRow row = untold.poll(); row != null; row = untold.poll()) {
                ended.add(row);
            }
            int removed = 0;
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                boolean old = row != null && !TempCell.isLive(row) && row.deadline() <= now - age.toMillis();
                removed += old && moved(cell, row, null) ? 1 : 0;
            }
            return new Sweep(ended, removed, 0, ApiKeyStore.Rest.NONE);
        }

        List<TempRow> end(long now) {
            List<TempRow> ended = new ArrayList<>();
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                if (row != null && TempCell.isLive(row) && row.deadline() <= now && moved(cell, row, row.ended())) {
                    ended.add(row.ended());
                }
            }
            return ended;
        }

        boolean moved(Cell cell, TempRow from, @Nullable TempRow to) {
            if (!cell.row.compareAndSet(from, to)) {
                return false;
            }
            if (TempCell.isLive(from)) {
                live.decrementAndGet();
            }
            if (to == null) {
                byTicket.remove(from.ticketHash(), cell);
                toPurge.remove(from.ticketHash(), cell);
            }
            return true;
        }

        @Override
        public List<Integer> sizes() {
            return List.of(live.get(), byTicket.size(), toPurge.size());
        }
    }

    /** Broken: between the look and the claim another one looks. */
    private static final class ReadsThenSettles extends Cells {
        ReadsThenSettles() {
            super(2);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            TempRow row = find(ticketHash);
            if (row == null || !TempCell.isLive(row)) {
                return false;
            }
            byTicket.get(ticketHash).row.set(row.settled(now));
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

    /** Broken: a claim that finds a row expired ends it, and its entry stays, for the purge passes over what is gone. */
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

    /** Broken: looks at a row, and ends what has been claimed since. */
    private static final class EndsWhatItSaw extends Cells {
        EndsWhatItSaw() {
            super(2);
        }

        @Override
        List<TempRow> end(long now) {
            List<TempRow> ended = new ArrayList<>();
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                if (row != null && TempCell.isLive(row) && row.deadline() <= now) {
                    TempRow before = cell.row.getAndSet(row.ended());
                    live.addAndGet(before != null && TempCell.isLive(before) ? -1 : 0);
                    ended.add(row.ended());
                }
            }
            return ended;
        }
    }

    /** Broken: the purge decides on a row and ends what has been claimed since, and counts it out again. */
    private static final class CountsOutTwice extends Cells {
        CountsOutTwice(int maxLive) {
            super(maxLive);
        }

        @Override
        List<TempRow> end(long now) {
            List<TempRow> ended = new ArrayList<>();
            for (Cell cell : toPurge.values()) {
                TempRow row = cell.row.get();
                if (row != null && TempCell.isLive(row) && row.deadline() <= now) {
                    cell.row.set(row.ended());
                    live.decrementAndGet();
                    ended.add(row.ended());
                }
            }
            return ended;
        }
    }

    /** Broken: both see that there is room. */
    private static final class CountsAfterwards extends Cells {
        CountsAfterwards() {
            super(1);
        }

        @Override
        List<TempRow> takePlace(long now) {
            List<TempRow> ended = live.get() < maxLive ? List.of() : end(now);
            if (live.get() >= maxLive) {
                throw refused(ended);
            }
            live.incrementAndGet();
            return ended;
        }
    }

    /** Broken: who removes the row between the claim and its entry in the index of settled rows finds no entry there. */
    private static final class ClaimsWithoutLookingBack extends Cells {
        private final ConcurrentSkipListMap<String, Cell> settled = new ConcurrentSkipListMap<>();

        ClaimsWithoutLookingBack() {
            super(2);
        }

        @Override
        boolean moved(Cell cell, TempRow from, @Nullable TempRow to) {
            boolean moved = super.moved(cell, from, to);
            if (moved && to != null) {
                settled.put(from.ticketHash(), cell);
            } else if (moved) {
                settled.remove(from.ticketHash(), cell);
            }
            return moved;
        }

        @Override
        public List<Integer> sizes() {
            return List.of(live.get(), byTicket.size(), toPurge.size(), settled.size());
        }
    }

    /**
     * Settled rows that are claimed, forgotten and purged as in the memory store, but under a bound of a few: its own is 100
     * at least.
     */
    private abstract static class Settled {
        private final ConcurrentHashMap<String, TempCell> byTicket = new ConcurrentHashMap<>();
        private final AtomicInteger numbers = new AtomicInteger();

        void claim(String ticket, long createdAt) {
            TempRow row = row(ticket, createdAt);
            TempRow after = row.settled(createdAt);
            TempCell cell = new TempCell(numbers.getAndIncrement(), row);
            byTicket.put(ticket, cell);
            cell.move(row, after);
            add(cell);
            if (!cell.isIn(after)) {
                remove(cell);
            }
            forgetOldest();
        }

        void purge(long until) {
            for (TempCell cell : until(until).values()) {
                if (isTaken(cell)) {
                    remove(cell);
                }
            }
        }

        /** True for one caller. */
        boolean isTaken(TempCell cell) {
            TempRow row = cell.row();
            return row != null && cell.move(row, null) && byTicket.remove(cell.ticketHash, cell);
        }

        boolean holds(String ticket) {
            return byTicket.containsKey(ticket);
        }

        List<Integer> sizes() {
            return List.of(count(), byTicket.size(), until(LATER).size());
        }

        abstract void add(TempCell cell);

        abstract void remove(TempCell cell);

        abstract void forgetOldest();

        abstract ConcurrentNavigableMap<ByDeadline, TempCell> until(long time);

        abstract int count();
    }

    private static final class SettledInMemory extends Settled {
        private final SpentCells cells;

        SettledInMemory(int most) {
            cells = new SpentCells(most, this::isTaken);
        }

        @Override
        void add(TempCell cell) {
            cells.add(cell);
        }

        @Override
        void remove(TempCell cell) {
            cells.remove(cell);
        }

        @Override
        void forgetOldest() {
            cells.forgetOldest();
        }

        @Override
        ConcurrentNavigableMap<ByDeadline, TempCell> until(long time) {
            return cells.until(time);
        }

        @Override
        int count() {
            return Math.toIntExact(cells.count());
        }
    }

    private abstract static class BrokenBound extends Settled {
        final AtomicInteger count = new AtomicInteger();
        final ConcurrentSkipListMap<ByDeadline, TempCell> byDeadline = new ConcurrentSkipListMap<>();

        @Override
        void add(TempCell cell) {
            byDeadline.put(cell.deadline, cell);
            count.incrementAndGet();
        }

        @Override
        ConcurrentNavigableMap<ByDeadline, TempCell> until(long time) {
            return byDeadline.headMap(ByDeadline.after(time));
        }

        @Override
        int count() {
            return count.get();
        }
    }

    /** Broken, as this library was: two claims that exceed the bound at once each forget for the excess of both. */
    private static final class ForgetsTwiceForOneExcess extends BrokenBound {
        private static final int MOST = 2;

        @Override
        void remove(TempCell cell) {
            throw new UnsupportedOperationException();
        }

        @Override
        void add(TempCell cell) {
            count.incrementAndGet();
            byDeadline.put(cell.deadline, cell);
        }

        @Override
        void forgetOldest() {
            for (int excess = count.get() - MOST; excess > 0; excess--) {
                Map.Entry<ByDeadline, TempCell> oldest = byDeadline.pollFirstEntry();
                if (oldest != null && isTaken(oldest.getValue())) {
                    count.decrementAndGet();
                }
            }
        }
    }

    /**
     * Broken: a purge counts a row out that a claim has counted out as well, and counts it in again, but does not look at
     * the bound again. A claim in between has taken the count for one that is within the bound.
     */
    private static final class PurgesPastTheBound extends BrokenBound {
        private static final int MOST = 1;

        @Override
        void forgetOldest() {
            while (count.get() > MOST) {
                Map.Entry<ByDeadline, TempCell> oldest = byDeadline.firstEntry();
                count.decrementAndGet();
                if (oldest != null && tookOut(oldest.getValue())) {
                    isTaken(oldest.getValue());
                }
            }
        }

        private boolean tookOut(TempCell cell) {
            if (byDeadline.remove(cell.deadline) != null) {
                return true;
            }
            count.incrementAndGet();
            return false;
        }

        @Override
        void remove(TempCell cell) {
            count.decrementAndGet();
            tookOut(cell);
        }
    }

    /** Broken as the source system was: the clean-up takes the lock that its caller holds. */
    private static final class LocksItselfOut extends Cells {
        private final StampedLock lock = new StampedLock();

        LocksItselfOut() {
            super(2);
        }

        @Override
        public Sweep insert(List<TempRow> rows) {
            long stamp = lock.writeLock();
            try {
                purge(Duration.ZERO, rows.get(0).createdAt(), 10);
                return super.insert(rows);
            } finally {
                lock.unlockWrite(stamp);
            }
        }

        @Override
        public Sweep purge(Duration age, long now, int limit) {
            long stamp = lock.writeLock();
            try {
                return super.purge(age, now, limit);
            } finally {
                lock.unlockWrite(stamp);
            }
        }
    }
}
