package dev.apikeys.tck;

import dev.apikeys.ApiKeyManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A random program of operations on a manager, for several concurrent threads, with the properties that must hold while
 * it runs and when it has ended:
 *
 * <ul>
 *   <li>every thread ends;
 *   <li>per key, each change has its own version, none is missing, and the last update and the last enable or disable
 *       are stored;
 *   <li>a key that was taken back, by a revoke or by a rotation without grace, is stored as revoked, regardless of
 *       later changes;
 *   <li>per key, the usage count is the number of VALID answers, once usage is written;
 *   <li>each change has its row in the journal, with its actor, and each row its change; a purge journals the number of
 *       removed keys;
 *   <li>at most one claim of a ticket wins, one rotation of a key, and one delete;
 *   <li>a claim of a ticket gets the secret, unless another claim won or may have won, the deadline is short, or a
 *       discard of the key, a revoke, disable, rotation or delete was begun; unclaimed hand-offs survive every purge
 *       until the end;
 *   <li>keys that were returned and not deleted are listed, once, and no others are;
 *   <li>a read that begins after a change has returned sees it;
 *   <li>no verification that begins after a revoke, a delete or a rotation without grace has returned is VALID, and
 *       every verification of a key that was neither taken back nor disabled nor rotated is.
 * </ul>
 *
 * <p>The same seed makes the same program; its interleaving is random. Immutable and thread-safe.
 *
 * <pre>{@code
 * ConcurrentProgram.random(seed, 16, 40).run(manager, Thread::new);
 * }</pre>
 *
 * @since 0.1
 */
public final class ConcurrentProgram {
    private static final int MAX_THREADS = 100_000;
    private static final int MAX_STEPS = 10_000;
    private static final int PICKS = 1_000;

    /** A step of one thread: an act and the choice of a key. */
    record Step(Act act, int pick) {
        @Override
        public String toString() {
            return act.name().toLowerCase(Locale.ROOT) + " " + pick;
        }
    }

    /**
     * The report of a program that succeeded. Immutable and thread-safe.
     *
     * @param longest the duration of the longest call of each method
     * @param calls the number of calls of each method
     * @since 0.1
     */
    public record Report(Map<String, Duration> longest, Map<String, Integer> calls) {
        /** Creates a report and copies the maps. */
        public Report {
            longest = Map.copyOf(longest);
            calls = Map.copyOf(calls);
        }
    }

    /** The environment of a program, and the bound of a call. */
    private record Setting(
            Duration patience,
            boolean purges,
            @Nullable Runnable recovery,
            @Nullable Runnable reload,
            @Nullable Supplier<ApiKeyManager> next) {}

    private final String name;
    private final List<List<Step>> threads;
    private final Setting setting;

    private ConcurrentProgram(String name, List<List<Step>> threads, Setting setting) {
        this.name = name;
        this.threads = threads;
        this.setting = setting;
    }

    /**
     * Returns a random program.
     *
     * @param seed determines the program
     * @param threads how many threads, 1 to 100 000
     * @param steps the operations of each thread, 1 to 10 000
     * @return the program, which counts a call as hanging after 20 seconds
     * @throws IllegalArgumentException if a number is out of bounds
     */
    public static ConcurrentProgram random(long seed, int threads, int steps) {
        require("threads", threads, MAX_THREADS);
        require("steps", steps, MAX_STEPS);
        List<Act> drawn = Arrays.stream(Act.values())
                .flatMap(act -> Collections.nCopies(act.weight(), act).stream())
                .toList();
        Random random = new Random(seed);
        List<List<Step>> all = new ArrayList<>(threads);
        for (int i = 0; i < threads; i++) {
            List<Step> own = new ArrayList<>(steps);
            for (int j = 0; j < steps; j++) {
                own.add(new Step(drawn.get(random.nextInt(drawn.size())), random.nextInt(PICKS)));
            }
            all.add(List.copyOf(own));
        }
        return new ConcurrentProgram(
                "ConcurrentProgram.random(" + seed + "L, " + threads + ", " + steps + ")",
                List.copyOf(all),
                new Setting(Duration.ofSeconds(20), false, null, null, null));
    }

