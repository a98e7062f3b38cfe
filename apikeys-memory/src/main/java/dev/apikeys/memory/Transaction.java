package dev.apikeys.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Several edits that take effect atomically. Each is first proposed at its key, where readers still see the old value;
 * then one compare-and-set decides all of them.
 *
 * <p>No thread waits for a transaction: a writer that meets an undecided one helps it to its end and continues. All
 * transactions propose in one order, so a helped transaction is always ahead of the one it blocks, and helping ends.
 * Thread-safe: any number of threads may {@link #run} the same transaction.
 */
final class Transaction {

    /** The outcome of a write. */
    enum Outcome {
        /** Everything was written. */
        COMMITTED,
        /** Nothing was written, because a value to insert exists. */
        DUPLICATE,
        /** Nothing was written, because something to be changed is not what it was expected to be. */
        CONFLICT,
        /** Nothing was written, because a reader of the journal was there first: to be made anew as another transaction. */
        OVERTAKEN
    }

    /**
     * A decision.
     *
     * @param refused the id of the row that was refused, or null
     * @param moment the count of commits after this one, 0 if it is not counted
     */
    record Decision(Outcome outcome, @Nullable String refused, long moment) {}

    /** An edit, its table, and the id of the row for which it is made. */
    record Step<V>(Table<V> table, Edit<V> edit, String id) {

        /** Makes the edit without a transaction. */
        Decision apply() {
            Outcome outcome = table.apply(edit);
            return new Decision(outcome, outcome == Outcome.COMMITTED ? null : id, 0);
        }

        private @Nullable Version<V> proposeNew(Transaction transaction) {
            return table.proposeNew(edit, transaction);
        }

        private void propose(Transaction transaction) {
            if (!transaction.decided()) {
                Outcome refusal = table.propose(edit, transaction);
                if (refusal != null) {
                    transaction.decide(new Decision(refusal, id, 0));
                }
            }
        }

        private void settle(Transaction transaction) {
            table.settle(edit.key(), transaction);
        }
    }

    private final @Nullable AtomicLong commits;
    private final AtomicReference<@Nullable Decision> decision = new AtomicReference<>();

    /** Cleared once they are settled, since the journal keeps the transaction. */
    private volatile List<Step<?>> steps;

    /** Whether any thread may {@link #run} it. */
    private volatile boolean begun;

    /**
     * Creates a transaction that a scan may see in part; nothing is proposed yet.
     *
     * @param steps in the order common to all transactions, each place at most once
     */
    Transaction(List<Step<?>> steps) {
        this.steps = List.copyOf(steps);
        this.commits = null;
    }

    /**
     * Creates a transaction that a scan sees in full or not at all; nothing is proposed yet.
     *
     * @param steps in the order common to all transactions, each place at most once
     * @param commits incremented before the commit, after everything was proposed
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

    /** Returns the decision, or null if there is none yet. */
    @Nullable Decision decision() {
        return decision.get();
    }

    /** Runs to the end; called once, by the thread that created the transaction. */
    Decision begin() {
        List<Step<?>> all = steps;
        // No other thread knows the transaction yet, so none can be late: no vacancy is needed.
        Version<?> first = all.isEmpty() ? null : all.get(0).proposeNew(this);
        begun = true;
        if (first == null) {
            return run(all);
        }
        Decision made = run(all.subList(1, all.size()));
        if (!first.settled()) {
            all.get(0).settle(this);
        }
        return made;
    }

    /** Runs to the end, to help the thread that began it. */
    void run() {
        run(steps);
    }

    /** Decides it if nobody has: carries it to its end or, if it was not begun, has it made anew. */
    void conclude() {
        if (decided()) {
            return;
        }
        if (begun) {
            run();
        } else {
            decide(new Decision(Outcome.OVERTAKEN, null, 0));
        }
    }

    private Decision run(List<Step<?>> open) {
        for (Step<?> step : open) {
            step.propose(this);
        }
        if (!decided()) {
            decide(new Decision(Outcome.COMMITTED, null, commits == null ? 0 : commits.incrementAndGet()));
        }
        for (Step<?> step : open) {
            step.settle(this);
        }
        steps = List.of();
        Decision made = decision.get();
        if (made == null) {
            throw new AssertionError("a transaction that was run is decided");
        }
        return made;
    }

    private void decide(Decision made) {
        decision.compareAndSet(null, made);
    }
}
