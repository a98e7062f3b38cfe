package dev.apikeys;

import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.concurrent.RateLimit;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the listener, in order, on one thread that exists only while there is something to tell. No operation waits for
 * it: what the listener cannot take is dropped and counted. What an attacker can cause is told up to a rate, and never
 * takes the places of what somebody with rights has done.
 */
final class Emitter {
    private static final Logger LOG = LoggerFactory.getLogger(Emitter.class);
    private static final int MAX_WAITING = 1_024;
    private static final int MAX_PER_SECOND = 10;

    private static final int MAX_WAITING_CLAIMED_AGAIN = MAX_WAITING / 4;
    private static final int KEYS_CLAIMED_AGAIN = 256;

    /** The other half is for what the host itself did: revoked, created, deleted. */
    private static final int MAX_WAITING_AT_WILL = MAX_WAITING / 2;

    private final @Nullable KeyListener listener;
    private final Gate gate;
    private final ThreadPoolExecutor thread;
    private final LongAdder dropped = new LongAdder();

    private final Patience patience;

    /** For what a stranger can cause at will. Each type has a rate of its own, so that a flood of one hides no other. */
    private final Map<KeyEvent.Type, RateLimit> rates;

    /** By hash of the key: who presents a spent ticket of his own all the time must not hide that he stole another one. */
    private final RateLimit[] claimedAgain;

    /** So that nobody can choose keys that fall together. */
    private final int seed = new SecureRandom().nextInt();

    Emitter(@Nullable KeyListener listener, Gate gate, LongSupplier nanos, Patience patience, ThreadFactory threads) {
        this.listener = listener;
        this.gate = gate;
        this.patience = patience;
        this.rates = Map.of(
                KeyEvent.Type.REJECTED, new RateLimit(MAX_PER_SECOND, nanos),
                KeyEvent.Type.PERMISSIONS_QUARANTINED, new RateLimit(MAX_PER_SECOND, nanos));
        this.claimedAgain = Stream.generate(() -> new RateLimit(1, nanos))
                .limit(KEYS_CLAIMED_AGAIN)
                .toArray(RateLimit[]::new);
        this.thread = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Emits an event that has no code. */
    void emit(KeyEvent.Type type, @Nullable KeyId id, long millis, String detail) {
        if (listener != null) {
            emit(new KeyEvent(type, id, Instant.ofEpochMilli(millis), null, detail));
        }
    }

    void emit(KeyEvent event) {
        if (listener == null) {
            return;
        }
        try {
            thread.execute(() -> tell(listener, event));
        } catch (RejectedExecutionException | OutOfMemoryError notTaken) {
            // Full, or the JVM cannot make the thread. What the event is about is done: its secret must reach the
            // caller.
            dropped.increment();
        }
    }

    /** To be asked before an event is emitted that callers can cause at will: whether it may still be told. */
    boolean admits(KeyEvent.Type type) {
        return admits(rates.get(type), MAX_WAITING_AT_WILL);
    }

    /** The same for a ticket that was presented again. */
    boolean admitsClaimedAgain(KeyId id) {
        int bucket = (((id.hashCode() ^ seed) * 0x9e3779b9) >>> 16) % KEYS_CLAIMED_AGAIN;
        return admits(claimedAgain[bucket], MAX_WAITING_CLAIMED_AGAIN);
    }

    private boolean admits(@Nullable RateLimit rate, int maxWaiting) {
        if (listener == null) {
            return false;
        }
        if ((rate == null || rate.admits()) && thread.getQueue().size() < maxWaiting) {
            return true;
        }
        dropped.increment();
        return false;
    }

    private void tell(KeyListener to, KeyEvent event) {
        KeyId id = event.keyId();
        Operation operation = new Operation("event " + event.type(), id == null ? null : id.value(), false, 0);
        gate.later(
                operation,
                "listener.onEvent",
                () -> to.onEvent(event),
                e -> LOG.warn("The listener failed on {}", event, e));
    }

    long dropped() {
        return dropped.sum();
    }

    /** Tells what is waiting, for the given time at the most, and then no more. */
    void close(Duration atMost) {
        thread.shutdown();
        if (!patience.outlasts(thread, atMost)) {
            List<Runnable> untold = new ArrayList<>();
            dropped.add(thread.getQueue().drainTo(untold));
            LOG.warn("The listener did not end in time; {} events were not told", untold.size());
        }
    }
}
