package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each broken store fails the rule that it breaks, and no rule before it; a sound one fails none. */
class BrokenTempKeyStoreTest {

    @Test
    void aSoundStorePassesEveryRule() {
        Outcome outcome = Outcome.of(TempContract.Sound.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped()).isEmpty();
        assertThat(outcome.passed()).hasSizeGreaterThan(30);
    }

    @ParameterizedTest
    @ValueSource(classes = {TempContract.SoundWithItsClockBehind.class, TempContract.SoundWithItsClockAhead.class})
    void aSoundStoreMayHaveAnotherClock(Class<?> contract) {
        assertThat(Outcome.of(contract).failed()).isEmpty();
    }

    @Test
    void whatNeedsFaultsOrABoundIsSkippedWithoutThemAndSaysSo() {
        Outcome outcome = Outcome.of(TempContract.SoundWithoutFaults.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped())
                .containsOnlyKeys(
                        "S09_aFullStoreRefuses",
                        "S09_aFullStoreFreesWhatHasExpired",
                        "S09_aFullStoreFreesNothingByAClockThatIsAhead",
                        "S09_forgetsTheOldestAndTellsHowMany",
                        "S10_aHangBecomesAStorageException",
                        "S11_anOutageIsAStorageExceptionAndPasses",
                        "S11_whatFailedForSureWroteNothing",
                        "S11_whatHungForSureIsNotDoneLater",
                        "S13_64CallersShareOneConnection");
        assertThat(outcome.skipped().values())
                .allSatisfy(message -> assertThat(message).contains(" is not overridden"));
    }

    @ParameterizedTest
    @CsvSource({
        "FindsTheFirstOfAKey, S01_findsTheRowOfAKeyThatSaysMost",
        "FindsTheLatestOfAKey, S01_findsTheRowOfAKeyThatSaysMost",
        "OverwritesOnInsert, S02_refusesATicketHashThatExists",
        "InsertsRowByRow, S03_readersSeeAllOfAnInsertOrNothing",
        "NeverRollsBack, S03_insertsNothingIfOneIsADuplicate",
        "IgnoresCaseOfTickets, S05_comparesTicketsAndKeysExactly",
        "PurgesBeyondLimit, S08_purgesNoMoreThanItsLimit",
        "SaysThatNothingIsLeft, S08_purgesNoMoreThanItsLimit",
        "EndsAMomentTooLate, S08_endsAndPurgesOnlyWhatIsOldEnough",
        "PurgesFromTheDeadlineOn, S08_endsAndPurgesOnlyWhatIsOldEnough",
        "SparesSettledOnes, S08_endsAndPurgesOnlyWhatIsOldEnough",
        "GoesByTheCallersClock, S08_goesByTheEarlierClock",
        "TrustsTheCallersClock, S08_putsOffIfTheClocksDisagree",
        "TellsEndsTwice, S08_tellsEachEndOnce",
        "LetsTwoSettle, S09_of64SettlesOneWins",
        "KeepsWhatIsSealed, S09_settlesOnceAndWipes",
        "ForgetsSettledOnesByKey, S09_settlesOnceAndWipes",
        "SettlesAtTheDeadline, S09_settlesNothingFromTheDeadlineOn",
        "SettlesWhatEnded, S09_keepsWhatEndedUnread",
        "DiscardsSettledOnes, S09_discardsWhatIsLive",
        "DiscardsEndedOnes, S09_keepsWhatEndedUnread",
        "RemovesLiveOnesOnly, S09_removesOneRowInAnyState",
        "IsNeverFull, S09_aFullStoreRefuses",
        "DropsWhatCanBeClaimed, S09_aFullStoreRefuses",
        "InsertsWhatFits, S09_aFullStoreRefuses",
        "FreesWithoutAWord, S09_aFullStoreFreesWhatHasExpired",
        "FreesByTheCallersClock, S09_aFullStoreFreesNothingByAClockThatIsAhead",
        "FreesEverything, S09_aFullStoreFreesWhatHasExpired",
        "ForgetsTheNewest, S09_forgetsTheOldestAndTellsHowMany",
        "ForgetsInSilence, S09_forgetsTheOldestAndTellsHowMany",
        "KeepsEverything, S09_forgetsTheOldestAndTellsHowMany",
        "HangsWithoutBound, S10_aHangBecomesAStorageException",
        "ClaimsNothingInAnOutage, S11_anOutageIsAStorageExceptionAndPasses",
        "SaysThatNothingWasInserted, S11_whatFailedForSureWroteNothing",
        "InsertsAPartInAnOutage, S11_whatFailedForSureWroteNothing",
        "SaysThatNothingWasSettled, S11_whatFailedForSureWroteNothing",
        "SettlesInAHang, S11_whatHungForSureIsNotDoneLater",
        "InsertsLaterWhatItRefused, S11_whatHungForSureIsNotDoneLater",
        "TripsOverQuotes, S14_valuesAreData",
        "ReadsStale, S16_aReadSeesEveryWriteThatReturnedBefore",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    @Test
    void aStoreThatWaitsForItselfIsReportedWithTheFrameWhereItDoes() {
        String first = "S01_findsEveryFieldAsWritten";
        String message = Outcome.of(LocksItselfOut.class, first).failed().get(first);

        assertThat(message)
                .contains(first + " found S10 broken: a call must not wait without bound")
                .contains("insert() has not returned for more than 0.5 s")
                .contains("Calls in the store: 1")
                .contains("a lock that the same thread holds already")
                .contains("insert() for ")
                .contains("in thread \"apikeys-tck " + first + " test\", WAITING")
                .contains("StampedLock.acquireWrite")
                .contains("SelfLockingVault.cleanUp")
                .contains("SelfLockingVault.insert");
    }

    /** The store of the incident: it cleans up under the lock that the clean-up takes. */
    static class LocksItselfOut extends TempContract {
        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }

        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new SelfLockingVault(backing, maxLive);
        }
    }

