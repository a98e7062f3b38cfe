package dev.apikeys.tck;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.JournalEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One run of a program: starts its threads, waits for them with a bound, and reports failures. For one thread. */
final class ProgramRun {
    private static final int BOUND = 10;
    private static final int MAX_SHOWN = 16;
    private static final long ROUND_NANOS = 2_000_000;

    private final ConcurrentProgram program;
    private final ApiKeyManager manager;
    private final ThreadFactory factory;
    private final Ledger ledger = new Ledger();
    private final List<Running> started = new ArrayList<>();
    private final long begun = System.nanoTime();

    /** Accessed by one thread after the other. */
    private volatile long unexplained;

    private record Running(Worker worker, Thread thread, CompletableFuture<@Nullable Void> ended, String steps) {}

    private record Stored(List<ApiKey> keys, List<JournalEntry> journal) {}

    /** A thread that is in a call, and for how many nanoseconds. */
    private record Inside(Running one, String what, long age) {}

    ProgramRun(ConcurrentProgram program, ApiKeyManager manager, ThreadFactory factory) {
        this.program = program;
        this.manager = manager;
        this.factory = factory;
    }

    ConcurrentProgram.Report run() {
        try {
            start("before", "lists what is there", manager, worker -> {
                Stored there = stored(worker);
                there.keys.forEach(key -> ledger.mayExist(key.id()));
                unexplained = Chronicle.unexplained(there.journal, there.keys.size());
            });
            await();
            CountDownLatch together = new CountDownLatch(1);
            for (int i = 0; i < program.threads().size(); i++) {
                List<ConcurrentProgram.Step> steps = program.threads().get(i);
                start("#" + i, program.shown(i), manager, worker -> {
                    together.await(bound().toNanos(), TimeUnit.NANOSECONDS);
                    worker.perform(steps);
                });
            }
            together.countDown();
            await();
            program.recover();
            checkThrough(program.last(manager));
            return report();
        } finally {
            started.forEach(one -> one.thread.interrupt());
        }
    }

    /** Checks what is stored, and closes the manager if it was created for that, even if it hangs. */
    private void checkThrough(ApiKeyManager last) {
        boolean checked = false;
        try {
            start("after", "checks what is stored", last, worker -> check(worker, last));
            await();
            checked = true;
        } finally {
            if (program.closes() && !checked) {
                closeLater(last);
            }
        }
        if (program.closes()) {
            last.close();
        }
    }

    /** Closes on another thread, since close waits for calls that hang. */
    static void closeLater(ApiKeyManager manager) {
        Thread closing = new Thread(manager::close, "apikeys-tck close");
        closing.setDaemon(true);
        closing.setUncaughtExceptionHandler((thread, e) -> {});
        closing.start();
    }

    /** The work of a thread of the program. */
    private interface Part {
        void play(Worker worker) throws Exception;
    }

