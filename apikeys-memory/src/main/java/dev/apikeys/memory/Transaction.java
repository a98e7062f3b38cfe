package dev.apikeys.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Several edits that take effect at once. Each is first proposed in its place, where readers still see the old value;
 * then one compare-and-set decides for all of them.
 *
 * <p>No thread waits for a transaction: a writer that meets one undecided runs it to its end and goes on. All
 * transactions propose in one order, so a transaction that is helped on the way lies ahead of the one that is held up,
 * and helping always ends. Thread-safe: any number of threads may {@link #run} the same transaction.
 */
final class Transaction {

    /** How a write ended. */
    enum Outcome {
        /** Everything was written. */
        COMMITTED,
        /** Nothing was written, because something to be inserted exists. */
        DUPLICATE,
        /** Nothing was written, because something to be changed is not what it was expected to be. */
        CONFLICT,
        /** Nothing was written, because a reader of the journal was there first: to be made anew as another transaction. */
        OVERTAKEN
    }

    /**
     * An outcome.
     *
     * @param refused the id of the row that was refused, or null
     * @param moment what the count of commits was moved to by this one, 0 if it did not move it
     */
    record Decision(Outcome outcome, @Nullable String refused, long moment) {}

    /** An edit, where it belongs, and the id of the row on whose behalf it is made. */
    record Step<V>(Table<V> table, Edit<V> edit, String id) {

        /** Makes the edit by itself. */
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

    /** Forgotten once they are settled, since the journal keeps the transaction. */
    private volatile List<Step<?>> steps;

    /** Whether any thread may {@link #run} it. */
    private volatile boolean begun;

    /**
     * Creates a transaction of which a scan may see a part; nothing is proposed yet.
     *
     * @param steps in the order common to all transactions, each place at most once
     */
    Transaction(List<Step<?>> steps) {
        this.steps = List.copyOf(steps);
        this.commits = null;
    }

    /**
     * Creates a transaction of which a scan sees all or nothing; nothing is proposed yet.
     *
     * @param steps in the order common to all transactions, each place at most once
     * @param commits moved before the commit, and after everything was proposed
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

    /** Returns the decision, or null as long as there is none. */
    @Nullable Decision decision() {
        return decision.get();
    }

    /** Runs to the end; called once, by the thread that made the transaction. */
    Decision begin() {
        List<Step<?>> all = steps;
        // As long as no other thread knows the transaction, none can be late with it: no vacancy is needed.
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

    /** Runs to the end, on behalf of the thread that began it. */
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
