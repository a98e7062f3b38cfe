package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs end well on sound stores, and find what is wrong with broken ones. */
class BrokenProgramsTest {
    private static final String CROWD = "programsOf16ThreadsEndAndAddUp";

    @Test
    void soundStoresPass() {
        Outcome outcome = Outcome.of(Sound.class);

        assertThat(outcome.failed()).isEmpty();
        assertThat(outcome.passed()).hasSize(4);
    }

    @Test
    void aVaultThatWaitsForItselfIsReportedWithOperationFrameSeedAndProgram() {
        String message = Outcome.of(LocksItselfOut.class, CROWD).failed().get(CROWD);

        assertThat(message)
                .contains("ConcurrentProgram.random(")
                .contains(" hangs: create() has not returned for more than 0.5 s")
                .contains("a lock that the same thread holds already")
                .contains("is in create() for ")
                .contains("StampedLock.acquireWrite")
                .contains("SelfLockingVault.cleanUp")
                .contains("SelfLockingVault.insert")
                .contains("program: ")
                .contains("Thread #15");
    }

    @ParameterizedTest
    @CsvSource({
        "LosesChanges, was lost|Rotated twice|VALID although|although it was taken back|had been answered|changes were answered|was answered with",
        "TakesRevocationsForExpiry, although it was taken back",
        "LosesSwitches, a switch was lost",
        "LosesUsage, its usage count is",
        "LetsTwoClaim, Two claims of one ticket",
        "LosesHandOffs, A hand-off was lost: .* Unknown",
        "DiscardsOfOthers, A hand-off was lost: .* Unknown",
        "PurgesWhatWaits, A hand-off was lost: .* Unknown",
        "ClaimsForNobody, A hand-off was lost: .* AlreadyClaimed",
        "ForgetsToList, Missing from the list",
        "RevivesDeleted, VALID although|although it was deleted|although it was taken back|Deleted twice",
        "FindsStale, had been answered with",
        "PurgesTheLiving, never deleted|UNKNOWN although",
        "FailsNowAndThen, 'failed, although nothing was done|STORE_UNAVAILABLE although'",
        "IgnoresTheVersion, VALID although|was lost|Rotated twice|although it was taken back|had been answered|changes were answered|was answered with",
        "LosesJournalRows, hanges? without (its|a) row",
        "JournalsTwice, 'Two rows of version|A row without its change'",
        "JournalsWhatWasRefused, 'A row without its change|Two rows of version'",
        "JournalsAnotherVersion, 'hanges? without (its|a) row|A row without its change'",
        "ForgetsTheActor, hanges? without (its|a) row",
        "PurgesWithoutAWord, 'By the journal \\d+ keys more'",
        "PagesTheJournalByTime, hanges? without (its|a) row",
    })
    void whatIsBrokenIsFound(String broken, String words) throws ClassNotFoundException {
        Class<?> contract = Class.forName(getClass().getName() + "$" + broken);
        Outcome outcome = Outcome.of(contract, CROWD);
        // Which threads meet is up to chance.
        for (int n = 1; n < 10 && outcome.failed().isEmpty(); n++) {
            outcome = Outcome.of(contract, CROWD);
        }

        assertThat(outcome.failed()).containsOnlyKeys(CROWD);
        assertThat(outcome.failed().get(CROWD)).containsPattern(words).contains("ConcurrentProgram.random(");
    }

    @Test
    void aManagerThatAnswersAfterItsCloseIsFound() {
        ApiKeyManager sound = manager(granted -> true);
        ApiKeyManager broken = (ApiKeyManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyManager.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("close") ? null : method.invoke(sound, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() ->
                        ConcurrentProgram.random(1, 2, 20).closing(() -> sound).run(broken, Thread::new))
                .withMessageContaining("ConcurrentProgram.random(1L, 2, 20).closing(…)")
                .withMessageContaining("The manager was closed, and answers nevertheless")
                .withMessageContaining("close 0");
        sound.close();
    }

    /** Its maintenance would go on, among the rows of the tests that follow. */
    @Test
    void theManagerThatChecksIsClosedAlsoIfTheCheckFails() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        ApiKeyManager ofOtherStores = manager(granted -> true);
        ApiKeyManager watched = (ApiKeyManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyManager.class}, (proxy, method, arguments) -> {
                    try {
                        return method.invoke(ofOtherStores, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (method.getName().equals("close")) {
                            closed.countDown();
                        }
                    }
                });

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> ConcurrentProgram.random(1, 2, 20)
                        .closing(() -> watched)
                        .run(manager(granted -> true), Thread::new));

        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aPolicyThatIsNotThereWhileItIsReplacedIsFound() {
        AtomicBoolean there = new AtomicBoolean(true);
        try (ApiKeyManager manager = manager(granted -> there.get())) {
            assertThatExceptionOfType(AssertionError.class)
                    .isThrownBy(() -> ConcurrentProgram.random(1, 2, 100)
                            .reloading(() -> there.set(!there.get()))
                            .run(manager, Thread::new))
                    .withMessageContaining("INSUFFICIENT_PERMISSIONS although the key was neither");
        }
    }

