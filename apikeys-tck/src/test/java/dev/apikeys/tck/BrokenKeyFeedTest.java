package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.WriteSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S19: each fails its rule, and no rule before it. */
class BrokenKeyFeedTest {

    @ParameterizedTest
    @CsvSource({
        "TellsNothingAtFirst, S19_tellsAllWithoutAMark",
        "TakesAForeignMark, S19_tellsAllWithoutAMark",
        "DoubtsAtFirst, S19_tellsAllWithoutAMark",
        "TakesTheMarkOfAnyStore, S19_tellsAllByTheMarkOfAnotherStore",
        "GoesById, S19_tellsAChangeToTheNextCall",
        "TellsReplacesAlone, S19_tellsAChangeToTheNextCall",
        "TellsOneKeyAWrite, S19_tellsAChangeToTheNextCall",
        "TellsAllForever, S19_tellsAChangeToTheNextCall",
        "TellsCreations, S19_tellsNoCreation",
        "CountsCreations, S19_tellsNoCreation",
        "TellsThousandAtMost, S19_tellsMoreThan1000AsAll",
        "TellsManyAsAll, S19_tellsMoreThan1000AsAll",
        "MovesTheMarkThatItWasGiven, S19_tellsAgainByAnEarlierMark",
        "MovesTheMarkBeforeItTells, S19_tellsAfterAnOutage",
        "PassesOverWhatWasPurged, S19_tellsAllWhereTheJournalWasPurged",
        "NumbersAnewAfterAPurge, S19_tellsAllWhereTheJournalWasPurged",
        "GoesByTimeWithoutOverlap, S19_tellsEachChangeWhileOthersWrite",
        "NumbersBeforeTheDecision, S19_tellsEachChangeWhileOthersWrite",
        "TrustsAClockThatIsBehind, S19_tellsOrDoubtsWhereAClockIsBehind",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    /** Gives another answer than a sound store. */
    abstract static class Answers extends KeyContract {
        abstract Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    return answer(this, mark, super.changes(mark));
                }
            };
        }
    }

    static class TellsNothingAtFirst extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return mark == null ? store.told(List.of(), sound.next()) : sound;
        }
    }

    static class TakesAForeignMark extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return mark == null || mark instanceof ReferenceKeyStore.Place
                    ? sound
                    : store.told(store.journal, sound.next());
        }
    }

    static class TakesTheMarkOfAnyStore extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return mark instanceof ReferenceKeyStore.Place place && place.store() != store
                    ? store.told(List.of(), sound.next())
                    : sound;
        }

        @Override
        protected ApiKeyStore anotherStore() {
            return new ReferenceKeyStore();
        }
    }

    static class DoubtsAtFirst extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return mark == null ? Changes.inDoubt(sound.next()) : sound;
        }
    }

    static class TellsReplacesAlone extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            List<String> there =
                    sound.ids().stream().filter(store.rows::containsKey).toList();
            return sound.ids().size() == 1 && there.isEmpty() && !store.rows.isEmpty()
                    ? store.told(List.of(), sound.next())
                    : sound;
        }
    }

    static class TellsOneKeyAWrite extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            List<JournalRow> journal = store.journal;
            return sound.ids().size() == 3
                    ? store.told(journal.subList(journal.size() - 1, journal.size()), sound.next())
                    : sound;
        }
    }

    static class TellsAllForever extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return Changes.all(sound.next());
        }
    }

    static class TellsThousandAtMost extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return sound.isAll() && store.journal.size() > 2_000
                    ? store.told(store.journal.subList(1_001, 2_001), sound.next())
                    : sound;
        }
    }

    static class TellsManyAsAll extends Answers {
        @Override
        Changes answer(ReferenceKeyStore store, Changes.@Nullable Mark mark, Changes sound) {
            return sound.ids().size() > 999 ? Changes.all(sound.next()) : sound;
        }
    }

    /** Takes another view of which rows are changes. */
    static class TellsCreations extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                Changes told(List<JournalRow> rows, Changes.Mark next) {
                    List<JournalRow> few = rows.size() > 100 ? rows.subList(rows.size() - 10, rows.size()) : rows;
                    return super.told(
                            few.stream()
                                    .map(row -> row.keyId() == null ? row : changed(row))
                                    .toList(),
                            next);
                }

                private JournalRow changed(JournalRow row) {
                    return JournalRow.builder(row.id(), "UPDATED", row.actor())
                            .keyId(row.keyId())
                            .build();
                }
            };
        }
    }

    static class CountsCreations extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                Changes told(List<JournalRow> rows, Changes.Mark next) {
                    return rows.size() > MOST_CHANGES ? Changes.all(next) : super.told(rows, next);
                }
            };
        }
    }

    /** On several nodes ids are in the order of nothing. */
    static class GoesById extends KeyContract {
        record Last(ReferenceKeyStore store, String id) implements Changes.Mark {}

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    backing.reach();
                    String newest = journal.stream()
                            .map(JournalRow::id)
                            .max(String::compareTo)
                            .orElse("");
                    Changes.Mark next = new Last(this, newest);
                    if (!(mark instanceof Last last)) {
                        return Changes.all(next);
                    }
                    return told(
                            journal.stream()
                                    .filter(row -> row.id().compareTo(last.id) > 0)
                                    .toList(),
                            next);
                }
            };
        }
    }

    /** A mark that is not what was handed out. */
    static final class Cursor implements Changes.Mark {
        private Changes.@Nullable Mark place;

        Cursor(Changes.Mark place) {
            this.place = place;
        }
    }

    static class MovesTheMarkThatItWasGiven extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    Cursor cursor = mark instanceof Cursor given ? given : new Cursor(new Changes.Mark() {});
                    Changes changes = super.changes(cursor.place);
                    cursor.place = changes.next();
                    return changes.isAll() ? Changes.all(cursor) : Changes.of(changes.ids(), cursor);
                }
            };
        }
    }

    static class MovesTheMarkBeforeItTells extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    Changes.Mark given = mark instanceof Cursor cursor ? cursor.place : mark;
                    if (mark instanceof Cursor cursor && backing.fails()) {
                        cursor.place = new Place(this, purged + journal.size());
                    }
                    Changes changes = super.changes(given);
                    Cursor next = new Cursor(changes.next());
                    return changes.isAll() ? Changes.all(next) : Changes.of(changes.ids(), next);
                }
            };
        }
    }

    static class PassesOverWhatWasPurged extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    return super.changes(
                            mark instanceof Place place ? new Place(this, Math.max(place.next(), purged)) : mark);
                }
            };
        }
    }

    static class NumbersAnewAfterAPurge extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    purged = 0;
                    return super.changes(
                            mark instanceof Place place
                                    ? new Place(this, Math.min(place.next(), journal.size()))
                                    : mark);
                }
            };
        }
    }

    /** Takes a time or number first, and writes a moment later. */
    abstract static class Dawdles extends KeyContract {
        abstract void begin(WriteSet set);

        abstract Changes changes(ReferenceKeyStore store, Changes.@Nullable Mark mark);

        /** What was taken in this thread, or null outside a write. */
        final ThreadLocal<@Nullable Long> taken = new ThreadLocal<>();

        ReferenceKeyStore made() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(WriteSet set) {
                    begin(set);
                    Backing.dawdle();
                    try {
                        return super.write(set);
                    } finally {
                        taken.remove();
                    }
                }

                @Override
                long clock() {
                    Long time = taken.get();
                    return time == null ? super.clock() : time;
                }

                @Override
                public synchronized Changes changes(Changes.@Nullable Mark mark) {
                    backing.reach();
                    return Dawdles.this.changes(this, mark);
                }
            };
        }

        @Override
        protected ApiKeyStore store() {
            return made();
        }
    }

    static class GoesByTimeWithoutOverlap extends Dawdles {
        record Time(ReferenceKeyStore store, long time, long purged) implements Changes.Mark {}

        long overlap() {
            return 0;
        }

        @Override
        void begin(WriteSet set) {
            taken.set(System.currentTimeMillis());
        }

        @Override
        Changes changes(ReferenceKeyStore store, Changes.@Nullable Mark mark) {
            Time next = new Time(store, store.clock(), store.purged);
            if (!(mark instanceof Time last) || last.store != store || last.purged < store.purged) {
                return Changes.all(next);
            }
            return store.told(
                    store.journal.stream()
                            .filter(row -> row.time() >= last.time - overlap())
                            .toList(),
                    next);
        }
    }

    static class TrustsAClockThatIsBehind extends GoesByTimeWithoutOverlap {
        private @Nullable ReferenceKeyStore store;

        @Override
        long overlap() {
            return 60_000;
        }

        @Override
        void begin(WriteSet set) {}

        @Override
        protected ApiKeyStore store() {
            store = made();
            return store;
        }

        @Override
        protected @Nullable ApiKeyStore storeWithClockBehind() {
            return store == null ? null : store.withClockBehind();
        }
    }

    static class NumbersBeforeTheDecision extends Dawdles {
        private final AtomicLong numbers = new AtomicLong();
        private final Map<String, Long> numbered = new ConcurrentHashMap<>();

        @Override
        void begin(WriteSet set) {
            set.split((inserts, replaces, deletes, journal) -> {
                journal.forEach(row -> numbered.put(row.id(), numbers.incrementAndGet()));
                return true;
            });
            // Holds the window open: on a busy machine chance alone is not enough.
            LockSupport.parkNanos(100_000);
        }

        @Override
        Changes changes(ReferenceKeyStore store, Changes.@Nullable Mark mark) {
            ReferenceKeyStore.Place next = new ReferenceKeyStore.Place(store, numbers.get());
            if (!(mark instanceof ReferenceKeyStore.Place place) || store.purged > 0) {
                return Changes.all(next);
            }
            return store.told(
                    store.journal.stream()
                            .filter(row -> numbered.getOrDefault(row.id(), Long.MAX_VALUE) > place.next())
                            .toList(),
                    next);
        }
    }
}
