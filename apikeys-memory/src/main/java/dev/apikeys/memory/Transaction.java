package dev.apikeys.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Several edits that take effect at once. Each is first proposed in its place, where readers go on to see the old value;
 * then one compare-and-set decides for all of them.
 *
 * <p>Nobody waits for a transaction: a writer that meets one undecided runs it to its end and goes on. All transactions
 * propose in one order, so a transaction that is helped on the way lies ahead of the one that is held up, and helping
 * always ends. Thread-safe: any number of threads may run the same transaction.
 */
final class Transaction {

    /** How a write ended. */
    enum Outcome {
        /** Everything was written. */
        COMMITTED,
        /** Nothing was written, because something to be inserted exists. */
        DUPLICATE,
        /** Nothing was written, because something to be changed is not what it was expected to be. */
        CONFLICT
    }

    /** An outcome, and the id of the row that was refused or, of a commit, the id of the first one. */
    record Decision(Outcome outcome, String id) {}

    /** An edit, where it belongs, and the id of the row on whose behalf it is made. */
    record Step<V>(Table<V> table, Edit<V> edit, String id) {}

    private final List<Step<?>> steps;
    private final AtomicLong commits;
    private final AtomicReference<@Nullable Decision> decision = new AtomicReference<>();

    /**
     * Creates a transaction; nothing is proposed yet.
     *
     * @param steps at least one, in the order common to all transactions, each place at most once
     * @param commits moved before each commit, and after everything was proposed
     */
    Transaction(List<Step<?>> steps, AtomicLong commits) {
        this.steps = List.copyOf(steps);
        this.commits = commits;
    }

    boolean decided() {
        return decision.get() != null;
    }

    boolean committed() {
        Decision made = decision.get();
        return made != null && made.outcome() == Outcome.COMMITTED;
    }

    /** Runs to the end, on behalf of whoever began it. */
    Decision run() {
        for (Step<?> step : steps) {
            propose(step);
        }
        if (!decided()) {
            commits.incrementAndGet();
            decide(Outcome.COMMITTED, steps.get(0).id());
        }
        for (Step<?> step : steps) {
            step.table().settle(step.edit().key(), this);
        }
        Decision made = decision.get();
        if (made == null) {
            throw new AssertionError("a transaction that was run is decided");
        }
        return made;
    }

    private <V> void propose(Step<V> step) {
        if (!decided()) {
            Outcome refusal = step.table().propose(step.edit(), this);
            if (refusal != null) {
                decide(refusal, step.id());
            }
        }
    }

    private void decide(Outcome outcome, String id) {
        decision.compareAndSet(null, new Decision(outcome, id));
    }
}