    @Test
    void chaosIsOfEveryKind() {
        Chaos chaos = new Chaos(1);
        ApiKeyManager manager = ApiKeys.builder(chaos.over(new ReferenceKeyStore()))
                .handOff(chaos.over(new ReferenceTempKeyStore()))
                .clock(chaos.clock())
                .ticker(chaos.ticker())
                .build();
        chaos.callsBack(manager);

        ConcurrentProgram.random(1, 6, 200).allowingOutages(chaos::end).run(manager, Thread::new);

        manager.close();
        assertThat(chaos.counts())
                .allSatisfy(
                        (kind, count) -> assertThat(count.get()).as("%s", kind).isPositive());
    }

    @Test
    void aManagerThatSwallowsFailuresIsFoundInChaos() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> {
                    // Whether an outage meets a delete is up to chance.
                    for (int seed = 2; seed < 22; seed++) {
                        runSwallowing(seed);
                    }
                })
                .withMessageMatching(
                        "(?s).*(VALID although|hanges? without (its|a) row|although it was (deleted|taken back)|Deleted twice).*");
    }

    private static void runSwallowing(int seed) {
        Chaos chaos = new Chaos(seed);
        ApiKeyManager sound = ApiKeys.builder(chaos.over(new ReferenceKeyStore()))
                .handOff(chaos.over(new ReferenceTempKeyStore()))
                .build();
        chaos.callsBack(sound);
        try {
            ConcurrentProgram.random(seed, 6, 200).allowingOutages(chaos::end).run(swallowing(sound), Thread::new);
        } finally {
            chaos.end();
            sound.close();
        }
    }

    /** Says that it deleted, whatever the store says. */
    private static ApiKeyManager swallowing(ApiKeyManager sound) {
        return (ApiKeyManager) Proxy.newProxyInstance(
                BrokenProgramsTest.class.getClassLoader(),
                new Class<?>[] {ApiKeyManager.class},
                (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(sound, arguments);
                        return method.getName().equals("as") ? swallowing((ApiKeyManager) answer) : answer;
                    } catch (InvocationTargetException e) {
                        if (method.getName().equals("delete") && e.getCause() instanceof StorageException) {
                            return true;
                        }
                        throw e.getCause();
                    }
                });
    }

    private static ApiKeyManager manager(Predicate<Set<String>> authorizer) {
        return ApiKeys.builder(new ReferenceKeyStore())
                .handOff(new ReferenceTempKeyStore())
                .authorizer((granted, resource, action) -> authorizer.test(granted))
                .build();
    }

    @Test
    void theSameSeedMakesTheSameProgram() {
        ConcurrentProgram program = ConcurrentProgram.random(7, 3, 20);

        assertThat(ConcurrentProgram.random(7, 3, 20).threads()).isEqualTo(program.threads());
        assertThat(ConcurrentProgram.random(8, 3, 20).threads()).isNotEqualTo(program.threads());
    }

    @Test
    void boundsAreSaid() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> ConcurrentProgram.random(1, 0, 1))
                .withMessage("threads is 0; allowed: 1 to 100000");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> ConcurrentProgram.random(1, 1, 10_001))
                .withMessage("steps is 10001; allowed: 1 to 10000");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> ConcurrentProgram.random(1, 1, 1).patience(Duration.ZERO))
                .withMessage("each is PT0S; allowed: at least a millisecond");
    }

    static class Sound extends ConcurrentProgramsContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore();
        }

        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore();
        }
    }

    static class LocksItselfOut extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new SelfLockingVault();
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }
    }

    static class LosesChanges extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Replace replace) {
                    // Whatever version it has.
                    return true;
                }

                @Override
                public @Nullable KeyRow find(String id) {
                    KeyRow row = super.find(id);
                    Thread.yield();
                    return row;
                }
            };
        }
    }

    static class IgnoresTheVersion extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                boolean isExpected(KeyRow stored, WriteSet.Replace replace) {
                    return stored.version() >= replace.expectedVersion();
                }

                @Override
                public @Nullable KeyRow find(String id) {
                    KeyRow row = super.find(id);
                    Backing.dawdle();
                    return row;
                }
            };
        }
    }

    static class TakesRevocationsForExpiry extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    // Verifications are refused, until the key is prolonged.
                    KeyRow merged = super.merged(stored, replacement);
                    Long end = replacement.revokedAt();
                    return end == null
                            ? merged
                            : merged.toBuilder().expiresAt(end).revokedAt(null).build();
                }
            };
        }
    }

    static class LosesSwitches extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    // A rename takes the switch with it.
                    boolean renamed = !stored.name().equals(replacement.name());
                    KeyRow merged = super.merged(stored, replacement);
                    return renamed && replacement.revokedAt() == null
                            ? merged.toBuilder().disabledAt(null).build()
                            : merged;
                }
            };
        }
    }

    static class LosesUsage extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                KeyRow used(KeyRow row, UsageBatch.Delta delta) {
                    return row.toBuilder().usageCount(delta.count()).build();
                }
            };
        }
    }

    static class LetsTwoClaim extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    // Claimed, and there for the next one.
                    return rows.containsKey(ticketHash);
                }
            };
        }
    }

    static class LosesHandOffs extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                private int inserts;

                @Override
                void put(TempRow row) {
                    if (++inserts % 3 != 0) {
                        super.put(row);
                    }
                }
            };
        }
    }

    static class DiscardsOfOthers extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                @Override
                public synchronized int discard(String keyId) {
                    rows.values().removeIf(row -> row.sealed() != null);
                    return 1;
                }
            };
        }
    }

    static class PurgesWhatWaits extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                @Override
                public synchronized Sweep purge(Duration age, long now, int limit) {
                    // By age, whatever the deadline.
                    rows.values().removeIf(row -> row.sealed() != null && row.createdAt() < now - 20);
                    return super.purge(age, now, limit);
                }
            };
        }
    }

    static class ClaimsForNobody extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                private int settled;

                @Override
                public synchronized boolean settle(String ticketHash, long now) {
                    // Settled, and the caller who did it learns that another was first.
                    return super.settle(ticketHash, now) && ++settled % 3 != 0;
                }
            };
        }
    }

    static class ForgetsToList extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    Slice slice = super.list(filter, order, after, limit, now);
                    List<KeyRow> rows = slice.rows();
                    return slice.next() == null ? slice : new Slice(rows.subList(1, rows.size()), slice.next());
                }
            };
        }
    }

    static class RevivesDeleted extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                boolean write(
                        List<KeyRow> inserts,
                        List<WriteSet.Replace> replaces,
                        List<WriteSet.Delete> deletes,
                        List<JournalRow> journalRows) {
                    return super.write(inserts, replaces, List.of(), journalRows);
                }
            };
        }
    }

    static class FindsStale extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    KeyRow row = super.find(id);
                    // The second version is never seen.
                    return row != null && row.version() == 2
                            ? row.toBuilder().version(1).build()
                            : row;
                }
            };
        }
    }

    static class PurgesTheLiving extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    Purge purge = super.purge(age, now, limit, journalRow);
                    if (purge.removed() > 0 && !rows.isEmpty()) {
                        rows.pollLastEntry();
                    }
                    return purge;
                }
            };
        }
    }

    static class FailsNowAndThen extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                private int calls;

                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    if (++calls % 50 == 0) {
                        throw new StorageException("now and then", null);
                    }
                    return super.find(id);
                }
            };
        }
    }

    /** Keeps each journal row in its own way. */
    abstract static class Journals extends Sound {
        private int number;

        abstract List<JournalRow> kept(JournalRow row, int number);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                void journal(JournalRow row) {
                    kept(row, ++number).forEach(super::journal);
                }
            };
        }
    }

    static class LosesJournalRows extends Journals {
        @Override
        List<JournalRow> kept(JournalRow row, int number) {
            return number % 50 == 0 ? List.of() : List.of(row);
        }
    }

    static class JournalsTwice extends Journals {
        @Override
        List<JournalRow> kept(JournalRow row, int number) {
            return number % 50 == 0
                    ? List.of(
                            row,
                            JournalRow.builder(Samples.journal(number).build().id(), row.type(), row.actor())
                                    .keyId(row.keyId())
                                    .requestId(row.requestId())
                                    .version(row.version())
                                    .details(row.details())
                                    .build())
                    : List.of(row);
        }
    }

    static class JournalsAnotherVersion extends Journals {
        @Override
        List<JournalRow> kept(JournalRow row, int number) {
            Long version = row.version();
            return List.of(
                    number % 50 == 0 && version != null
                            ? row.toBuilder().version(version + 1).build()
                            : row);
        }
    }

    static class ForgetsTheActor extends Journals {
        @Override
        List<JournalRow> kept(JournalRow row, int number) {
            return List.of(number % 50 == 0 ? row.toBuilder().requestId(null).build() : row);
        }
    }

    static class JournalsWhatWasRefused extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                boolean write(
                        List<KeyRow> inserts,
                        List<WriteSet.Replace> replaces,
                        List<WriteSet.Delete> deletes,
                        List<JournalRow> journalRows) {
                    journalRows.forEach(this::journal);
                    return super.write(inserts, replaces, deletes, List.of());
                }

                @Override
                public @Nullable KeyRow find(String id) {
                    KeyRow row = super.find(id);
                    Backing.dawdle();
                    return row;
                }
            };
        }
    }

    static class PurgesWithoutAWord extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                public synchronized Purge purge(Duration age, long now, int limit, JournalRow journalRow) {
                    int before = journal.size();
                    Purge purge = super.purge(age, now, limit, journalRow);
                    journal.subList(before, journal.size()).clear();
                    return purge;
                }
            };
        }
    }

    /** Skips rows of the last one's millisecond. */
    static class PagesTheJournalByTime extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                boolean follows(JournalRow row, JournalRow.Position before) {
                    return row.time() < before.time();
                }

                @Override
                long clock() {
                    // Coarse, so that it shows.
                    return super.clock() / 100 * 100;
                }
            };
        }
    }
}
