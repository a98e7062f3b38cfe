package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageDelta;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.StampedLock;
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
        assertThat(outcome.passed()).hasSize(3);
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
        "LosesChanges, was lost|Rotated twice|VALID although|had been answered with|changes were answered with",
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
        "PurgesTheLiving, never deleted",
        "FailsNowAndThen, 'failed, although nothing was done|STORE_UNAVAILABLE although'",
    })
    void whatIsBrokenIsFound(String broken, String words) throws ClassNotFoundException {
        Outcome outcome = Outcome.of(Class.forName(getClass().getName() + "$" + broken), CROWD);

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

    @Test
    void aPolicyThatIsNotThereWhileItIsReplacedIsFound() {
        AtomicBoolean there = new AtomicBoolean(true);
        try (ApiKeyManager manager = manager(granted -> there.get())) {
            assertThatExceptionOfType(AssertionError.class)
                    .isThrownBy(() -> ConcurrentProgram.random(1, 2, 100)
                            .reloading(() -> there.set(!there.get()))
                            .run(manager, Thread::new))
                    .withMessageContaining("INSUFFICIENT_PERMISSIONS although nobody took back");
        }
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

    /** The vault of the incident: it cleans up under the lock that the clean-up takes. */
    static final class SelfLockingVault extends ReferenceTempKeyStore {
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
    }

    static class LosesChanges extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                @Nullable KeyRow after(TreeMap<String, KeyRow> before, Change change) {
                    KeyRow stored = before.get(change.row().id());
                    // Whatever version it has.
                    return change instanceof Change.Replace && stored != null
                            ? merged(stored, change.row())
                            : super.after(before, change);
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

    static class TakesRevocationsForExpiry extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    // Nobody gets in, until the key is prolonged.
                    Draft draft = Draft.from(super.merged(stored, replacement));
                    Long end = replacement.revokedAt();
                    return (end == null ? draft : draft.expiresAt(end).revokedAt(null)).row();
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
                    Draft draft = Draft.from(super.merged(stored, replacement));
                    return (renamed && replacement.revokedAt() == null ? draft.disabledAt(null) : draft).row();
                }
            };
        }
    }

    static class LosesUsage extends Sound {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore() {
                @Override
                KeyRow used(KeyRow row, UsageDelta delta) {
                    return Draft.from(row).usageCount(delta.count()).row();
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
                public synchronized void insert(TempRow row) {
                    if (++inserts % 3 != 0) {
                        super.insert(row);
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
                synchronized List<TempRow> waiting(String keyId) {
                    return rows.values().stream()
                            .filter(row -> row.settledAt() == null)
                            .toList();
                }
            };
        }
    }

    static class PurgesWhatWaits extends Sound {
        @Override
        protected TempKeyStore tempKeyStore() {
            return new ReferenceTempKeyStore() {
                @Override
                public synchronized int purge(long before, int limit) {
                    // By age, whatever the deadline.
                    rows.values().removeIf(row -> row.settledAt() == null && row.createdAt() < before);
                    return super.purge(before, limit);
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
                    // Settled, and the one who did it is told that another was first.
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
                public synchronized Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
                    Slice slice = super.list(filter, afterId, limit, now);
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
                public synchronized boolean delete(String id) {
                    return rows.containsKey(id);
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
                            ? Draft.from(row).version(1).row()
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
                public synchronized List<KeyRow> purge(long endedBefore, int limit) {
                    List<KeyRow> purged = super.purge(endedBefore, limit);
                    if (!purged.isEmpty() && !rows.isEmpty()) {
                        rows.pollLastEntry();
                    }
                    return purged;
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
}
