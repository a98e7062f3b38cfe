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
 * Tells the listeners, each in order on a thread of its own. No operation waits for one: what a listener cannot take is
 * dropped and counted. What an attacker can cause is told up to a rate, and never takes the places of what somebody with
 * rights has done.
 */
final class Emitter {
    private static final int MAX_PER_SECOND = 10;
    private static final int KEYS_CLAIMED_AGAIN = 256;

    private final List<Listening> listeners;

    /** For what a stranger can cause at will. Each type has a rate of its own, so that a flood of one hides no other. */
    private final Map<KeyEvent.Type, RateLimit> rates;

    /** By hash of the key: replaying one spent ticket must not hide the second claim of another key's. */
    private final RateLimit[] claimedAgain;

    /** So that nobody can choose keys that share a limit. */
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

    /** Emits an event that has no code. */
    void emit(KeyEvent.Type type, @Nullable KeyId id, long millis, String detail) {
        emit(type, id, millis, null, detail);
    }

    /** Emits an event. What it is about is done, and its result must reach the caller: so this throws nothing. */
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

    /** To be asked before an event is emitted that callers can cause at will: whether it may still be told. */
    boolean admits(KeyEvent.Type type) {
        return admits(rates.get(type));
    }

    /** The same for a ticket that was presented again. */
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

    /** Tells what is waiting, for the given time at the most, and then no more. */
    void close(Patience patience, Duration atMost) {
        listeners.forEach(Listening::stop);
        for (Listening listener : listeners) {
            drop(Dropped.CLOSED, listener.untoldAfter(patience, atMost));
        }
    }
}
