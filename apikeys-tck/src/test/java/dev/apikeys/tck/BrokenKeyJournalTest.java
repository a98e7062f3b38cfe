package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S17 or S18: each fails its rule, and no rule before it. */
class BrokenKeyJournalTest {

    @ParameterizedTest
    @CsvSource({
        "KeepsNoJournal, S17_keepsEveryFieldAndSetsTheTime",
        "TakesTheCallersTime, S17_keepsEveryFieldAndSetsTheTime",
        "CutsDetails, S17_keepsEveryFieldAndSetsTheTime",
        "DropsTheCount, S17_keepsEveryFieldAndSetsTheTime",
        "JournalsBeforeItWrites, S17_writesBothOrNeither",
        "JournalsOneRowAWrite, S17_keepsEveryFieldAndSetsTheTime",
        "LosesRowsInACrowd, S17_everyChangeHasItsRow",
        "JournalsAMomentLater, S17_readersSeeBothOrNeither",
        "JournalsAMomentEarlier, S17_readersSeeBothOrNeither",
        "JournalsRowByRow, S17_readersSeeBothOrNeither",
        "PurgesWithoutAWord, S17_journalsWhatAPurgeRemoved",
        "JournalsPurgesOfNothing, S17_journalsWhatAPurgeRemoved",
        "CountsPurgesAsOne, S17_journalsWhatAPurgeRemoved",
        "WritesWithoutJournalInAnOutage, S17_anOutageLeavesBothOrNeither",
        "ReadsOldestFirst, S18_readsNewestFirst",
        "ReadsByTimeAlone, S18_readsNewestFirst",
        "RepeatsRowsOfOneTime, S18_readsNewestFirst",
        "SkipsRowsOfOneTime, S18_readsNewestFirst",
        "MatchesActorsByCase, S18_filtersExactly",
        "ExcludesTheBegin, S18_filtersExactly",
        "PagesByPosition, S18_pagesWithoutGapOrRepeatWhileOthersWrite",
        "PurgesTheNewest, S18_purgesWhatIsOldEnough",
        "PurgesByAnAgeOfItsOwn, S18_purgesWhatIsOldEnough",
        "PurgesBeyondLimit, S18_purgesWhatIsOldEnough",
        "SaysThatNothingIsLeft, S18_purgesWhatIsOldEnough",
        "SaysThatThereIsMore, S18_purgesWhatIsOldEnough",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    @Test
    void aPurgeThatNeverEndsIsReportedAtOnce() {
        String test = "S18_purgesWhatIsOldEnough";

        assertThat(Outcome.of(SaysThatThereIsMore.class, test).failed().get(test))
                .contains("100 purges of the journal in a row removed nothing");
    }

    static class SaysThatThereIsMore extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    Purge purge = super.purgeJournal(age, now, limit);
                    return purge.rest() == Rest.NONE ? Purge.ofJournal(purge.removed(), Rest.MORE) : purge;
                }
            };
        }
    }

    /** Keeps each journal row not as it was given, or not at all. */
    abstract static class Journals extends KeyContract {
        abstract JournalRow.@Nullable Builder kept(JournalRow row);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                void journal(JournalRow row) {
                    JournalRow.Builder kept = kept(row);
                    if (kept != null) {
                        super.journal(kept.build());
                    }
                }
            };
        }
    }

    static class KeepsNoJournal extends Journals {
        @Override
        JournalRow.@Nullable Builder kept(JournalRow row) {
            return null;
        }
    }

    static class TakesTheCallersTime extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                void journal(JournalRow row) {
                    journal.add(row);
                }
            };
        }
    }

    static class CutsDetails extends Journals {
        @Override
        JournalRow.Builder kept(JournalRow row) {
            String details = row.details();
            return row.toBuilder()
                    .details(details == null ? null : details.substring(0, Math.min(details.length(), 2_000)));
        }
    }

    static class DropsTheCount extends Journals {
        @Override
        JournalRow.Builder kept(JournalRow row) {
            return row.toBuilder().count(Math.min(row.count(), Integer.MAX_VALUE));
        }
    }

    static class JournalsBeforeItWrites extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean write(
                        List<KeyRow> inserts,
                        List<WriteSet.Replace> replaces,
                        List<WriteSet.Delete> deletes,
                        List<JournalRow> journalRows) {
                    journalRows.forEach(this::journal);
                    return super.write(inserts, replaces, deletes, List.of());
                }
            };
        }
    }

    /** Publishes rows and journal in its own way. */
    abstract static class Publishes extends KeyContract {
        abstract void publish(ReferenceKeyStore store, TreeMap<String, KeyRow> next, List<JournalRow> journalRows);

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
                    Publishes.this.publish(this, next, journalRows);
                }
            };
        }

        /** Lets readers in. */
        static void dawdle(ReferenceKeyStore store) {
            try {
                store.wait(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static class JournalsOneRowAWrite extends Publishes {
        @Override
        void publish(ReferenceKeyStore store, TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
            store.rows = next;
            journalRows.stream().limit(1).forEach(store::journal);
        }
    }

    static class JournalsAMomentLater extends Publishes {
        @Override
        void publish(ReferenceKeyStore store, TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
            store.rows = next;
            if (journalRows.size() == 2) {
                dawdle(store);
            }
            journalRows.forEach(store::journal);
        }
    }

    static class JournalsAMomentEarlier extends Publishes {
        @Override
        void publish(ReferenceKeyStore store, TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
            journalRows.forEach(store::journal);
            if (journalRows.size() == 2) {
                dawdle(store);
            }
            store.rows = next;
        }
    }

    static class JournalsRowByRow extends Publishes {
        @Override
        void publish(ReferenceKeyStore store, TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
            if (journalRows.size() == 2) {
                store.journal(journalRows.get(0));
                store.rows = next;
                dawdle(store);
                store.journal(journalRows.get(1));
            } else {
                store.rows = next;
                journalRows.forEach(store::journal);
            }
        }
    }

    static class LosesRowsInACrowd extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private @Nullable Thread last;

                @Override
                void publish(TreeMap<String, KeyRow> next, List<JournalRow> journalRows) {
                    boolean crowd =
                            next.size() == 1 && next.firstEntry().getValue().version() > 20;
                    super.publish(next, crowd && last != Thread.currentThread() ? List.of() : journalRows);
                    last = Thread.currentThread();
                }
            };
        }
    }

    /** Journals a purge in its own way. */
    abstract static class Purges extends KeyContract {
        abstract long count(int removed);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    int before = journal.size();
                    Purge purge = super.purge(age, now, limit, journalRow);
                    journal.subList(before, journal.size()).clear();
                    long count = count(purge.removed());
                    if (purge.rest() != Rest.PUT_OFF && count >= 0) {
                        journal(journalRow.toBuilder().count(count).build());
                    }
                    return purge;
                }
            };
        }
    }

    static class PurgesWithoutAWord extends Purges {
        @Override
        long count(int removed) {
            return -1;
        }
    }

    static class JournalsPurgesOfNothing extends Purges {
        @Override
        long count(int removed) {
            return removed;
        }
    }

    static class CountsPurgesAsOne extends Purges {
        @Override
        long count(int removed) {
            return removed == 0 ? -1 : 1;
        }
    }

    static class WritesWithoutJournalInAnOutage extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (!backing.fails() || journal.isEmpty() || inserts.isEmpty()) {
                            return super.write(set);
                        }
                        inserts.forEach(row -> rows.put(row.id(), row));
                        throw new StorageException("no answer", new IllegalStateException("08007"), true, null);
                    });
                }
            };
        }
    }

    /** Reads the journal in its own order. */
    abstract static class Orders extends KeyContract {
        abstract List<JournalRow> ordered(List<JournalRow> newestFirst);

        abstract boolean follows(JournalRow row, JournalRow.Position before);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                List<JournalRow> newestFirst() {
                    return isInS18() ? ordered(super.newestFirst()) : super.newestFirst();
                }

                @Override
                boolean follows(JournalRow row, JournalRow.Position before) {
                    return isInS18() ? Orders.this.follows(row, before) : super.follows(row, before);
                }

                /** Rules before it read the journal too, and are not to fail. */
                private boolean isInS18() {
                    return rows.isEmpty() && journal.size() > 2;
                }
            };
        }
    }

    static class ReadsOldestFirst extends Orders {
        @Override
        List<JournalRow> ordered(List<JournalRow> newestFirst) {
            List<JournalRow> reversed = new ArrayList<>(newestFirst);
            Collections.reverse(reversed);
            return reversed;
        }

        @Override
        boolean follows(JournalRow row, JournalRow.Position before) {
            return row.time() > before.time()
                    || (row.time() == before.time() && row.id().compareTo(before.id()) > 0);
        }
    }

    static class ReadsByTimeAlone extends Orders {
        @Override
        List<JournalRow> ordered(List<JournalRow> newestFirst) {
            return newestFirst.stream()
                    .sorted(Comparator.comparing(JournalRow::id))
                    .sorted(Comparator.comparingLong(JournalRow::time).reversed())
                    .toList();
        }

        @Override
        boolean follows(JournalRow row, JournalRow.Position before) {
            return row.time() < before.time()
                    || (row.time() == before.time() && row.id().compareTo(before.id()) > 0);
        }
    }

    static class RepeatsRowsOfOneTime extends Orders {
        @Override
        List<JournalRow> ordered(List<JournalRow> newestFirst) {
            return newestFirst;
        }

        @Override
        boolean follows(JournalRow row, JournalRow.Position before) {
            return row.time() <= before.time() && !row.id().equals(before.id());
        }
    }

    static class SkipsRowsOfOneTime extends Orders {
        @Override
        List<JournalRow> ordered(List<JournalRow> newestFirst) {
            return newestFirst;
        }

        @Override
        boolean follows(JournalRow row, JournalRow.Position before) {
            return row.time() < before.time();
        }
    }

    /** Filters the journal in its own way. */
    abstract static class Filters extends KeyContract {
        abstract boolean matches(JournalRow.Filter filter, JournalRow row);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean matches(JournalRow.Filter filter, JournalRow row) {
                    return Filters.this.matches(filter, row);
                }
            };
        }
    }

    static class MatchesActorsByCase extends Filters {
        @Override
        boolean matches(JournalRow.Filter filter, JournalRow row) {
            String actor = filter.actor();
            return JournalRow.Filter.builder()
                            .keyId(filter.keyId())
                            .from(filter.from())
                            .until(filter.until())
                            .build()
                            .matches(row)
                    && (actor == null || actor.equalsIgnoreCase(row.actor()));
        }
    }

    static class ExcludesTheBegin extends Filters {
        @Override
        boolean matches(JournalRow.Filter filter, JournalRow row) {
            Long from = filter.from();
            return filter.matches(row) && (from == null || row.time() > from);
        }
    }

    /** Its cursor says how many rows came before. */
    static class PagesByPosition extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private int before;

                @Override
                public synchronized List<JournalRow> journal(
                        JournalRow.Filter filter, JournalRow.@Nullable Position position, int limit) {
                    if (limit != 20) {
                        return super.journal(filter, position, limit);
                    }
                    before = position == null ? 0 : before;
                    List<JournalRow> page =
                            newestFirst().stream().skip(before).limit(limit).toList();
                    before += page.size();
                    return page;
                }
            };
        }
    }

    static class PurgesTheNewest extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    Collections.reverse(journal);
                    try {
                        return super.purgeJournal(age, now, limit);
                    } finally {
                        Collections.reverse(journal);
                    }
                }
            };
        }
    }

    static class PurgesByAnAgeOfItsOwn extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    // In whole seconds.
                    return super.purgeJournal(Duration.ofSeconds(age.toSeconds()), now, limit);
                }
            };
        }
    }

    static class PurgesBeyondLimit extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    return super.purgeJournal(age, now, limit + 1);
                }
            };
        }
    }

    static class SaysThatNothingIsLeft extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purgeJournal(Duration age, long now, int limit) {
                    Purge purge = super.purgeJournal(age, now, limit);
                    return purge.rest() == Rest.MORE ? Purge.ofJournal(purge.removed(), Rest.NONE) : purge;
                }
            };
        }
    }
}
