package dev.apikeys;

import dev.apikeys.KeyEvent.Dropped;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.concurrent.RateLimit;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Delivers events to the listeners, in order, on one thread for each. No operation waits for a listener: on overflow,
 * events are dropped and counted. Events that an attacker can cause are rate-limited and never take queue places from
 * the events of authorized changes.
 */
final class Emitter {
    private static final int MAX_PER_SECOND = 10;
    private static final int KEYS_CLAIMED_AGAIN = 256;

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
            for (Listening listener : listeners) {
                if (!listener.takes(event)) {
                    drop(Dropped.FULL, 1);
                }
            }
        } catch (Throwable outOfMemory) {
            drop(Dropped.FULL, 1);
        }
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

    /** Delivers the queued events for at most the given time, then stops. */
    void close(Patience patience, Duration atMost) {
        listeners.forEach(Listening::stop);
        for (Listening listener : listeners) {
            drop(Dropped.CLOSED, listener.untoldAfter(patience, atMost));
        }
    }
}
