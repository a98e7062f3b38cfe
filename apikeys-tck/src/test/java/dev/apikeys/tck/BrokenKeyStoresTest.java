package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A sound store fails no rule; stores that break S10 to S13 fail their rule, and no rule before it. */
class BrokenKeyStoresTest {

    @Test
    void aSoundStorePassesEveryRule() {
        Outcome outcome = Outcome.of(KeyContract.Sound.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped()).isEmpty();
        assertThat(outcome.passed()).hasSizeGreaterThan(70);
    }

    @ParameterizedTest
    @ValueSource(classes = {KeyContract.SoundWithItsClockBehind.class, KeyContract.SoundWithItsClockAhead.class})
    void aSoundStoreMayHaveAnotherClock(Class<?> contract) {
        assertThat(Outcome.of(contract).failed()).isEmpty();
    }

    @Test
    void whatNeedsFaultsIsSkippedWithoutThemAndSaysSo() {
        Outcome outcome = Outcome.of(KeyContract.SoundWithoutFaults.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped())
                .containsOnlyKeys(
                        "S10_aHangBecomesAStorageException",
                        "S11_anOutageIsAStorageExceptionAndPasses",
                        "S11_whatFailedForSureWroteNothing",
                        "S11_whatHungForSureIsNotDoneLater",
                        "S13_64CallersShareOneConnection",
                        "S17_anOutageLeavesBothOrNeither",
                        "S19_tellsAfterAnOutage",
                        "S21_addsABatchOnceThroughAnOutage");
        assertThat(outcome.skipped().values())
                .allSatisfy(message -> assertThat(message).contains("faults() is not overridden"));
    }

    @ParameterizedTest
    @CsvSource({
        "HangsWithoutBound, S10_aHangBecomesAStorageException",
        "HidesTheCause, S11_anOutageIsAStorageExceptionAndPasses",
        "FindsNothingInAnOutage, S11_anOutageIsAStorageExceptionAndPasses",
        "StaysDown, S11_anOutageIsAStorageExceptionAndPasses",
        "SaysThatNothingWasWritten, S11_whatFailedForSureWroteNothing",
        "KnowsTheOutcomeOfAHang, S11_whatHungForSureIsNotDoneLater",
        "AddsUsageInAHang, S11_whatHungForSureIsNotDoneLater",
        "WritesLaterWhatItRefused, S11_whatHungForSureIsNotDoneLater",
        "AddsLaterWhatItRefused, S11_whatHungForSureIsNotDoneLater",
        "KeepsItsLockAfterAMiss, S12_nothingIsHeldOnReturn",
        "BorrowsTwoConnections, S13_64CallersShareOneConnection",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    /** A loop over calls that each return would spin to the end of the build. */
    @Test
    void aThreadOfATestThatFailedReachesTheStoreNoMore() throws InterruptedException {
        String test = "S06_listsNothingWhereThereIsNothing";

        assertThat(Outcome.of(ListsWithoutEnd.class, test).failed().get(test)).contains("did not end within");

        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("apikeys-tck " + test)) {
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Test
    void aStoreThatIsNullIsSaidToBe() {
        String test = "S06_listsNothingWhereThereIsNothing";

        assertThat(Outcome.of(IsNull.class, test).failed().get(test)).contains("store() returned null");
    }

    static class IsNull extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return null;
        }
    }

    static class ListsWithoutEnd extends KeyContract {
        @Override
        protected Duration patience() {
            return Duration.ofMillis(200);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private int next = 100_000_000;

                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    return new Slice(List.of(), "ak_" + next++);
                }
            };
        }
    }

    static class HangsWithoutBound extends KeyContract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public void addUsage(UsageBatch batch) {
                    backing.reachWithoutBound();
                    super.addUsage(batch);
                }
            };
        }
    }

    static class HidesTheCause extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    if (backing.fails()) {
                        throw new StorageException("something went wrong", null);
                    }
                    return super.write(set);
                }
            };
        }
    }

    static class FindsNothingInAnOutage extends KeyContract {
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

    static class StaysDown extends KeyContract {
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

    static class SaysThatNothingWasWritten extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (!backing.fails() || inserts.size() != 2) {
                            return super.write(set);
                        }
                        inserts.forEach(row -> rows.put(row.id(), row));
                        throw new StorageException("no answer", new IllegalStateException("08007"));
                    });
                }
            };
        }
    }

    /** The backend has done it, and only the answer was lost. */
    static class KnowsTheOutcomeOfAHang extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    if (backing.hangs()) {
                        set.split(this::write);
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    return super.write(set);
                }
            };
        }
    }

    static class AddsUsageInAHang extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    if (backing.hangs()) {
                        batch.deltas()
                                .forEach(delta -> rows.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta)));
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    super.addUsage(batch);
                }
            };
        }
    }

    /** A call that it gave up stays in its queue, and runs before the next one. */
    static class WritesLaterWhatItRefused extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Deque<WriteSet> queue = new ArrayDeque<>();

                @Override
                public synchronized boolean write(WriteSet set) {
                    if (backing.hangs()) {
                        queue.add(set);
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    while (!backing.fails() && !queue.isEmpty()) {
                        super.write(queue.remove());
                    }
                    return super.write(set);
                }
            };
        }
    }

    static class AddsLaterWhatItRefused extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Deque<UsageBatch> queue = new ArrayDeque<>();

                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    if (backing.hangs()) {
                        queue.add(batch);
                        throw new StorageException("no answer", new SocketTimeoutException("50 ms"));
                    }
                    while (!backing.fails() && !queue.isEmpty()) {
                        super.addUsage(queue.remove());
                    }
                    super.addUsage(batch);
                }
            };
        }
    }

    static class KeepsItsLockAfterAMiss extends KeyContract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Lock lock = new ReentrantLock();

                @Override
                public boolean write(WriteSet set) {
                    lock.lock();
                    boolean kept = false;
                    try {
                        boolean written = super.write(set);
                        // Keeps it where a replace with a journal row did not find its version.
                        kept = !written
                                && set.split((inserts, replaces, deletes, journal) -> !journal.isEmpty()
                                        && !replaces.isEmpty()
                                        && replaces.get(0).row().version() == 9);
                        return written;
                    } finally {
                        if (!kept) {
                            lock.unlock();
                        }
                    }
                }
            };
        }
    }

    static class BorrowsTwoConnections extends KeyContract {
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
                public void addUsage(UsageBatch batch) {
                    pool.acquireUninterruptibly();
                    try {
                        batch.deltas().forEach(delta -> find(delta.keyId()));
                        super.addUsage(batch);
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
}
