package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;
import static dev.apikeys.verify.model.Schedules.refuteByHang;

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
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.StampedLock;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Temp keys in memory: claimed once, bounded twice, and nothing left behind however claim, expiry and discard meet. */
class TempKeyStoreModelCheckTest {
    private static final long DEADLINE = 10;

    /** After all times of a program; the clock of the store stands there. */
    private static final long LATER = 1_000;

    /** How many settled and ended rows the memory store keeps for each live one that it may hold. */
    private static final int SPENT_PER_LIVE = 100;

    private static final List<TempRow> FILLERS = IntStream.range(0, 2 * SPENT_PER_LIVE)
            .mapToObj(i -> row("filler " + i, LATER + i))
            .toList();

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
    void whateverMeetsAClaimNothingIsLeftBehind() {
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

    /** Room for one more settled row, and two rows that are claimed at once. */
    public static class SettleOverTheBound {
        private final TempKeyStore store;

        public SettleOverTheBound() {
            this(memory(2));
        }

        SettleOverTheBound(TempKeyStore store) {
            this.store = store;
            fill(store, 2 * SPENT_PER_LIVE - 2);
            store.insert(List.of(row("oldest", 0)));
            requireClaimed(store, "oldest", 1);
            store.insert(List.of(row("a", 1)));
            store.insert(List.of(row("b", 2)));
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
            if (purge(store, 0).forgotten() != 1) {
                throw new AssertionError("forgot one and did not tell it");
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

    /** No room for settled rows: a purge takes one away, and two rows are claimed one after the other. */
    public static class PurgeWhileSettlingOverTheBound {
        private final TempKeyStore store;

        public PurgeWhileSettlingOverTheBound() {
            this(memory(1));
        }

        PurgeWhileSettlingOverTheBound(TempKeyStore store) {
            this.store = store;
            fill(store, SPENT_PER_LIVE - 1);
            store.insert(List.of(row("expired", 0)));
            requireClaimed(store, "expired", 1);
            store.insert(List.of(row("a", 1)));
        }

        @Operation(runOnce = true)
        public void claimTwo() {
            requireClaimed(store, "a", 2);
            store.insert(List.of(row("b", 2)));
            requireClaimed(store, "b", 3);
        }

        @Operation(runOnce = true)
        public void purge() {
            TempKeyStoreModelCheckTest.purge(store, DEADLINE);
        }

        @Validate
        public void theBoundHoldsAndTheCountIsRight() {
            requireOneLeft("b");
            store.insert(List.of(row("later", 3)));
            requireClaimed(store, "later", 4);
            requireOneLeft("later");
        }

        private void requireOneLeft(String latest) {
            if (store.find(latest) == null || store.find("filler 0") == null) {
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

    /** Settles as many rows as named, of later deadlines than all others, so that they are forgotten last. */
    private static void fill(TempKeyStore store, int count) {
        for (TempRow row : FILLERS.subList(0, count)) {
            store.insert(List.of(row));
            requireClaimed(store, row.ticketHash(), 1);
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
        final AtomicInteger forgotten = new AtomicInteger();
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
            return new Sweep(ended, removed, forgotten.getAndSet(0), ApiKeyStore.Rest.NONE);
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

    /** Settled rows in a third index, by deadline, and bounded. */
    private abstract static class BoundedCells extends Cells {
        final AtomicInteger settled = new AtomicInteger();
        final ConcurrentSkipListMap<Long, Cell> settledByDeadline = new ConcurrentSkipListMap<>();

        BoundedCells(int maxLive) {
            super(maxLive);
        }

        @Override
        public boolean settle(String ticketHash, long now) {
            Cell cell = byTicket.get(ticketHash);
            TempRow row = cell == null ? null : cell.row.get();
            if (row == null || !TempCell.isLive(row) || !super.moved(cell, row, row.settled(now))) {
                return false;
            }
            add(row.deadline(), cell);
            forgetOldest();
            return true;
        }

        abstract void add(long deadline, Cell cell);

        abstract void forgetOldest();
    }

    /**
     * Broken, as this library was: claims that exceed the bound at once each forget for the excess of all, and the one
     * after the oldest too.
     */
    private static final class ForgetsTwiceForOneExcess extends BoundedCells {
        ForgetsTwiceForOneExcess() {
            super(2);
        }

        @Override
        void add(long deadline, Cell cell) {
            settled.incrementAndGet();
            settledByDeadline.put(deadline, cell);
        }

        @Override
        void forgetOldest() {
            for (int excess = settled.get() - 2 * SPENT_PER_LIVE; excess > 0; excess--) {
                Map.Entry<Long, Cell> oldest = settledByDeadline.pollFirstEntry();
                TempRow row = oldest == null ? null : oldest.getValue().row.get();
                if (row != null && moved(oldest.getValue(), row, null)) {
                    settled.decrementAndGet();
                    forgotten.incrementAndGet();
                }
            }
        }
    }

    /**
     * Broken: a purge counts a row out that a claim has counted out as well, and counts it in again, but does not look at
     * the bound again. A claim in between has taken the count for one that is within the bound.
     */
    private static final class PurgesPastTheBound extends BoundedCells {
        PurgesPastTheBound() {
            super(1);
        }

        @Override
        void add(long deadline, Cell cell) {
            settledByDeadline.put(deadline, cell);
            settled.incrementAndGet();
        }

        @Override
        void forgetOldest() {
            while (settled.get() > SPENT_PER_LIVE) {
                Map.Entry<Long, Cell> oldest = settledByDeadline.firstEntry();
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

        private boolean tookOut(long deadline) {
            if (settledByDeadline.remove(deadline) != null) {
                return true;
            }
            settled.incrementAndGet();
            return false;
        }

        @Override
        boolean moved(Cell cell, TempRow from, @Nullable TempRow to) {
            boolean moved = super.moved(cell, from, to);
            if (moved && from.settledAt() != null) {
                settled.decrementAndGet();
                tookOut(from.deadline());
            }
            return moved;
        }
    }

    /** Broken: who removes the row between the claim and its entry in the index of settled rows finds no entry there. */
    private static final class ClaimsWithoutLookingBack extends BoundedCells {
        ClaimsWithoutLookingBack() {
            super(2);
        }

        @Override
        void add(long deadline, Cell cell) {
            settledByDeadline.put(deadline, cell);
        }

        @Override
        void forgetOldest() {}

        @Override
        boolean moved(Cell cell, TempRow from, @Nullable TempRow to) {
            boolean moved = super.moved(cell, from, to);
            if (moved) {
                settledByDeadline.remove(from.deadline(), cell);
            }
            return moved;
        }

        @Override
        public List<Integer> sizes() {
            return List.of(live.get(), byTicket.size(), toPurge.size(), settledByDeadline.size());
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
