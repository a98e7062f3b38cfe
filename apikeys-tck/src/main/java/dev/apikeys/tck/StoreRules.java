package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The rules for both kinds of store, S10 to S13: bounds, outages and threads. Part of {@link ApiKeyStoreContract} and
 * {@link TempKeyStoreContract}; extend those.
 *
 * <p>A call that does not return fails its test with the stack of the stuck thread. Not thread-safe: JUnit creates an
 * instance for each test.
 *
 * @param <S> the kind of store
 * @since 0.1
 */
@TestMethodOrder(MethodOrderer.MethodName.class)
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class StoreRules<S> {
    static final long T0 = Samples.T0;
    static final long MINUTE = Duration.ofMinutes(1).toMillis();
    static final long HOUR = Duration.ofHours(1).toMillis();

    /** Fails a test in which a call into the store hangs, with the call and its stack. */
    @RegisterExtension
    @SuppressWarnings("this-escape") // called when a test begins, not before
    public final Extension hangs = new HangDetector(this::patience);

    private final Class<S> type;
    private @Nullable S taken;

    StoreRules(Class<S> type) {
        this.type = type;
    }

    /**
     * Returns the store to test. Called once for each test, on the thread that runs it.
     *
     * @return a store that holds no rows
     * @throws Exception if there is none, which fails the test
     */
    protected abstract S store() throws Exception;

    /**
     * Returns fault injection for the store last returned by {@link #store()}. Without it, rules S10 and S11 are
     * skipped, and the parts of S13, S17, S19 and S21 about a single connection and about an outage.
     *
     * @return the faults, or null if this store has no backend that could fail
     */
    protected @Nullable StoreFaults<S> faults() {
        return null;
    }

    /**
     * Returns how long a call may last before it counts as hanging: longer than the store's own bounds, on a slow
     * machine.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    /** Returns the number of threads in a crowd. */
    int crowd() {
        return 64;
    }

    /**
     * Gets a fresh store for the next test.
     *
     * @throws Exception if there is none
     */
    @BeforeEach
    public final void takeStore() throws Exception {
        taken = watched(Objects.requireNonNull(store(), "store() returned null"));
    }

    final S tested() {
        return Objects.requireNonNull(taken, "takeStore() was not called");
    }

    final S watched(S store) {
        return detector().over(type, store);
    }

    final HangDetector detector() {
        return (HangDetector) hangs;
    }

    /** Writes a row. */
    abstract void putOne();

    /** Returns whether the row written by {@link #putOne} is found. */
    abstract boolean findsIt();

    /** Returns one valid call of each method. */
    abstract Map<String, Runnable> everyCall();

    /** Makes calls that the store must refuse, and asserts that it does. */
    abstract void callInVain();

    /** Writes, changes and removes rows that no other thread touches, and checks each result. */
    abstract void liveALife(S store, int number);

    /** S10: if the backend does not answer, each call ends in a StorageException by the store's own bounds. */
    @Test
    public final void S10_aHangBecomesAStorageException() throws Exception {
        StoreFaults<S> faults = faultsFor("S10");
        putOne();
        List<Map.Entry<String, Runnable>> calls = new ArrayList<>(everyCall().entrySet());
        faults.hang();
        try {
            detector()
                    .race(
                            calls.size(),
                            i -> assertOutage(
                                    calls.get(i).getKey(), calls.get(i).getValue()));
        } finally {
            faults.recover();
        }
        untilItAnswers(this::requireIt);
    }

    /** S11: an outage is a StorageException with its cause, and the next call after it works. */
    @Test
    public final void S11_anOutageIsAStorageExceptionAndPasses() {
        StoreFaults<S> faults = faultsFor("S11");
        putOne();
        faults.fail();
        try {
            everyCall().forEach((name, call) -> {
                StorageException e = assertOutage(name, call);
                assertNotNull(e.getCause(), name + "() during an outage: the exception has its cause");
            });
        } finally {
            faults.recover();
        }
        requireIt();
    }

    /** S12: a thread that has called every method, successfully and not, blocks no other. */
    @Test
    public final void S12_nothingIsHeldOnReturn() throws Exception {
        putOne();
        CountDownLatch returned = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Boolean> idle = detector().begin("idle", () -> {
            everyCall().values().forEach(Runnable::run);
            callInVain();
            returned.countDown();
            return end.await(patience().toNanos(), TimeUnit.NANOSECONDS);
        });
        try {
            while (returned.getCount() > 0 && !idle.isDone()) {
                returned.await(10, TimeUnit.MILLISECONDS);
            }
            everyCall().values().forEach(Runnable::run);
        } finally {
            end.countDown();
        }
        detector().await(idle);
    }

    /** S13: many threads use the store concurrently, each with its own rows, and each finds what it wrote. */
    @Test
    public final void S13_anyNumberOfThreads() throws Exception {
        detector().race(crowd(), i -> liveALife(tested(), i));
    }

    /** S13: many callers share one connection. */
    @Test
    public final void S13_64CallersShareOneConnection() throws Exception {
        StoreFaults<S> faults = faultsFor("S13");
        S narrow = faults.onOneConnection();
        assumeTrue(narrow != null, "S13 skipped: faults().onOneConnection() returned no store");
        S watched = watched(narrow);

        detector().race(crowd(), i -> liveALife(watched, i));
    }

    private void requireIt() {
        if (!findsIt()) {
            throw new AssertionError("The first call after an outage does not find what was written before it");
        }
    }

    static StorageException assertOutage(String name, Runnable call) {
        StorageException e = assertThrows(
                StorageException.class,
                call::run,
                name + "() while nothing answers; faults() must reach every method, reads from memory too");
        assertFalse(e instanceof KeyExistsException, name + "() while nothing answers is not a duplicate");
        return e;
    }

    /** Makes a call alone in a hang, and waits until the store answers again. */
    final StorageException inAHang(StoreFaults<?> faults, String name, Runnable call) {
        StorageException e;
        faults.hang();
        try {
            e = assertOutage(name, call);
        } finally {
            faults.recover();
        }
        untilItAnswers(this::requireIt);
        return e;
    }

    /** Retries a call until the store, which has just recovered, answers it. */
    final void untilItAnswers(Runnable call) {
        long begun = System.nanoTime();
        for (; ; ) {
            try {
                call.run();
                return;
            } catch (StorageException e) {
                if (System.nanoTime() - begun > patience().toNanos()) {
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    final StoreFaults<S> faultsFor(String rule) {
        StoreFaults<S> faults = faults();
        assumeTrue(faults != null, rule + " skipped: it needs faults, and faults() is not overridden");
        return faults;
    }
}
