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
 * A random program of operations on a manager, for several threads at once, and what must hold while it runs and when it
 * has ended:
 *
 * <ul>
 *   <li>every thread ends;
 *   <li>per key, each change has a version of its own, none is missing, the last update is what is stored,
 *       and the last switch on or off;
 *   <li>a key that was taken back, by a revoke or by a rotation without grace, is stored as revoked, whatever came later;
 *   <li>per key, the usage count is the number of VALID answers, once usage is written;
 *   <li>each change has its row in the journal, with the actor that made it, and each row its change; what a purge removed
 *       is told in number;
 *   <li>one claim of a ticket wins at most, one rotation of a key, and one delete;
 *   <li>a claim of a ticket is given the secret, unless another claim won or may have, the deadline is short, or a discard
 *       of the key, a revoke, disable, rotation or delete was begun; what was not claimed waits to the end, past every
 *       purge;
 *   <li>what was returned and not deleted is listed, once, and nothing else is;
 *   <li>a read that begins after a change was answered sees it;
 *   <li>no verification that begins after a revoke, a delete or a rotation without grace was answered is VALID, and every
 *       verification of a key that was neither taken back nor disabled nor rotated is.
 * </ul>
 *
 * <p>The same seed makes the same program; how its threads meet is chance. Immutable and thread-safe.
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

    /** What one thread does next, and to which key. */
    record Step(Act act, int pick) {
        @Override
        public String toString() {
            return act.name().toLowerCase(Locale.ROOT) + " " + pick;
        }
    }

    /**
     * What a program did that ended well. Immutable and thread-safe.
     *
     * @param longest how long the longest call of each method took
     * @param calls how often each method was called
     * @since 0.1
     */
    public record Report(Map<String, Duration> longest, Map<String, Integer> calls) {
        /** Creates a report with copies of the maps. */
        public Report {
            longest = Map.copyOf(longest);
            calls = Map.copyOf(calls);
        }
    }

    /** What goes on besides, and how long a call may last. */
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
     * Makes a program.
     *
     * @param seed decides which
     * @param threads how many threads, 1 to 100 000
     * @param steps how many operations each thread does, 1 to 10 000
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
     * Makes the same program less or more patient.
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
     * Makes the same program for a store to which something is done: operations may fail with a
     * {@link dev.apikeys.spi.StorageException}, a change whose outcome is unknown may have been made or not, and usage
     * counts may be too high.
     *
     * @param recovery run once when all steps have ended, before it is checked what is stored: ends the outages, and lets
     *     go of calls that hang
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
     * Makes the same program for a manager whose retention is short: a key that was revoked or rotated, or has expired, may
     * be gone at any time.
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
     * Makes the same program for a manager with an authorizer: verifications ask whether the key may {@code GET} the
     * resource {@code /program}. Before, while and after the policy is replaced it lets a key that is granted {@code read}.
     *
     * @param reload replaces the policy; run now and then, by several threads at once
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
     * Makes a program of which the first thread closes the manager when it has done half of its steps, whatever the others
     * do; they are turned away from then on. Unless outages are allowed the close must succeed, and no use be lost by it.
     *
     * @param next makes another manager on the same stores, once, through which it is looked up what is stored; the program
     *     closes it
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
     * Runs the program. Returns or throws within ten times the patience, also if threads of it hang. What must hold in the end is
     * looked up through the manager.
     *
     * @param manager has a temp key store, the standard roles, no bound on lifetimes and, unless the program is
     *     {@link #purging}, no retention or a long one; it stays open, unless the program is {@link #closing} it
     * @param factory makes the threads; they become daemons
     * @return what was done
     * @throws AssertionError if something does not hold: with the seed, the program, the log of each thread, and the stack
     *     of each that is stuck
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

    /** The manager through which it is looked up what is stored. */
    ApiKeyManager last(ApiKeyManager manager) {
        return setting.next == null ? manager : setting.next.get();
    }

    /** How to make it again. */
    @Override
    public String toString() {
        return name;
    }

    /** The steps of a thread. */
    String shown(int thread) {
        return threads.get(thread).stream().map(Step::toString).collect(Collectors.joining(", "));
    }
}
