package dev.apikeys;

import dev.apikeys.KeyEvent.Dropped;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Watch;
import dev.apikeys.internal.text.Failures;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to the listeners, in order, on one thread for each. No operation waits for a listener: on overflow,
 * events are dropped and counted. Events that an attacker can cause are rate-limited and never take queue places from
 * the events of authorized changes.
 */
final class Emitter {
    private static final int MAX_PER_SECOND = 10;
    private static final int KEYS_CLAIMED_AGAIN = 256;

    /** A listener and its queue of events. Its thread exists only while there are events. */
    static final class Listening {
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
            this.thread =
                    new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), threads);
            thread.allowCoreThreadTimeOut(true);
        }

        /** Enqueues an event; returns false if too many wait. */
        boolean takes(KeyEvent.Type type, Supplier<KeyEvent> event) {
            if (thread.getQueue().size() >= maxWaiting(type)) {
                return false;
            }
            try {
                thread.execute(() -> tell(type, event));
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

        private void tell(KeyEvent.Type type, Supplier<KeyEvent> made) {
            Object told = type;
            try {
                KeyEvent event = made.get();
                told = event;
                KeyId id = event.keyId();
                Operation operation = new Operation("event " + type, id == null ? null : id.value(), null, 0, 0);
                gate.<@Nullable Void>read(operation, "listener.onEvent", () -> {
                    listener.onEvent(event);
                    return null;
                });
            } catch (Throwable e) {
                LOG.warn("The listener failed on {}: {}", told, Failures.shown(e));
            }
        }

        void stop() {
            thread.shutdown();
        }

        /** Waits until all events are delivered, but not beyond an end of {@code patience}; returns how many were not. */
        int untoldAt(Patience patience, long end) {
            if (patience.outlasts(thread, end)) {
                return 0;
            }
            List<Runnable> untold = new ArrayList<>();
            int events = thread.getQueue().drainTo(untold);
            LOG.warn("The listener did not end in time; {} events were not delivered", events);
            return events;
        }
    }

    private final List<Listening> listeners;

    /** Limits for events that unauthenticated callers can cause, by type, so that a flood of one hides no other. */
    private final Map<KeyEvent.Type, RateLimit> rates;

    /** By hash of the key: replaying a spent ticket must not suppress the event for another key. */
    private final RateLimit[] claimedAgain;

    /** Random, so that keys that share a limit cannot be chosen. */
    private final int seed = new SecureRandom().nextInt();

    private final Map<Dropped, LongAdder> dropped = new EnumMap<>(Dropped.class);

    Emitter(List<Listening> listeners, LongSupplier nanos) {
        this.listeners = List.copyOf(listeners);
        this.rates = Map.of(
                KeyEvent.Type.REJECTED, new RateLimit(MAX_PER_SECOND, nanos),
                KeyEvent.Type.PERMISSIONS_QUARANTINED, new RateLimit(MAX_PER_SECOND, nanos));
        this.claimedAgain = Stream.generate(() -> new RateLimit(1, nanos))
                .limit(KEYS_CLAIMED_AGAIN)
                .toArray(RateLimit[]::new);
        for (Dropped reason : Dropped.values()) {
            dropped.put(reason, new LongAdder());
        }
    }

    /** Emits an event without a code. */
    void emit(KeyEvent.Type type, @Nullable KeyId id, long millis, String detail) {
        emit(type, id, millis, null, detail);
    }

    /** Emits an event. Throws nothing: the operation is done, and its result must reach the caller. */
    void emit(KeyEvent.Type type, @Nullable KeyId id, long millis, Verification.@Nullable Code code, String detail) {
        if (listeners.isEmpty()) {
            return;
        }
        try {
            KeyEvent event = new KeyEvent(type, id, Instant.ofEpochMilli(millis), code, detail);
            emit(type, () -> event);
        } catch (Throwable outOfMemory) {
            drop(Dropped.FULL, 1);
        }
    }

    private void emit(KeyEvent.Type type, Supplier<KeyEvent> event) {
        for (Listening listener : listeners) {
            if (!listener.takes(type, event)) {
                drop(Dropped.FULL, 1);
            }
        }
    }

    /**
     * Emits a stalled host call. The clock is asked on the listeners' threads: the watch must go on although it fails
     * or hangs, too.
     */
    void emitStalled(Watch.Stalled call, InstantSource clock) {
        KeyId id = KeyId.stored(call.keyId());
        String detail = call.operation() + " in " + call.step() + " on " + call.thread();
        emit(KeyEvent.Type.STALLED, () -> new KeyEvent(KeyEvent.Type.STALLED, id, clock.instant(), null, detail));
    }

    /** Returns whether the rate limit admits an event; asked first for each event that callers can cause at will. */
    boolean admits(KeyEvent.Type type) {
        return admits(rates.get(type));
    }

    /** Returns the same for a ticket that was presented again. */
    boolean admitsClaimedAgain(KeyId id) {
        return admits(claimedAgain[(((id.hashCode() ^ seed) * 0x9e3779b9) >>> 16) % KEYS_CLAIMED_AGAIN]);
    }

    private boolean admits(@Nullable RateLimit rate) {
        if (listeners.isEmpty()) {
            return false;
        }
        if (rate == null || rate.admits()) {
            return true;
        }
        drop(Dropped.RATE, 1);
        return false;
    }

    private void drop(Dropped reason, long events) {
        Objects.requireNonNull(dropped.get(reason)).add(events);
    }

    Map<Dropped, Long> dropped() {
        Map<Dropped, Long> sums = new EnumMap<>(Dropped.class);
        dropped.forEach((reason, count) -> sums.put(reason, count.sum()));
        return sums;
    }

    /** Delivers the queued events for at most the given time, to all listeners together, then stops. */
    void close(Patience patience, Duration atMost) {
        listeners.forEach(Listening::stop);
        long end = patience.end(atMost);
        for (Listening listener : listeners) {
            drop(Dropped.CLOSED, listener.untoldAt(patience, end));
        }
    }
}
