package dev.apikeys;

import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.text.Failures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener and its queue of events. Its thread exists only while there are events. */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
    private static final int MAX_WAITING = 1_024;
    private static final int MAX_WAITING_CLAIMED_AGAIN = MAX_WAITING / 4;

    /** The other half is reserved for the host's own operations: revoked, created, deleted. */
    private static final int MAX_WAITING_AT_WILL = MAX_WAITING / 2;

    private final KeyListener listener;
    private final Gate gate;
    private final ThreadPoolExecutor thread;

    Listening(KeyListener listener, Gate gate, ThreadFactory threads) {
        this.listener = listener;
        this.gate = gate;
        this.thread = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Enqueues an event; returns false if too many wait. */
    boolean takes(KeyEvent event) {
        if (thread.getQueue().size() >= maxWaiting(event.type())) {
            return false;
        }
        try {
            thread.execute(() -> tell(event));
            return true;
        } catch (Throwable notTaken) {
            // Full, closed, or no thread. The operation is done, and its secret must reach the caller.
            return false;
        }
    }

    private static int maxWaiting(KeyEvent.Type type) {
        return switch (type) {
            case CLAIMED_AGAIN -> MAX_WAITING_CLAIMED_AGAIN;
            case VERIFIED, REJECTED, PERMISSIONS_QUARANTINED, STALLED -> MAX_WAITING_AT_WILL;
            default -> MAX_WAITING;
        };
    }

    private void tell(KeyEvent event) {
        KeyId id = event.keyId();
        Operation operation = new Operation("event " + event.type(), id == null ? null : id.value(), null, 0, 0);
        try {
            gate.<@Nullable Void>read(operation, "listener.onEvent", () -> {
                listener.onEvent(event);
                return null;
            });
        } catch (Throwable e) {
            LOG.warn("The listener failed on {}: {}", event, Failures.shown(e));
        }
    }

    void stop() {
        thread.shutdown();
    }

    /** Waits for at most the given time until all events are delivered; returns how many were not. */
    int untoldAfter(Patience patience, Duration atMost) {
        if (patience.outlasts(thread, atMost)) {
            return 0;
        }
        List<Runnable> untold = new ArrayList<>();
        int events = thread.getQueue().drainTo(untold);
        LOG.warn("The listener did not end in time; {} events were not delivered", events);
        return events;
    }
}
