package dev.apikeys.tck;

import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ConflictException;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one thread into the manager, each as an actor with its own request id: records the outcome of each and
 * checks that it is allowed. For one thread; others may read log and current call.
 */
final class Calls {

    /** A call into the manager that has not returned. */
    record Call(String what, long since) {}

    /** A call into the manager. */
    @FunctionalInterface
    interface Question<T> {
        T ask(ApiKeyManager keys);
    }

    private final String worker;
    private final ConcurrentProgram program;
    private final ApiKeyManager manager;
    private final Ledger ledger;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final Map<String, Duration> longest = new HashMap<>();
    private final Map<String, Integer> answers = new HashMap<>();
    private volatile @Nullable Call current;
    private int number;

    Calls(String worker, ConcurrentProgram program, ApiKeyManager manager, Ledger ledger) {
        this.worker = worker;
        this.program = program;
        this.manager = manager;
        this.ledger = ledger;
    }

    @Nullable Call current() {
        return current;
    }

    Queue<String> log() {
        return log;
    }

    Map<String, Duration> longest() {
        return longest;
    }

    Map<String, Integer> answers() {
        return answers;
    }

    /** Makes a call that changes no key. */
    <T> @Nullable T read(String what, @Nullable KeyId id, Question<T> question, Function<T, String> shown) {
        String request = ledger.chronicle.begin(worker, ++number);
        T answer = make(what, id, request, question, shown, () -> {});
        ledger.chronicle.nothing(request);
        return answer;
    }

    /**
     * Makes a call that changes a key.
     *
     * @param rows the expected journal rows, by the answer; null if the answer does not determine them
     * @param unknown run if the call failed and the change may have been made nevertheless
     */
    <T> @Nullable T change(
            String what,
            @Nullable KeyId id,
            Question<T> question,
            Function<T, @Nullable List<Chronicle.Row>> rows,
            Function<T, String> shown,
            Runnable unknown) {
        String request = ledger.chronicle.begin(worker, ++number);
        T answer = make(what, id, request, question, shown, unknown);
        List<Chronicle.Row> made = answer == null ? null : rows.apply(answer);
        if (made != null) {
            ledger.chronicle.done(request, made);
        }
        return answer;
    }

    /**
     * Makes a call that changes any number of keys, one by one: the answer does not name them, and after a failure the
     * earlier changes remain.
     */
    <T> @Nullable T changes(String what, Question<T> question, Function<T, String> shown) {
        String request = ledger.chronicle.begin(worker, ++number);
        try {
            return make(what, null, request, question, shown, () -> {});
        } finally {
            ledger.chronicle.untold(request);
        }
    }

    /** Returns the answer, or null if the call failed for a reason that the program allows. */
    private <T> @Nullable T make(
            String what,
            @Nullable KeyId id,
            String request,
            Question<T> question,
            Function<T, String> shown,
            Runnable unknown) {
        String full = id == null ? what + "()" : what + "(" + id + ")";
        ApiKeyManager keys = manager.as(Actor.of(worker).via("program").requestId(request));
        long begun = System.nanoTime();
        current = new Call(full, begun);
        try {
            T answer = question.ask(keys);
            ended(what, full, shown.apply(answer), begun);
            return answer;
        } catch (ConflictException | KeyNotFoundException e) {
            ledger.chronicle.nothing(request);
            ended(what, full, String.valueOf(e.getMessage()), begun);
            return null;
        } catch (StorageException e) {
            failed(request, e, unknown);
            ended(what, full, e.toString(), begun);
            if (!program.outages()) {
                throw new AssertionError(full + " failed, although nothing was done to the store: " + e, e);
            }
            return null;
        } catch (IllegalStateException e) {
            ledger.chronicle.nothing(request);
            ended(what, full, e.toString(), begun);
            if (!ledger.closing) {
                throw e;
            }
            return null;
        } catch (VirtualMachineError e) {
            // The gate passes these on, like an OutOfMemoryError of the JVM.
            unknown.run();
            ended(what, full, e.toString(), begun);
            if (!program.outages()) {
                throw e;
            }
            return null;
        } catch (Throwable e) {
            ended(what, full, e.toString(), begun);
            throw e;
        }
    }

    private void failed(String request, StorageException e, Runnable unknown) {
        e.keyId().ifPresent(created -> ledger.mayExist(new KeyId(created)));
        if (e.outcomeUnknown()) {
            unknown.run();
        } else {
            ledger.chronicle.nothing(request);
        }
    }

    private void ended(String what, String full, String answer, long begun) {
        current = null;
        if (program.outages()) {
            Thread.interrupted(); // A failing store may have set it.
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        log.add(full + " -> " + answer + " in " + time.toMillis() + " ms");
        longest.merge(what, time, (a, b) -> a.compareTo(b) < 0 ? b : a);
        answers.merge(what, 1, Integer::sum);
    }
}
