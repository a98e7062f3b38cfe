package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageDelta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each broken store fails the rule that it breaks, and no rule before it; a sound one fails none. */
class BrokenKeyStoreTest {

    @Test
    void aSoundStorePassesEveryRule() {
        Outcome outcome = Outcome.of(Sound.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped()).isEmpty();
        assertThat(outcome.passed()).hasSizeGreaterThan(40);
    }

    @Test
    void whatNeedsFaultsIsSkippedWithoutThemAndSaysSo() {
        Outcome outcome = Outcome.of(SoundWithoutFaults.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped())
                .containsOnlyKeys(
                        "S10_aHangBecomesAStorageException",
                        "S11_anOutageIsAStorageExceptionAndPasses",
                        "S11_whatFailedForSureWroteNothing",
                        "S13_64CallersShareOneConnection");
        assertThat(outcome.skipped().values())
                .allSatisfy(message -> assertThat(message).contains("faults() is not overridden"));
    }

    @ParameterizedTest
    @CsvSource({
        "RoundsTimesToSeconds, S01_findsEveryFieldAsWritten",
        "CutsFourByteCharacters, S01_keepsEveryCharacter",
        "TakesEmptyForNone, S01_keepsEmptyTextsApartFromNone",
        "CutsLongTexts, S01_keepsTheLongestValues",
        "OverwritesOnInsert, S02_refusesAnIdThatExists",
        "ChecksThenInserts, S02_of64InsertsOfOneIdOneWins",
        "IgnoresLookupsOnInsert, S02_refusesALookupThatExists",
        "WritesRowByRow, S03_readersSeeAllOfAWriteOrNothing",
        "NeverRollsBack, S03_writesNothingIfOneInsertIsADuplicate",
        "ChecksThenReplaces, S04_of64ReplacesOneWins",
        "IgnoresTheHash, S04_replacesOnlyTheExpectedHash",
        "OverwritesUsageOnReplace, S04_neverTouchesUsageCreationOrLookup",
        "IgnoresCaseOfIds, S05_comparesIdsExactly",
        "IgnoresBlanksOfLookups, S05_comparesLookupsExactly",
        "ListsByCollation, S06_listsInOrderOfCodeUnits",
        "SkipsARowBetweenPages, S06_goesOnAfterAnyId",
        "MatchesOwnersByPattern, S06_filtersByOwnerAndRole",
        "TakesStatusNow, S06_filtersByStatusAtTheTimeGiven",
        "SetsUsage, S07_addsUsageAndNeverSets",
        "MovesLastUseBack, S07_neverMovesTheLastUseBack",
        "RaisesVersionWithUsage, S07_addsUsageAndNeverSets",
        "LocksInTwoOrders, S07_writesAndUsageLoseNothingOfEachOther",
        "PurgesBeyondLimit, S08_purgesNoMoreThanItsLimit",
        "PurgesAtTheBoundary, S08_purgesOnlyWhatEndedBefore",
        "PurgesWhatCannotBeRead, S08_purgesNothingWhoseEndCannotBeRead",
        "PurgesWhatChanged, S08_neverPurgesARowThatChanged",
        "HangsWithoutBound, S10_aHangBecomesAStorageException",
        "HidesTheCause, S11_anOutageIsAStorageExceptionAndPasses",
        "FindsNothingInAnOutage, S11_anOutageIsAStorageExceptionAndPasses",
        "StaysDown, S11_anOutageIsAStorageExceptionAndPasses",
        "KeepsItsLockAfterAMiss, S12_nothingIsHeldOnReturn",
        "BorrowsTwoConnections, S13_64CallersShareOneConnection",
        "TripsOverQuotes, S14_valuesAreData",
        "FinishesRefusedWrites, S15_aRefusedWriteLeavesNothingForTheNextCall",
        "ReadsStale, S16_aReadSeesEveryWriteThatReturnedBefore",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        String rule = test.substring(0, 3);

        Outcome outcome = Outcome.upTo(rule, Class.forName(getClass().getName() + "$" + broken));

        assertThat(outcome.failed()).containsKey(test);
        assertThat(outcome.failed().keySet())
                .allSatisfy(name -> assertThat(name).startsWith(rule));
    }

    @Test
    void aHangIsReportedWithRuleMethodThreadAndStack() {
        String message = Outcome.of(LocksInTwoOrders.class, "S07_writesAndUsageLoseNothingOfEachOther")
                .failed()
                .get("S07_writesAndUsageLoseNothingOfEachOther");

        assertThat(message)
                .contains("S07_writesAndUsageLoseNothingOfEachOther found S10 broken")
                .contains("() has not returned for more than 1.0 s")
                .contains("write() for ", "addUsage() for ")
                .contains("in thread \"apikeys-tck S07_writesAndUsageLoseNothingOfEachOther #")
                .contains("ReentrantLock.lock")
                .contains(getClass().getName());
    }

    /** Gives others the time to get in between. */
    static void dawdle() {
        LockSupport.parkNanos(50_000);
    }

    abstract static class Contract extends ApiKeyStoreContract {
        final Backing backing = new Backing();

        @Override
        protected abstract ApiKeyStore store();

        @Override
        protected @Nullable StoreFaults<ApiKeyStore> faults() {
            return new StoreFaults<>() {
                @Override
                public void fail() {
                    backing.fail();
                }

                @Override
                public void hang() {
                    backing.hang();
                }

                @Override
                public void recover() {
                    backing.recover();
                }

                @Override
                public ApiKeyStore onOneConnection() {
                    return narrow();
                }
            };
        }

        ApiKeyStore narrow() {
            return new ReferenceKeyStore();
        }
    }

    static class Sound extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing);
        }
    }

    static class SoundWithoutFaults extends ApiKeyStoreContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore();
        }
    }

    /** Stores each row not as it was given. */
    abstract static class Distorts extends Contract {
        abstract Draft distorted(KeyRow row);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow after(TreeMap<String, KeyRow> before, Change change) {
                    KeyRow row = super.after(before, change);
                    return row == null ? null : distorted(row).row();
                }
            };
        }
    }

    static class RoundsTimesToSeconds extends Distorts {
        @Override
        Draft distorted(KeyRow row) {
            return Draft.from(row).createdAt(row.createdAt() / 1_000 * 1_000);
        }
    }

    static class CutsFourByteCharacters extends Distorts {
        @Override
        Draft distorted(KeyRow row) {
            return Draft.from(row).name(row.name().replaceAll("[^\\u0000-\\uFFFF]", "?"));
        }
    }

    static class TakesEmptyForNone extends Distorts {
        @Override
        Draft distorted(KeyRow row) {
            return Draft.from(row).permissions("".equals(row.permissions()) ? null : row.permissions());
        }
    }

    static class CutsLongTexts extends Distorts {
        @Override
        Draft distorted(KeyRow row) {
            String text = row.description();
            return Draft.from(row).description(text == null || text.length() < 255 ? text : text.substring(0, 255));
        }
    }

    static class OverwritesOnInsert extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow after(TreeMap<String, KeyRow> before, Change change) {
                    return change instanceof Change.Insert ? change.row() : super.after(before, change);
                }
            };
        }
    }

    static class ChecksThenInserts extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(List<Change> changes) {
                    if (changes.size() > 1 || changes.get(0) instanceof Change.Replace) {
                        return super.write(changes);
                    }
                    KeyRow row;
                    synchronized (this) {
                        backing.reach();
                        row = after(rows, changes.get(0));
                    }
                    dawdle();
                    synchronized (this) {
                        rows.put(row.id(), row);
                    }
                    return true;
                }
            };
        }
    }

    static class IgnoresLookupsOnInsert extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow after(TreeMap<String, KeyRow> before, Change change) {
                    boolean free = change instanceof Change.Insert
                            && !before.containsKey(change.row().id());
                    return free ? change.row() : super.after(before, change);
                }
            };
        }
    }

    static class WritesRowByRow extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(List<Change> changes) {
                    synchronized (writing) {
                        TreeMap<String, KeyRow> next = new TreeMap<>(rows);
                        List<KeyRow> after = new ArrayList<>();
                        for (Change change : changes) {
                            KeyRow row = after(next, change);
                            if (row == null) {
                                return false;
                            }
                            next.put(row.id(), row);
                            after.add(row);
                        }
                        after.forEach(this::put);
                        return true;
                    }
                }

                private final Object writing = new Object();

                private void put(KeyRow row) {
                    synchronized (this) {
                        rows.put(row.id(), row);
                    }
                    dawdle();
                }
            };
        }
    }

    static class NeverRollsBack extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(List<Change> changes) {
                    return changes.stream().allMatch(change -> super.write(List.of(change)));
                }
            };
        }
    }

    static class ChecksThenReplaces extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(List<Change> changes) {
                    if (changes.size() > 1 || changes.get(0) instanceof Change.Insert) {
                        return super.write(changes);
                    }
                    KeyRow row;
                    synchronized (this) {
                        backing.reach();
                        row = after(rows, changes.get(0));
                    }
                    if (row == null) {
                        return false;
                    }
                    dawdle();
                    synchronized (this) {
                        rows.put(row.id(), row);
                    }
                    return true;
                }
            };
        }
    }

    static class OverwritesUsageOnReplace extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    return Draft.from(super.merged(stored, replacement))
                            .usageCount(replacement.usageCount())
                            .row();
                }
            };
        }
    }

    static class IgnoresCaseOfIds extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    KeyRow exact = super.find(id);
                    return exact != null ? exact : super.find(id.toLowerCase(Locale.ROOT));
                }
            };
        }
    }

    static class IgnoresBlanksOfLookups extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized @Nullable KeyRow findByLookup(String lookup) {
                    return super.findByLookup(lookup.stripTrailing());
                }
            };
        }
    }

    static class ListsByCollation extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
                    TreeMap<String, KeyRow> exact = rows;
                    rows = new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(String::compareTo));
                    rows.putAll(exact);
                    try {
                        return super.list(filter, afterId, limit, now);
                    } finally {
                        rows = exact;
                    }
                }
            };
        }
    }

    static class SkipsARowBetweenPages extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
                    Slice slice = super.list(filter, afterId, limit, now);
                    return slice.next() == null ? slice : new Slice(slice.rows(), rows.higherKey(slice.next()));
                }
            };
        }
    }

    static class MatchesOwnersByPattern extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
                    if (filter.owner() == null || !filter.owner().endsWith("%")) {
                        return super.list(filter, afterId, limit, now);
                    }
                    String start = filter.owner().replace("%", "");
                    List<KeyRow> alike = rows.values().stream()
                            .filter(row -> row.owner() != null && row.owner().startsWith(start))
                            .toList();
                    return new Slice(alike, null);
                }
            };
        }
    }

    static class TakesStatusNow extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
                    return super.list(filter, afterId, limit, now + 86_400_000);
                }
            };
        }
    }

    static class IgnoresTheHash extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isExpected(KeyRow stored, Change.Replace replace) {
                    return stored.version() == replace.expectedVersion();
                }
            };
        }
    }

    static class SetsUsage extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow used(KeyRow row, UsageDelta delta) {
                    return Draft.from(super.used(row, delta))
                            .usageCount(delta.count())
                            .row();
                }
            };
        }
    }

    static class MovesLastUseBack extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow used(KeyRow row, UsageDelta delta) {
                    return Draft.from(super.used(row, delta))
                            .lastUsedAt(delta.lastUsedAt())
                            .row();
                }
            };
        }
    }

    static class RaisesVersionWithUsage extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow used(KeyRow row, UsageDelta delta) {
                    return Draft.from(super.used(row, delta))
                            .version(row.version() + 1)
                            .row();
                }
            };
        }
    }

    static class LocksInTwoOrders extends Contract {
        private final Lock first = new ReentrantLock();
        private final Lock second = new ReentrantLock();

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(1);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(List<Change> changes) {
                    if (changes.size() != 2 || changes.get(1) instanceof Change.Insert) {
                        return super.write(changes);
                    }
                    boolean[] written = new boolean[1];
                    locked(second, first, () -> written[0] = super.write(changes));
                    return written[0];
                }

                @Override
                public void addUsage(List<UsageDelta> deltas) {
                    locked(first, second, () -> super.addUsage(deltas));
                }
            };
        }

        private static void locked(Lock one, Lock other, Runnable work) {
            one.lock();
            try {
                dawdle();
                other.lock();
                try {
                    work.run();
                } finally {
                    other.unlock();
                }
            } finally {
                one.unlock();
            }
        }
    }

    static class PurgesBeyondLimit extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized List<KeyRow> purge(long endedBefore, int limit) {
                    return super.purge(endedBefore, limit + 1);
                }
            };
        }
    }

    static class PurgesAtTheBoundary extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized List<KeyRow> purge(long endedBefore, int limit) {
                    return super.purge(endedBefore + 1, limit);
                }
            };
        }
    }

    static class PurgesWhatCannotBeRead extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                synchronized List<KeyRow> ended(long before) {
                    return rows.values().stream()
                            .filter(row -> row.status(before - 1) == KeyRow.Status.REVOKED
                                    || row.status(before - 1) == KeyRow.Status.EXPIRED)
                            .toList();
                }
            };
        }
    }

    static class PurgesWhatChanged extends Contract {
        @Override
        protected ApiKeyStore store() {
            AtomicBoolean waited = new AtomicBoolean();
            CountDownLatch purging = new CountDownLatch(1);
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(List<Change> changes) {
                    KeyRow stored = find(changes.get(0).row().id());
                    if (stored != null && stored.expiresAt() != null && stored.expiresAt() < Draft.T0) {
                        awaitQuietly(purging);
                    }
                    return super.write(changes);
                }

                @Override
                public List<KeyRow> purge(long endedBefore, int limit) {
                    backing.reach();
                    List<KeyRow> ended =
                            ended(endedBefore).stream().limit(limit).toList();
                    purging.countDown();
                    if (waited.compareAndSet(false, true)) {
                        awaitChange(ended);
                    }
                    List<KeyRow> removed = new ArrayList<>();
                    for (KeyRow row : ended) {
                        synchronized (this) {
                            if (rows.remove(row.id()) != null) {
                                removed.add(row);
                            }
                        }
                    }
                    return removed;
                }

                private void awaitQuietly(CountDownLatch latch) {
                    try {
                        boolean unused = latch.await(1, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }

                /** Holds the window open until somebody is in it: on a busy machine chance alone is not enough. */
                private void awaitChange(List<KeyRow> ended) {
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                    while (System.nanoTime() < end && ended.stream().allMatch(row -> row.equals(find(row.id())))) {
                        dawdle();
                    }
                }
            };
        }
    }

    static class HangsWithoutBound extends Contract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public void addUsage(List<UsageDelta> deltas) {
                    backing.reachWithoutBound();
                    super.addUsage(deltas);
                }
            };
        }
    }

    static class HidesTheCause extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean delete(String id) {
                    if (backing.fails()) {
                        throw new StorageException("something went wrong", null);
                    }
                    return super.delete(id);
                }
            };
        }
    }

    static class FindsNothingInAnOutage extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    return backing.fails() ? null : super.find(id);
                }
            };
        }
    }

    static class StaysDown extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private @Nullable StorageException outage;

                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    if (outage != null) {
                        throw outage;
                    }
                    try {
                        return super.find(id);
                    } catch (StorageException e) {
                        outage = backing.fails() ? e : null;
                        throw e;
                    }
                }
            };
        }
    }

    static class KeepsItsLockAfterAMiss extends Contract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Lock lock = new ReentrantLock();

                @Override
                public boolean delete(String id) {
                    lock.lock();
                    boolean deleted = super.delete(id);
                    if (!deleted) {
                        return false;
                    }
                    lock.unlock();
                    return true;
                }
            };
        }
    }

    static class BorrowsTwoConnections extends Contract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing);
        }

        @Override
        ApiKeyStore narrow() {
            return new ReferenceKeyStore() {
                private final Semaphore pool = new Semaphore(1);

                @Override
                public void addUsage(List<UsageDelta> deltas) {
                    pool.acquireUninterruptibly();
                    try {
                        deltas.forEach(delta -> find(delta.keyId()));
                        super.addUsage(deltas);
                    } finally {
                        pool.release();
                    }
                }

                @Override
                public @Nullable KeyRow find(String id) {
                    pool.acquireUninterruptibly();
                    try {
                        return super.find(id);
                    } finally {
                        pool.release();
                    }
                }
            };
        }
    }

    static class TripsOverQuotes extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(List<Change> changes) {
                    for (Change change : changes) {
                        if (change.row().name().contains("'")) {
                            throw new StorageException("syntax error", new IllegalStateException("42601"));
                        }
                    }
                    return super.write(changes);
                }
            };
        }
    }

    static class FinishesRefusedWrites extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Map<String, KeyRow> open = new TreeMap<>();

                @Override
                public synchronized boolean write(List<Change> changes) {
                    boolean written = false;
                    try {
                        written = super.write(changes);
                        return written;
                    } finally {
                        KeyRow first = changes.get(0).row();
                        if (written) {
                            rows.putAll(open);
                            open.clear();
                        } else if (changes.size() > 1 && !rows.containsKey(first.id())) {
                            open.put(first.id(), first);
                        }
                    }
                }
            };
        }
    }

    static class ReadsStale extends Contract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Map<Thread, KeyRow> cache = new ConcurrentHashMap<>();

                @Override
                public boolean write(List<Change> changes) {
                    cache.remove(Thread.currentThread());
                    return super.write(changes);
                }

                @Override
                public @Nullable KeyRow findByLookup(String lookup) {
                    KeyRow cached = cache.get(Thread.currentThread());
                    if (cached != null && lookup.equals(cached.lookup())) {
                        return cached;
                    }
                    KeyRow row = super.findByLookup(lookup);
                    if (row != null) {
                        cache.put(Thread.currentThread(), row);
                    }
                    return row;
                }
            };
        }
    }
}