    private static void require(String argument, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(argument + " is " + value + "; allowed: 1 to " + most);
        }
    }

    /**
     * Returns this program with another bound for calls.
     *
     * @param each how long a call may last before it counts as hanging, at least a millisecond; the whole may last ten
     *     times as long
     * @return the program
     * @throws IllegalArgumentException if it is less
     */
    public ConcurrentProgram patience(Duration each) {
        if (each.toMillis() < 1) {
            throw new IllegalArgumentException("each is " + each + "; allowed: at least a millisecond");
        }
        return new ConcurrentProgram(
                name, threads, new Setting(each, setting.purges, setting.recovery, setting.reload, setting.next));
    }

    /**
     * Returns this program for stores with injected faults: operations may fail with a
     * {@link dev.apikeys.spi.StorageException}, a change whose outcome is unknown may have been made or not, and usage
     * counts may be too high.
     *
     * @param recovery run once when all steps have ended, before the stores are checked: ends the outages, and releases
     *     calls that hang
     * @return the program
     */
    public ConcurrentProgram allowingOutages(Runnable recovery) {
        Objects.requireNonNull(recovery, "recovery");
        return new ConcurrentProgram(
                name + ".allowingOutages(…)",
                threads,
                new Setting(setting.patience, setting.purges, recovery, setting.reload, setting.next));
    }

    /**
     * Returns this program for a manager with a short retention: a key that was revoked or rotated, or has expired, may
     * be purged at any time.
     *
     * @return the program
     */
    public ConcurrentProgram purging() {
        return new ConcurrentProgram(
                name + ".purging()",
                threads,
                new Setting(setting.patience, true, setting.recovery, setting.reload, setting.next));
    }

    /**
     * Returns this program for a manager with an authorizer: verifications request {@code GET} on the resource
     * {@code /program}. Before, during and after a reload, the policy must allow it to keys with {@code read}.
     *
     * @param reload replaces the policy; run occasionally, by several threads concurrently
     * @return the program
     */
    public ConcurrentProgram reloading(Runnable reload) {
        Objects.requireNonNull(reload, "reload");
        return new ConcurrentProgram(
                name + ".reloading(…)",
                threads,
                new Setting(setting.patience, setting.purges, setting.recovery, reload, setting.next));
    }

    /**
     * Returns this program with a close of the manager by the first thread, after half of its steps, while the others
     * run; their later calls are rejected. Unless outages are allowed, the close must succeed and lose no use.
     *
     * @param next creates another manager on the same stores, once, to check what is stored; the program closes it
     * @return the program
     */
    public ConcurrentProgram closing(Supplier<ApiKeyManager> next) {
        Objects.requireNonNull(next, "next");
        List<Step> first = threads.get(0);
        List<Step> closing = new ArrayList<>(first.subList(0, first.size() / 2));
        closing.add(new Step(Act.CLOSE, 0));
        List<List<Step>> all = new ArrayList<>(threads);
        all.set(0, List.copyOf(closing));
        return new ConcurrentProgram(
                name + ".closing(…)",
                List.copyOf(all),
                new Setting(setting.patience, setting.purges, setting.recovery, setting.reload, next));
    }

    /**
     * Runs the program. Returns or throws within ten times the patience, even if some of its threads hang. The final
     * state is checked through the manager.
     *
     * @param manager has a temp key store, the standard roles, no bound on lifetimes and, unless the program is
     *     {@link #purging}, no retention or a long one; it stays open, unless the program is {@link #closing} it
     * @param factory creates the threads; they become daemons
     * @return what was done
     * @throws AssertionError if a property does not hold: with the seed, the program, the log of each thread, and the
     *     stack of each stuck thread
     */
    public Report run(ApiKeyManager manager, ThreadFactory factory) {
        return new ProgramRun(this, manager, factory).run();
    }

    List<List<Step>> threads() {
        return threads;
    }

    Duration patience() {
        return setting.patience;
    }

    boolean purges() {
        return setting.purges;
    }

    boolean outages() {
        return setting.recovery != null;
    }

    void recover() {
        if (setting.recovery != null) {
            setting.recovery.run();
        }
    }

    boolean reloads() {
        return setting.reload != null;
    }

    void reload() {
        if (setting.reload != null) {
            setting.reload.run();
        }
    }

    /** Returns whether the program closes the manager, so that another one checks. */
    boolean closes() {
        return setting.next != null;
    }

    /** Returns the manager for checking what is stored. */
    ApiKeyManager last(ApiKeyManager manager) {
        return setting.next == null ? manager : setting.next.get();
    }

    /** Returns the call that creates this program. */
    @Override
    public String toString() {
        return name;
    }

    /** Returns the steps of a thread. */
    String shown(int thread) {
        return threads.get(thread).stream().map(Step::toString).collect(Collectors.joining(", "));
    }
}
