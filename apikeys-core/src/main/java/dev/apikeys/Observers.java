package dev.apikeys;

import dev.apikeys.OperationListener.Outcome;
import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.text.Failures;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports the outcome of operations and host calls to the operation listeners. A listener's failure has no effect. */
final class Observers implements Gate.Observer {
    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

    /** A listener behind a gate without observers: otherwise its own calls would be reported to it. */
    private record Observer(OperationListener listener, Gate gate) {}

    private final List<Observer> observers = new ArrayList<>();
    private final LongSupplier nanos;
    private final RateLimit logged;

    Observers(List<OperationListener> listeners, LongSupplier nanos) {
        this.nanos = nanos;
        this.logged = new RateLimit(1, nanos);
        for (OperationListener listener : listeners) {
            observers.add(new Observer(listener, Gate.direct(nanos, null)));
        }
    }

    List<Gate> gates() {
        return observers.stream().map(Observer::gate).toList();
    }

    boolean isEmpty() {
        return observers.isEmpty();
    }

    /** Reports the end of an operation. */
    void ended(Operation operation, Outcome outcome) {
        if (!observers.isEmpty()) {
            ended(operation, null, outcome, operation.since());
        }
    }

    @Override
    public void ended(Operation operation, @Nullable String step, @Nullable Throwable failure, long since) {
        ended(operation, step, outcome(failure), since);
    }

    private void ended(Operation operation, @Nullable String step, Outcome outcome, long since) {
        try {
            long took = nanos.getAsLong() - since;
            for (Observer observer : observers) {
                observer.gate.later(
                        operation,
                        "operationListener.onOperation",
                        () -> observer.listener.onOperation(operation.name(), step, outcome, took),
                        this::failed);
            }
        } catch (Throwable untold) {
            // The host's ticker failed, or memory is short. The operation is done: its result must reach the caller.
        }
    }

    private void failed(Throwable failure) {
        if (logged.admits()) {
            LOG.warn("An operation listener failed: {}", Failures.shown(failure));
        }
    }

    /** Returns the outcome to report for a failure. */
    private static Outcome outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return Outcome.OK;
        }
        if (failure instanceof VaultFullException) {
            return Outcome.FULL;
        }
        if (failure instanceof StorageException outage && !(failure instanceof KeyExistsException)) {
            return outage.outcomeUnknown() ? Outcome.UNKNOWN : Outcome.FAILED;
        }
        return failure instanceof RuntimeException ? Outcome.REFUSED : Outcome.FAILED;
    }
}