    /** Finds the row of a key in its own way. */
    abstract static class FindsByKey extends TempContract {
        abstract @Nullable TempRow best(List<TempRow> ofKey);

        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                @Nullable TempRow best(List<TempRow> ofKey) {
                    return FindsByKey.this.best(ofKey);
                }
            };
        }
    }

    static class FindsTheFirstOfAKey extends FindsByKey {
        @Override
        @Nullable TempRow best(List<TempRow> ofKey) {
            return ofKey.isEmpty() ? null : ofKey.get(0);
        }
    }

    /** Whatever its state. */
    static class FindsTheLatestOfAKey extends FindsByKey {
        @Override
        @Nullable TempRow best(List<TempRow> ofKey) {
            return ofKey.stream()
                    .max((a, b) -> Long.compare(a.deadline(), b.deadline()))
                    .orElse(null);
        }
    }

    /** A store from before a settled row was of interest: but of several it finds the last one. */
    static class ForgetsSettledOnesByKey extends FindsByKey {
        @Override
        @Nullable TempRow best(List<TempRow> ofKey) {
            TempRow sound = new ReferenceTempKeyStore().best(ofKey);
            return sound != null && ofKey.size() == 1 && sound.settledAt() != null ? null : sound;
        }
    }

    static class OverwritesOnInsert extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                void put(TempRow row) {
                    rows.put(row.ticketHash(), row);
                }
            };
        }
    }

    static class InsertsRowByRow extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                void put(TempRow row) {
                    super.put(row);
                    if (rows.size() % 2 == 1) {
                        try {
                            // Lets go of its monitor, and readers in.
                            wait(1);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }

                @Override
                public Sweep insert(List<TempRow> inserted) {
                    synchronized (inserting) {
                        return super.insert(inserted);
                    }
                }

                private final Object inserting = new Object();
            };
        }
    }

    static class NeverRollsBack extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    inserted.subList(0, inserted.size() - 1).forEach(row -> super.insert(List.of(row)));
                    return super.insert(inserted.subList(inserted.size() - 1, inserted.size()));
                }
            };
        }
    }

    static class IgnoresCaseOfTickets extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return super.settle(ticketHash, now) || super.settle(ticketHash.toLowerCase(Locale.ROOT), now);
                }
            };
        }
    }

    static class PurgesBeyondLimit extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    return super.purge(age, now, limit + 1);
                }
            };
        }
    }

    static class SaysThatNothingIsLeft extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    Sweep sweep = super.purge(age, now, limit);
                    return sweep.rest() == Rest.MORE
                            ? new Sweep(sweep.ended(), sweep.removed(), sweep.forgotten(), Rest.NONE)
                            : sweep;
                }
            };
        }
    }

    static class EndsAMomentTooLate extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                List<TempRow> end(long now, int limit) {
                    return super.end(now - 1, limit);
                }

                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    Sweep sweep = super.purge(age, now, limit);
                    return sweep.ended().isEmpty() && sweep.removed() == 0 && sweep.rest() == Rest.MORE
                            ? new Sweep(List.of(), 0, sweep.forgotten(), Rest.NONE)
                            : sweep;
                }
            };
        }
    }

    /** The claim that comes late learns nothing. */
    static class PurgesFromTheDeadlineOn extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    return super.purge(Duration.ZERO, now, limit);
                }
            };
        }
    }

    static class SparesSettledOnes extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    Map<String, TempRow> settled = new HashMap<>(rows);
                    settled.values().removeIf(row -> row.settledAt() == null);
                    Sweep sweep = super.purge(age, now, limit);
                    settled.keySet().removeAll(rows.keySet());
                    rows.putAll(settled);
                    return new Sweep(sweep.ended(), sweep.removed() - settled.size(), sweep.forgotten(), sweep.rest());
                }
            };
        }
    }

    static class GoesByTheCallersClock extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                long earlier(long now) {
                    return now;
                }
            };
        }
    }

    static class TrustsTheCallersClock extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                boolean isPutOff(long now) {
                    return false;
                }
            };
        }
    }

    /** Reads what has expired, and ends it a moment later. */
    static class TellsEndsTwice extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                List<TempRow> end(long now, int limit) {
                    List<TempRow> expired = live(row -> row.deadline() <= now).stream()
                            .limit(limit)
                            .toList();
                    try {
                        if (limit == 7) {
                            wait(1);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    expired.forEach(row -> rows.put(row.ticketHash(), row.ended()));
                    return expired.stream().map(TempRow::ended).toList();
                }
            };
        }
    }

    static class LetsTwoSettle extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public boolean settle(String ticketHash, long now) {
                    // Elsewhere sound: rules before this one race settles as well, and may not be the first to fail.
                    if (now < TempStoreRules.T0 || now >= TempStoreRules.T0 + 64) {
                        return super.settle(ticketHash, now);
                    }
                    TempRow row = find(ticketHash);
                    if (row == null || row.sealed() == null || now >= row.deadline()) {
                        return false;
                    }
                    Backing.dawdle();
                    synchronized (this) {
                        if (rows.containsKey(ticketHash)) {
                            rows.put(ticketHash, row.settled(now));
                        }
                    }
                    return true;
                }
            };
        }
    }

    static class KeepsWhatIsSealed extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                private final Map<String, TempRow> asInserted = new ConcurrentHashMap<>();

                @Override
                public Sweep insert(List<TempRow> inserted) {
                    inserted.forEach(row -> asInserted.put(row.ticketHash(), row));
                    return super.insert(inserted);
                }

                @Override
                public @Nullable TempRow find(String ticketHash) {
                    TempRow row = super.find(ticketHash);
                    return row != null && row.settledAt() != null && row.settledAt() == TempStoreRules.T0 + 5
                            ? asInserted.get(ticketHash)
                            : row;
                }
            };
        }
    }

    static class SettlesAtTheDeadline extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return super.settle(ticketHash, now) || super.settle(ticketHash, now - 1);
                }
            };
        }
    }

    /** By the deadline alone, and the caller's clock is behind. */
    static class SettlesWhatEnded extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    TempRow row = rows.get(ticketHash);
                    boolean ended = row != null && row.sealed() == null && row.settledAt() == null;
                    if (ended && now == TempStoreRules.T0) {
                        rows.put(ticketHash, row.settled(now));
                        return true;
                    }
                    return super.settle(ticketHash, now);
                }
            };
        }
    }

    static class DiscardsSettledOnes extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized int discard(String keyId) {
                    int discarded = super.discard(keyId);
                    if (discarded == 2) {
                        rows.values().removeIf(row -> row.keyId().equals(keyId));
                    }
                    return discarded;
                }
            };
        }
    }

    static class DiscardsEndedOnes extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized int discard(String keyId) {
                    int discarded = super.discard(keyId);
                    rows.values()
                            .removeIf(row ->
                                    row.keyId().equals(keyId) && row.settledAt() == null && row.sealed() == null);
                    return discarded;
                }
            };
        }
    }

    static class RemovesLiveOnesOnly extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean remove(String ticketHash) {
                    TempRow row = rows.get(ticketHash);
                    return (row == null || row.sealed() != null) && super.remove(ticketHash);
                }
            };
        }
    }

    static class IsNeverFull extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                boolean isFull(int more) {
                    return false;
                }
            };
        }
    }

    static class DropsWhatCanBeClaimed extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                boolean isFull(int more) {
                    while (super.isFull(more)) {
                        rows.remove(live(row -> true).get(0).ticketHash());
                    }
                    return false;
                }
            };
        }
    }

    static class InsertsWhatFits extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    try {
                        return super.insert(inserted);
                    } catch (VaultFullException e) {
                        if (inserted.size() > 1) {
                            super.insert(inserted.subList(0, 1));
                        }
                        throw e;
                    }
                }
            };
        }
    }

    static class FreesWithoutAWord extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    super.insert(inserted);
                    return new Sweep(List.of(), 0, 0, Rest.NONE);
                }
            };
        }
    }

    static class FreesByTheCallersClock extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                long overdueSince(long createdAt) {
                    return createdAt;
                }
            };
        }
    }

    static class FreesEverything extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                List<TempRow> end(long now, int limit) {
                    return super.end(now, limit == 64 ? 1_000 : limit);
                }
            };
        }
    }

    static class ForgetsTheNewest extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                void forgetOldest() {
                    List<TempRow> spent = spent(Long.MAX_VALUE);
                    for (int i = 100 * maxLive; i < spent.size(); i++) {
                        rows.remove(spent.get(i).ticketHash());
                        forgotten++;
                    }
                }
            };
        }
    }

    static class ForgetsInSilence extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                void forgetOldest() {
                    super.forgetOldest();
                    forgotten = 0;
                }
            };
        }
    }

    static class KeepsEverything extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                void forgetOldest() {}
            };
        }
    }

    static class HangsWithoutBound extends TempContract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public boolean settle(String ticketHash, long now) {
                    backing.reachWithoutBound();
                    return super.settle(ticketHash, now);
                }
            };
        }
    }

    static class ClaimsNothingInAnOutage extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return !backing.fails() && super.settle(ticketHash, now);
                }
            };
        }
    }

    static class SaysThatNothingWasInserted extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    if (backing.fails()) {
                        inserted.forEach(this::put);
                    }
                    return super.insert(inserted);
                }
            };
        }
    }

    static class InsertsAPartInAnOutage extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    if (backing.fails()) {
                        put(inserted.get(0));
                        throw new StorageException("cut", new IllegalStateException("08007"), true, null);
                    }
                    return super.insert(inserted);
                }
            };
        }
    }

    static class SaysThatNothingWasSettled extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    if (backing.fails()) {
                        rows.computeIfPresent(ticketHash, (hash, row) -> row.settled(now));
                    }
                    return super.settle(ticketHash, now);
                }
            };
        }
    }

    /** The backend has done it, and only the answer was lost. */
    static class SettlesInAHang extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    if (backing.hangs()) {
                        rows.computeIfPresent(ticketHash, (hash, row) -> row.settled(now));
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    return super.settle(ticketHash, now);
                }
            };
        }
    }

    /** A call that it gave up stays in its queue, and runs before the next one. */
    static class InsertsLaterWhatItRefused extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                private final Deque<TempRow> queue = new ArrayDeque<>();

                @Override
                public synchronized Sweep insert(List<TempRow> inserted) {
                    if (backing.hangs()) {
                        queue.addAll(inserted);
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    while (!backing.fails() && !queue.isEmpty()) {
                        put(queue.remove());
                    }
                    return super.insert(inserted);
                }
            };
        }
    }

    static class TripsOverQuotes extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                @Override
                public synchronized int discard(String keyId) {
                    if (keyId.contains("'")) {
                        throw new StorageException("syntax error", new IllegalStateException("42601"));
                    }
                    return super.discard(keyId);
                }

                @Override
                public synchronized boolean remove(String ticketHash) {
                    if (ticketHash.contains("'")) {
                        throw new StorageException("syntax error", new IllegalStateException("42601"));
                    }
                    return super.remove(ticketHash);
                }
            };
        }
    }

    static class ReadsStale extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive) {
                private final Map<Thread, String> known = new ConcurrentHashMap<>();

                @Override
                public @Nullable TempRow findByKey(String keyId) {
                    if (keyId.equals(known.get(Thread.currentThread()))) {
                        return null;
                    }
                    TempRow row = super.findByKey(keyId);
                    if (row == null) {
                        known.put(Thread.currentThread(), keyId);
                    }
                    return row;
                }
            };
        }
    }
}
