package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S07 or S21: each fails its rule, and no rule before it. */
class BrokenKeyUsageTest {

    @ParameterizedTest
    @CsvSource({
        "SetsUsage, S07_addsUsageAndNeverSets",
        "MovesLastUseBack, S07_neverMovesTheLastUseBack",
        "SkipsDeltasWithoutUses, S07_movesTheLastUseWithoutACount",
        "MakesRowsOfUnknownIds, S07_addsToManyRowsAndIgnoresUnknownIds",
        "RaisesVersionWithUsage, S07_addsUsageAndNeverSets",
        "ReadsThenAdds, S07_concurrentBatchesNeitherDeadlockNorLose",
        "CommitsEachDeltaAlone, S07_aBatchIsSeenInAllItsRowsOrInNone",
        "LocksInTwoOrders, S07_writesAndUsageLoseNothingOfEachOther",
        "AddsRepeats, S21_addsABatchOnce",
        "KnowsOneNode, S21_addsABatchOnce",
        "RemembersWithTheFirstRow, S21_remembersABatchOfUnknownKeys",
        "ForgetsWithAPurge, S21_remembersABatchThroughPurges",
        "ForgetsWithAPurgeOfTheJournal, S21_remembersABatchThroughPurges",
        "LooksThenAdds, S21_of64CallsWithOneBatchOneAdds",
        "RemembersBeforeItAdds, S21_addsABatchOnceThroughAnOutage",
        "AddsBeforeItFails, S21_addsABatchOnceThroughAnOutage",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
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

    /** Adds usage in its own way. */
    abstract static class Uses extends KeyContract {
        abstract KeyRow.Builder used(KeyRow before, KeyRow after, UsageBatch.Delta delta);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow used(KeyRow row, UsageBatch.Delta delta) {
                    return Uses.this.used(row, super.used(row, delta), delta).build();
                }
            };
        }
    }

    static class MakesRowsOfUnknownIds extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    batch.deltas().stream()
                            .skip(100)
                            .map(UsageBatch.Delta::keyId)
                            .forEach(id -> rows.putIfAbsent(
                                    id, KeyRow.builder(id, Samples.HASH, "").build()));
                    super.addUsage(batch);
                }
            };
        }
    }

    static class SetsUsage extends Uses {
        @Override
        KeyRow.Builder used(KeyRow before, KeyRow after, UsageBatch.Delta delta) {
            return after.toBuilder().usageCount(delta.count());
        }
    }

    static class MovesLastUseBack extends Uses {
        @Override
        KeyRow.Builder used(KeyRow before, KeyRow after, UsageBatch.Delta delta) {
            return after.toBuilder().lastUsedAt(delta.lastUsedAt());
        }
    }

    static class SkipsDeltasWithoutUses extends Uses {
        @Override
        KeyRow.Builder used(KeyRow before, KeyRow after, UsageBatch.Delta delta) {
            return (delta.count() == 0 ? before : after).toBuilder();
        }
    }

    static class RaisesVersionWithUsage extends Uses {
        @Override
        KeyRow.Builder used(KeyRow before, KeyRow after, UsageBatch.Delta delta) {
            return after.toBuilder().version(before.version() + 1);
        }
    }

    static class ReadsThenAdds extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public void addUsage(UsageBatch batch) {
                    if (batch.deltas().size() < 10) {
                        super.addUsage(batch);
                        return;
                    }
                    for (UsageBatch.Delta delta : batch.deltas()) {
                        KeyRow row = find(delta.keyId());
                        if (row != null) {
                            Thread.yield();
                            synchronized (this) {
                                rows.put(row.id(), used(row, delta));
                            }
                        }
                    }
                }
            };
        }
    }

    static class CommitsEachDeltaAlone extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public void addUsage(UsageBatch batch) {
                    synchronized (this) {
                        backing.reach();
                        if (!isNew(batch)) {
                            return;
                        }
                        batches.put(batch.node(), batch.number());
                    }
                    for (UsageBatch.Delta delta : batch.deltas()) {
                        synchronized (this) {
                            rows.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta));
                        }
                        Backing.dawdle();
                    }
                }
            };
        }
    }

    static class LocksInTwoOrders extends KeyContract {
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
                public boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (replaces.size() != 2) {
                            return super.write(set);
                        }
                        boolean[] written = new boolean[1];
                        locked(second, first, () -> written[0] = super.write(set));
                        return written[0];
                    });
                }

                @Override
                public void addUsage(UsageBatch batch) {
                    locked(first, second, () -> super.addUsage(batch));
                }
            };
        }

        private static void locked(Lock one, Lock other, Runnable work) {
            one.lock();
            try {
                Backing.dawdle();
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

    static class AddsRepeats extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isNew(UsageBatch batch) {
                    return true;
                }
            };
        }
    }

    /** Numbers are compared whoever counted, where a batch has one delta. */
    static class KnowsOneNode extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isNew(UsageBatch batch) {
                    boolean another = batches.keySet().stream()
                            .anyMatch(node ->
                                    node.endsWith("-1001") && batch.node().endsWith("-1002"));
                    return super.isNew(batch) && !another;
                }
            };
        }
    }

    /** The number is a column of the row. */
    static class RemembersWithTheFirstRow extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    super.addUsage(batch);
                    if (!rows.containsKey(batch.deltas().get(0).keyId())) {
                        batches.remove(batch.node());
                    }
                }
            };
        }
    }

    static class ForgetsWithAPurge extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    batches.clear();
                    return super.purge(age, now, limit, journalRow);
                }
            };
        }
    }

    static class ForgetsWithAPurgeOfTheJournal extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    batches.clear();
                    return super.purgeJournal(age, now, limit);
                }
            };
        }
    }

    static class LooksThenAdds extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public void addUsage(UsageBatch batch) {
                    synchronized (this) {
                        if (!isNew(batch)) {
                            return;
                        }
                    }
                    Backing.dawdle();
                    synchronized (this) {
                        batches.remove(batch.node());
                        super.addUsage(batch);
                    }
                }
            };
        }
    }

    /** Two transactions: the number, and then the deltas. */
    static class RemembersBeforeItAdds extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    if (backing.fails()) {
                        batches.put(batch.node(), batch.number());
                    }
                    super.addUsage(batch);
                }
            };
        }
    }

    /** Two transactions: the deltas, and then the number. */
    static class AddsBeforeItFails extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    if (!backing.fails()) {
                        super.addUsage(batch);
                        return;
                    }
                    batch.deltas()
                            .forEach(delta -> rows.computeIfPresent(delta.keyId(), (id, row) -> used(row, delta)));
                    throw new StorageException("no answer to COMMIT", new IllegalStateException("08007"), true, null);
                }
            };
        }
    }
}