    private void start(String name, String steps, ApiKeyManager asked, Part part) {
        Worker worker = new Worker(name, program, asked, ledger);
        CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
        Thread thread = factory.newThread(() -> {
            try {
                part.play(worker);
                ended.complete(null);
            } catch (Throwable e) {
                ended.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        started.add(new Running(worker, thread, ended, steps));
        thread.start();
    }

    private List<ApiKey> listed(Worker worker) {
        for (; ; ) {
            List<ApiKey> listed = worker.listAll();
            if (listed != null) {
                return listed;
            }
            breathe();
        }
    }

    /** Returns keys and journal of one moment; maintenance runs meanwhile and may purge. */
    private Stored stored(Worker worker) {
        List<JournalEntry> before = journal(worker);
        for (; ; ) {
            List<ApiKey> keys = listed(worker);
            List<JournalEntry> journal = journal(worker);
            if (journal.equals(before)) {
                return new Stored(keys, journal);
            }
            before = journal;
        }
    }

    private List<JournalEntry> journal(Worker worker) {
        for (; ; ) {
            List<JournalEntry> read = worker.journal();
            if (read != null) {
                return read;
            }
            breathe();
        }
    }

    private void check(Worker worker, ApiKeyManager last) {
        // Calls that have timed out may still write.
        while (!worker.maintain()
                || last.stats().usagePending() > 0
                || (program.outages() && manager.stats().hostCalls() > 0)) {
            breathe();
        }
        Stored stored = stored(worker);
        ledger.check(stored.keys, !program.outages());
        ledger.chronicle.check(stored.journal, stored.keys);
        long now = Chronicle.unexplained(stored.journal, stored.keys.size());
        if (now != unexplained) {
            throw new AssertionError("By the journal " + (now - unexplained) + " keys more must exist than do: a key"
                    + " was created or removed without a row, or a row was written without a change");
        }
        ledger.all().forEach(key -> requireHandOff(worker, key));
    }

    /** Requires that a hand-off that must still wait in the vault does, with the right secret. */
    private static void requireHandOff(Worker worker, TrackedKey key) {
        while (key.waits()) {
            worker.claim(key);
            if (key.waits()) {
                breathe(); // The claim failed and did nothing.
            }
        }
    }

    private static void breathe() {
        LockSupport.parkNanos(ROUND_NANOS);
        if (Thread.currentThread().isInterrupted()) {
            throw new IllegalStateException("interrupted, since the program has ended");
        }
    }

    private void await() {
        while (!started.stream().allMatch(one -> one.ended.isDone())) {
            failIfStuck();
            LockSupport.parkNanos(ROUND_NANOS);
        }
        for (Running one : started) {
            if (one.ended.isCompletedExceptionally()) {
                throw failed(one);
            }
        }
    }

    private AssertionError failed(Running one) {
        Throwable cause = one.ended.handle((done, thrown) -> thrown).join();
        String what = cause instanceof AssertionError ? String.valueOf(cause.getMessage()) : String.valueOf(cause);
        AssertionError failure = new AssertionError(text(program + ": " + what, List.of(one)));
        failure.initCause(cause);
        return failure;
    }

    private void failIfStuck() {
        long now = System.nanoTime();
        // A snapshot, since threads run on while these are compared.
        List<Inside> inside = new ArrayList<>();
        for (Running one : started) {
            Calls.Call call = one.worker.calls().current();
            if (call != null) {
                inside.add(new Inside(one, call.what(), now - call.since()));
            }
        }
        inside.sort(Comparator.comparingLong(Inside::age).reversed());
        if (!inside.isEmpty() && inside.get(0).age > program.patience().toNanos()) {
            throw new AssertionError(text(
                    program + " hangs: " + inside.get(0).what + " has not returned for more than "
                            + seconds(program.patience())
                            + ". Look at the stacks for a lock that the same thread holds already, that another of these"
                            + " threads holds, or that a call which has returned left locked. Calls that have not"
                            + " returned: " + inside.size(),
                    inside.stream().map(Inside::one).toList()));
        }
        if (now - begun > bound().toNanos()) {
            List<Running> left =
                    started.stream().filter(one -> !one.ended.isDone()).toList();
            throw new AssertionError(text(
                    program + " did not end within " + seconds(bound()) + ", although no single call exceeds its bound",
                    left));
        }
    }

    private Duration bound() {
        return program.patience().multipliedBy(BOUND);
    }

    private static String seconds(Duration time) {
        return time.toMillis() / 1_000.0 + " s";
    }

    /** Returns the text of a failure with all details: first of the threads concerned, then of the others. */
    private String text(String what, List<Running> about) {
        List<Running> shown = new ArrayList<>(about);
        started.stream().filter(one -> !about.contains(one)).forEach(shown::add);
        StringBuilder text = new StringBuilder(what);
        for (Running one : shown.subList(0, Math.min(shown.size(), MAX_SHOWN))) {
            describe(text, one);
        }
        if (shown.size() > MAX_SHOWN) {
            text.append("\n(").append(shown.size() - MAX_SHOWN).append(" more threads)");
        }
        return text.toString();
    }

    private static void describe(StringBuilder text, Running one) {
        text.append("\nThread ").append(one.worker.name()).append(" (\"").append(one.thread.getName());
        text.append("\", ").append(one.thread.getState()).append(")");
        text.append("\n  program: ").append(one.steps);
        for (String line : one.worker.calls().log()) {
            text.append("\n  did ").append(line);
        }
        Calls.Call call = one.worker.calls().current();
        if (call != null) {
            Duration age = Duration.ofNanos(System.nanoTime() - call.since());
            text.append("\n  is in ").append(call.what()).append(" for ").append(seconds(age));
            for (StackTraceElement frame : one.thread.getStackTrace()) {
                text.append("\n      at ").append(frame);
            }
        }
    }

    private ConcurrentProgram.Report report() {
        Map<String, Duration> longest = new HashMap<>();
        Map<String, Integer> calls = new HashMap<>();
        for (Running one : started) {
            one.worker.calls().longest().forEach((what, time) -> longest.merge(what, time, ProgramRun::longer));
            one.worker.calls().answers().forEach((what, count) -> calls.merge(what, count, Integer::sum));
        }
        return new ConcurrentProgram.Report(longest, calls);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }
}
