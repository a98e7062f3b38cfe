package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S08: each fails its rule, and no rule before it. */
class BrokenKeyPurgesTest {

    @ParameterizedTest
    @CsvSource({
        "PurgesAMomentTooEarly, S08_purgesOnlyWhatEndedLongEnoughAgo",
        "PurgesAMomentTooLate, S08_purgesOnlyWhatEndedLongEnoughAgo",
        "LooksAtTheExpiryOnly, S08_purgesOnlyWhatEndedLongEnoughAgo",
        "PurgesWhatCannotBeRead, S08_purgesNothingWhoseEndCannotBeRead",
        "GoesByItsOwnClock, S08_goesByTheEarlierClock",
        "GoesByTheCallersClock, S08_goesByTheEarlierClock",
        "TrustsTheCallersClock, S08_putsOffIfTheClocksDisagree",
        "PutsOffInOneDirection, S08_putsOffIfTheClocksDisagree",
        "PurgesBeyondLimit, S08_purgesNoMoreThanItsLimit",
        "SaysThatNothingIsLeft, S08_purgesNoMoreThanItsLimit",
        "SaysThatThereIsMore, S08_purgesNoMoreThanItsLimit",
        "PurgesWhatChanged, S08_neverPurgesARowThatChanged",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    /** Who wrote the store reads the rule, and what the store did, where the build fails. */
    @Test
    void aFailureNamesTheRuleAndWhatTheStoreDid() {
        String test = "S08_purgesNoMoreThanItsLimit";

        assertThat(Outcome.of(PurgesBeyondLimit.class, test).failed().get(test))
                .contains(test + " found S08 broken: ")
                .containsPattern("\\n  purge\\(\\) returned Purge\\[removed=\\d+, rest=");
    }

    @Test
    void anExceptionThatNoRuleExpectsIsNamedWithItsRule() {
        String test = "S08_purgesNoMoreThanItsLimit";

        assertThat(Outcome.of(ThrowsInPurges.class, test).failed().get(test))
                .contains(test + " found S08 broken: java.lang.IllegalStateException: planted", "purge() threw");
    }

    static class ThrowsInPurges extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    throw new IllegalStateException("planted");
                }
            };
        }
    }

    static class PurgesAMomentTooEarly extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                List<KeyRow> ended(long cutOff) {
                    return super.ended(cutOff + 1);
                }
            };
        }
    }

    static class PurgesAMomentTooLate extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                List<KeyRow> ended(long cutOff) {
                    return super.ended(cutOff - 1);
                }
            };
        }
    }

    static class LooksAtTheExpiryOnly extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isEnded(KeyRow row, long cutOff) {
                    return super.isEnded(row.toBuilder().revokedAt(null).build(), cutOff);
                }
            };
        }
    }

    static class PurgesWhatCannotBeRead extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isEnded(KeyRow row, long cutOff) {
                    KeyStatus status = row.status(cutOff);
                    return status == KeyStatus.REVOKED || status == KeyStatus.EXPIRED;
                }
            };
        }
    }

    static class GoesByItsOwnClock extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                long cutOff(Duration age, long now) {
                    // Small differences do not show.
                    long own = Math.abs(clock() - now) > 20 * 60_000 ? clock() : Math.min(clock(), now);
                    return own - age.toMillis();
                }
            };
        }
    }

    static class GoesByTheCallersClock extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                long cutOff(Duration age, long now) {
                    return now - age.toMillis();
                }
            };
        }
    }

    static class TrustsTheCallersClock extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isPutOff(long now) {
                    return false;
                }
            };
        }
    }

    static class PutsOffInOneDirection extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean isPutOff(long now) {
                    return now > clock() + HOUR;
                }
            };
        }
    }

    static class PurgesBeyondLimit extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    return super.purge(age, now, limit + 1, journalRow);
                }
            };
        }
    }

    /** Answers a purge with another rest. */
    abstract static class Answers extends KeyContract {
        abstract ApiKeyStore.Rest rest(ApiKeyStore.Purge purge);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    Purge purge = super.purge(age, now, limit, journalRow);
                    return Purge.ofKeys(purge.rows(), rest(purge));
                }
            };
        }
    }

    static class SaysThatNothingIsLeft extends Answers {
        @Override
        ApiKeyStore.Rest rest(ApiKeyStore.Purge purge) {
            return purge.rest() == ApiKeyStore.Rest.MORE ? ApiKeyStore.Rest.NONE : purge.rest();
        }
    }

    static class SaysThatThereIsMore extends Answers {
        private boolean began;

        @Override
        ApiKeyStore.Rest rest(ApiKeyStore.Purge purge) {
            began |= purge.rest() == ApiKeyStore.Rest.MORE;
            return began ? ApiKeyStore.Rest.MORE : purge.rest();
        }
    }

    static class PurgesWhatChanged extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            AtomicBoolean waited = new AtomicBoolean();
            CountDownLatch purging = new CountDownLatch(1);
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (replaces.size() == 1 && rows.size() > 90) {
                            awaitQuietly(purging);
                        }
                        return super.write(set);
                    });
                }

                @Override
                public Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    if (limit != 7) {
                        return super.purge(age, now, limit, journalRow);
                    }
                    List<KeyRow> all;
                    synchronized (this) {
                        all = ended(cutOff(age, now));
                    }
                    List<KeyRow> ended = all.stream().limit(limit).toList();
                    purging.countDown();
                    if (waited.compareAndSet(false, true)) {
                        awaitChange(ended);
                    }
                    List<KeyRow> removed = new ArrayList<>();
                    synchronized (this) {
                        for (KeyRow row : ended) {
                            if (rows.remove(row.id()) != null) {
                                removed.add(row);
                            }
                        }
                    }
                    return Purge.ofKeys(removed, all.size() > limit ? Rest.MORE : Rest.NONE);
                }

                private void awaitQuietly(CountDownLatch latch) {
                    try {
                        boolean unused = latch.await(1, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }

                /** Holds the window open until a change is in it: on a busy machine chance alone is not enough. */
                private void awaitChange(List<KeyRow> ended) {
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                    while (System.nanoTime() < end && ended.stream().allMatch(row -> row.equals(find(row.id())))) {
                        Backing.dawdle();
                    }
                }
            };
        }
    }
}
