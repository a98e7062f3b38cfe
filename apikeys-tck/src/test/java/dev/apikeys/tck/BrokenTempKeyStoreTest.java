package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each broken store fails the rule that it breaks, and no rule before it; a sound one fails none. */
class BrokenTempKeyStoreTest {

    @Test
    void aSoundStorePassesEveryRule() {
        Outcome outcome = Outcome.of(Sound.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped()).isEmpty();
        assertThat(outcome.passed()).hasSizeGreaterThan(20);
    }

    @Test
    void whatNeedsFaultsIsSkippedWithoutThemAndSaysSo() {
        Outcome outcome = Outcome.of(SoundWithoutFaults.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.skipped())
                .containsOnlyKeys(
                        "S10_aHangBecomesAStorageException",
                        "S11_anOutageIsAStorageExceptionAndPasses",
                        "S13_64CallersShareOneConnection");
    }

    @ParameterizedTest
    @CsvSource({
        "FindsTheFirstOfAKey, S01_findsTheLatestDeadlineOfAKey",
        "OverwritesOnInsert, S02_refusesATicketHashThatExists",
        "IgnoresCaseOfTickets, S05_comparesTicketsAndKeysExactly",
        "PurgesBeyondLimit, S08_purgesNoMoreThanItsLimit",
        "SparesSettledOnes, S08_purgesOnlyWhatIsOlder",
        "LetsTwoSettle, S09_of64SettlesOneWins",
        "KeepsWhatIsSealed, S09_settlesOnceAndWipes",
        "SettlesAtTheDeadline, S09_settlesNothingFromTheDeadlineOn",
        "DiscardsSettledOnes, S09_discardsWhatIsNotSettled",
        "HangsWithoutBound, S10_aHangBecomesAStorageException",
        "ClaimsNothingInAnOutage, S11_anOutageIsAStorageExceptionAndPasses",
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
                .contains("LocksItselfOut$1.cleanUp")
                .contains("LocksItselfOut$1.insert");
    }

    abstract static class Contract extends TempKeyStoreContract {
        final Backing backing = new Backing();

        @Override
        protected abstract TempKeyStore store();

        @Override
        protected @Nullable StoreFaults<TempKeyStore> faults() {
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
                public TempKeyStore onOneConnection() {
                    return new ReferenceTempKeyStore();
                }
            };
        }
    }

    static class Sound extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing);
        }
    }

    static class SoundWithoutFaults extends TempKeyStoreContract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore();
        }
    }

    /** The store of the incident: it cleans up under the lock that the clean-up takes. */
    static class LocksItselfOut extends Contract {
        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }

        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                private final StampedLock lock = new StampedLock();

                @Override
                public void insert(TempRow row) {
                    long stamp = lock.writeLock();
                    try {
                        cleanUp(row.createdAt());
                        super.insert(row);
                    } finally {
                        lock.unlockWrite(stamp);
                    }
                }

                private void cleanUp(long now) {
                    long stamp = lock.writeLock();
                    try {
                        purge(now, 1_000);
                    } finally {
                        lock.unlockWrite(stamp);
                    }
                }
            };
        }
    }

    static class FindsTheFirstOfAKey extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized @Nullable TempRow findByKey(String keyId) {
                    backing.reach();
                    return waiting(keyId).stream().findFirst().orElse(null);
                }
            };
        }
    }

    static class OverwritesOnInsert extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized void insert(TempRow row) {
                    backing.reach();
                    rows.put(row.ticketHash(), row);
                }
            };
        }
    }

    static class IgnoresCaseOfTickets extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return super.settle(ticketHash, now) || super.settle(ticketHash.toLowerCase(Locale.ROOT), now);
                }
            };
        }
    }

    static class PurgesBeyondLimit extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized int purge(long before, int limit) {
                    return super.purge(before, limit + 1);
                }
            };
        }
    }

    static class SparesSettledOnes extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized int purge(long before, int limit) {
                    Map<String, TempRow> settled = new HashMap<>(rows);
                    settled.values().removeIf(row -> row.settledAt() == null);
                    int removed = super.purge(before, limit);
                    settled.keySet().removeAll(rows.keySet());
                    rows.putAll(settled);
                    return removed - settled.size();
                }
            };
        }
    }

    static class LetsTwoSettle extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public boolean settle(String ticketHash, long now) {
                    TempRow row = find(ticketHash);
                    if (row == null || row.settledAt() != null || now >= row.deadline()) {
                        return false;
                    }
                    BrokenKeyStoreTest.dawdle();
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

    static class KeepsWhatIsSealed extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                private final Map<String, TempRow> asInserted = new ConcurrentHashMap<>();

                @Override
                public void insert(TempRow row) {
                    super.insert(row);
                    asInserted.put(row.ticketHash(), row);
                }

                @Override
                public @Nullable TempRow find(String ticketHash) {
                    return super.find(ticketHash) == null ? null : asInserted.get(ticketHash);
                }
            };
        }
    }

    static class SettlesAtTheDeadline extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return super.settle(ticketHash, now - 1);
                }
            };
        }
    }

    static class DiscardsSettledOnes extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized int discard(String keyId) {
                    int discarded = super.discard(keyId);
                    rows.values().removeIf(row -> row.keyId().equals(keyId));
                    return discarded;
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
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public boolean settle(String ticketHash, long now) {
                    backing.reachWithoutBound();
                    return super.settle(ticketHash, now);
                }
            };
        }
    }

    static class ClaimsNothingInAnOutage extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    return !backing.fails() && super.settle(ticketHash, now);
                }
            };
        }
    }

    static class ReadsStale extends Contract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore(backing) {
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
