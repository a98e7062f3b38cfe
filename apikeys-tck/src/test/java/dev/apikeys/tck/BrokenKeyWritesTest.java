package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S03, S04, S15, S16 or S20: each fails its rule, and no rule before it. */
class BrokenKeyWritesTest {

    @ParameterizedTest
    @CsvSource({
        "WritesRowByRow, S03_readersSeeAllOfAWriteOrNothing",
        "NeverRollsBack, S03_writesNothingIfOneInsertIsADuplicate",
        "DeletesWhateverElseFails, S03_writesNothingIfOneConditionFails",
        "ChecksThenReplaces, S04_of64ReplacesOneWins",
        "IgnoresTheHash, S04_replacesOnlyTheExpectedHash",
        "TakesTheVersionAfterForTheSame, S04_replacesExactlyTheExpectedVersion",
        "OverwritesUsageOnReplace, S04_neverTouchesUsageCreationOrLookup",
        "OverwritesTheCreator, S04_neverTouchesUsageCreationOrLookup",
        "IgnoresTheLastUse, S04_replacesNothingThatWasUsedSince",
        "ReplacesWhatWasUsedAtThatTime, S04_replacesNothingThatWasUsedSince",
        "LooksAtTheLastUseFirst, S04_overlooksNoUseInBetween",
        "FinishesRefusedWrites, S15_aRefusedWriteLeavesNothingForTheNextCall",
        "ReadsStale, S16_aReadSeesEveryWriteThatReturnedBefore",
        "IgnoresTheVersionOfADelete, S20_deletesExactlyTheRowItNames",
        "DeletesAnyHash, S20_deletesExactlyTheRowItNames",
        "DeletesNothingThatWasUsed, S20_deletesARowThatWasUsedMeanwhile",
        "KeepsLookupsOfTheDeleted, S20_freesIdAndLookup",
        "RevivesByUsage, S20_freesIdAndLookup",
        "ChecksThenDeletes, S20_of64DeletesOneReturnsTrue",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    static class WritesRowByRow extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Object writing = new Object();

                @Override
                public boolean write(WriteSet set) {
                    synchronized (writing) {
                        return super.write(set);
                    }
                }

                @Override
                void publish(TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
                    if (next.size() != 2 || rows.size() != 2) {
                        super.publish(next, journalRows);
                        return;
                    }
                    TreeMap<String, KeyRow> half = new TreeMap<>(rows);
                    half.put(next.firstKey(), next.firstEntry().getValue());
                    rows = half;
                    try {
                        // Lets go of its monitor, and readers in.
                        wait(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    super.publish(next, journalRows);
                }
            };
        }
    }

    static class NeverRollsBack extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        boolean done = true;
                        for (KeyRow row : inserts) {
                            done &= write(List.of(row), List.of(), List.of(), List.of());
                        }
                        return done
                                && (inserts.isEmpty()
                                        ? super.write(set)
                                        : write(List.of(), replaces, deletes, journal));
                    });
                }
            };
        }
    }

    static class DeletesWhateverElseFails extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    boolean written = super.write(set);
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (!written && deletes.size() > 1) {
                            deletes.forEach(delete -> rows.remove(delete.id()));
                        }
                        return written;
                    });
                }
            };
        }
    }

    /** Decides on what it sees, and writes a moment later. */
    abstract static class ChecksThenWrites extends KeyContract {
        abstract boolean isAffected(
                List<KeyRow> inserts, List<WriteSet.Replace> replaces, List<WriteSet.Delete> deletes);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> isAffected(inserts, replaces, deletes)
                            ? writeLater(replaces, deletes, journal)
                            : super.write(set));
                }

                private boolean writeLater(
                        List<WriteSet.Replace> replaces, List<WriteSet.Delete> deletes, List<JournalRow> journal) {
                    TreeMap<String, KeyRow> before;
                    TreeMap<String, KeyRow> after;
                    synchronized (this) {
                        before = rows;
                        boolean written = write(List.of(), replaces, deletes, List.of());
                        after = rows;
                        rows = before;
                        if (!written) {
                            return false;
                        }
                    }
                    Backing.dawdle();
                    synchronized (this) {
                        replaces.forEach(replace -> rows.put(
                                replace.row().id(), after.get(replace.row().id())));
                        deletes.forEach(delete -> rows.remove(delete.id()));
                        journal.forEach(this::journal);
                    }
                    return true;
                }
            };
        }
    }

    static class ChecksThenReplaces extends ChecksThenWrites {
        @Override
        boolean isAffected(List<KeyRow> inserts, List<WriteSet.Replace> replaces, List<WriteSet.Delete> deletes) {
            return inserts.isEmpty()
                    && deletes.isEmpty()
                    && replaces.size() == 1
                    && replaces.get(0).unlessUsedSince() == null;
        }
    }

    static class ChecksThenDeletes extends ChecksThenWrites {
        @Override
        boolean isAffected(List<KeyRow> inserts, List<WriteSet.Replace> replaces, List<WriteSet.Delete> deletes) {
            return inserts.isEmpty() && replaces.isEmpty() && deletes.size() == 1;
        }
    }

    static class IgnoresTheHash extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Replace replace) {
                    return stored.version() == replace.expectedVersion()
                            && !isUsedSince(stored, replace.unlessUsedSince());
                }
            };
        }
    }

    /** Where nothing else is written. */
    static class TakesTheVersionAfterForTheSame extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private boolean isAlone;

                @Override
                boolean write(
                        List<KeyRow> inserts,
                        List<WriteSet.Replace> replaces,
                        List<WriteSet.Delete> deletes,
                        List<JournalRow> journalRows) {
                    isAlone = inserts.size() + replaces.size() + deletes.size() == 1;
                    return super.write(inserts, replaces, deletes, journalRows);
                }

                @Override
                boolean isExpected(KeyRow stored, WriteSet.Replace replace) {
                    KeyRow after =
                            stored.toBuilder().version(stored.version() + 1).build();
                    return super.isExpected(stored, replace) || (isAlone && super.isExpected(after, replace));
                }
            };
        }
    }

    static class OverwritesUsageOnReplace extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    return super.merged(stored, replacement).toBuilder()
                            .usageCount(replacement.usageCount())
                            .build();
                }
            };
        }
    }

    static class OverwritesTheCreator extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    return super.merged(stored, replacement).toBuilder()
                            .createdBy(replacement.createdBy())
                            .build();
                }
            };
        }
    }

    static class IgnoresTheLastUse extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isUsedSince(KeyRow row, @Nullable Long time) {
                    return false;
                }
            };
        }
    }

    static class ReplacesWhatWasUsedAtThatTime extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isUsedSince(KeyRow row, @Nullable Long time) {
                    return super.isUsedSince(row, time == null ? null : (Long) (time + 1));
                }
            };
        }
    }

    /** The condition is one statement, the write another. */
    static class LooksAtTheLastUseFirst extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        for (WriteSet.Replace replace : replaces) {
                            KeyRow stored = find(replace.row().id());
                            if (stored != null && super.isUsedSince(stored, replace.unlessUsedSince())) {
                                return false;
                            }
                            if (replace.unlessUsedSince() != null) {
                                Backing.dawdle();
                            }
                        }
                        return super.write(set);
                    });
                }

                @Override
                boolean isUsedSince(KeyRow row, @Nullable Long time) {
                    return false;
                }
            };
        }
    }

    static class FinishesRefusedWrites extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Map<String, KeyRow> open = new TreeMap<>();

                @Override
                public synchronized boolean write(WriteSet set) {
                    boolean written = false;
                    try {
                        written = super.write(set);
                        return written;
                    } finally {
                        if (written) {
                            rows.putAll(open);
                            open.clear();
                        } else {
                            set.split((inserts, replaces, deletes, journal) -> leaveOpen(inserts, replaces));
                        }
                    }
                }

                /** The first of several rows is left open. */
                private @Nullable Void leaveOpen(List<KeyRow> inserts, List<WriteSet.Replace> replaces) {
                    if (!inserts.isEmpty() && inserts.size() + replaces.size() > 1) {
                        KeyRow first = inserts.get(0);
                        boolean comesFirst = replaces.isEmpty()
                                || first.id().compareTo(replaces.get(0).row().id()) < 0;
                        if (comesFirst && !rows.containsKey(first.id())) {
                            open.put(first.id(), first);
                        }
                    }
                    return null;
                }
            };
        }
    }

    static class ReadsStale extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Map<Thread, KeyRow> cache = new ConcurrentHashMap<>();

                @Override
                public boolean write(WriteSet set) {
                    cache.remove(Thread.currentThread());
                    return super.write(set);
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

    static class IgnoresTheVersionOfADelete extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Delete delete) {
                    return isExpected(stored, delete.expectedHash(), null);
                }
            };
        }
    }

    static class DeletesAnyHash extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Delete delete) {
                    return isExpected(stored, stored.hash(), delete.expectedVersion());
                }
            };
        }
    }

    static class KeepsLookupsOfTheDeleted extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final List<String> lookups = new ArrayList<>();

                @Override
                public synchronized @Nullable KeyRow findByLookup(String lookup) {
                    KeyRow row = super.findByLookup(lookup);
                    return row == null && lookups.contains(lookup)
                            ? Samples.key(1).build()
                            : row;
                }

                @Override
                public synchronized boolean write(WriteSet set) {
                    TreeMap<String, KeyRow> before = rows;
                    boolean written = super.write(set);
                    before.values().stream()
                            .filter(row -> row.lookup() != null && !rows.containsKey(row.id()))
                            .forEach(row -> lookups.add(row.lookup()));
                    return written;
                }
            };
        }
    }

    /** By the version, and where the row has no lookup. */
    static class DeletesNothingThatWasUsed extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Delete delete) {
                    return super.isExpected(stored, delete)
                            && (delete.expectedVersion() == null
                                    || stored.lookup() != null
                                    || stored.lastUsedAt() == null);
                }
            };
        }
    }

    static class RevivesByUsage extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private final Map<String, KeyRow> deleted = new TreeMap<>();

                @Override
                public synchronized boolean write(WriteSet set) {
                    TreeMap<String, KeyRow> before = rows;
                    boolean written = super.write(set);
                    before.values().stream()
                            .filter(row -> row.name().equals("first") && !rows.containsKey(row.id()))
                            .forEach(row -> deleted.put(row.id(), row));
                    return written;
                }

                @Override
                public synchronized void addUsage(UsageBatch batch) {
                    batch.deltas().stream()
                            .filter(delta -> deleted.containsKey(delta.keyId()))
                            .forEach(delta -> rows.put(delta.keyId(), deleted.get(delta.keyId())));
                    super.addUsage(batch);
                }
            };
        }
    }
}
