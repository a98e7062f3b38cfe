package dev.apikeys;

import dev.apikeys.OperationListener.Outcome;
import dev.apikeys.internal.concurrent.Admissions;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Admits operations until the manager is closed, and reports the outcome of each. */
final class Entrance {
    private final Admissions admissions;
    private final Operations operations;
    private final Observers observers;

    Entrance(Admissions admissions, Operations operations, Observers observers) {
        this.admissions = admissions;
        this.operations = operations;
        this.observers = observers;
    }

    <T> T run(String name, Function<Operation, T> work) {
        return run(name, null, work);
    }

    /** Runs an operation about a key. */
    <T> T run(String name, @Nullable KeyId id, Function<Operation, T> work) {
        admissions.enter();
        try {
            Operation operation = operations.begin(name);
            return told(id == null ? operation : operation.about(id.value()), work);
        } finally {
            admissions.leave();
        }
    }

    private <T> T told(Operation operation, Function<Operation, T> work) {
        T result;
        try {
            result = work.apply(operation);
        } catch (Throwable e) {
            observers.ended(operation, Observers.outcome(e));
            throw e;
        }
        observers.ended(operation, Outcome.OK);
        return result;
    }

    /** Fails if the manager is closed. */
    void requireOpen() {
        admissions.enter();
        admissions.leave();
    }
}
