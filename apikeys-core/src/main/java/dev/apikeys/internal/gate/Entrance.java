package dev.apikeys.internal.gate;

import dev.apikeys.internal.concurrent.Admissions;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Admits operations until the manager is closed, and reports the outcome of each. */
public final class Entrance {
    private final Admissions admissions;
    private final Operations operations;
    private final Gate.@Nullable Observer observer;

    public Entrance(Admissions admissions, Operations operations, Gate.@Nullable Observer observer) {
        this.admissions = admissions;
        this.operations = operations;
        this.observer = observer;
    }

    public <T> T run(String name, Function<Operation, T> work) {
        return run(name, null, work);
    }

    /** Runs an operation about a key. */
    public <T> T run(String name, @Nullable String id, Function<Operation, T> work) {
        admissions.enter();
        try {
            Operation operation = operations.begin(name);
            return told(id == null ? operation : operation.about(id), work);
        } finally {
            admissions.leave();
        }
    }

    private <T> T told(Operation operation, Function<Operation, T> work) {
        Throwable failure = null;
        try {
            return work.apply(operation);
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            if (observer != null) {
                observer.ended(operation, null, failure, operation.since());
            }
        }
    }

    /** Fails if the manager is closed. */
    public void requireOpen() {
        admissions.enter();
        admissions.leave();
    }
}
