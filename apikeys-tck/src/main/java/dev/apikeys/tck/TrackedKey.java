package dev.apikeys.tck;

import dev.apikeys.ApiKey;
import dev.apikeys.CreatedKey;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.Proof;
import dev.apikeys.spi.KeyStatus;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A program's knowledge of a key: the answers, and what may have happened without an answer. Thread-safe. */
final class TrackedKey {
    final KeyId id;
    final String secret;
    final @Nullable String ticket;
    final @Nullable String owner;

    /** True if it has an expiry. */
    final boolean expires;

    /** The proof from a verification. */
    volatile @Nullable Proof proof;

    /** Set before a call that can invalidate the key. */
    volatile boolean endangered;

    /** Set after a call returned that took the key back permanently: it is stored as REVOKED, or removed. */
    volatile boolean ended;

    /** Set before a call that may remove the key. */
    volatile boolean deleting;

    /** Set before a call that discards the hand-off and leaves the key unchanged. */
    volatile boolean discarding;

    /** The highest version returned to any caller. */
    final AtomicLong known = new AtomicLong(1);

    final AtomicLong valid = new AtomicLong();
    final AtomicInteger claimed = new AtomicInteger();

    /** Claims that won or may have won: counted before they begin, and uncounted once they are known to have lost. */
    final AtomicInteger claims = new AtomicInteger();

    final AtomicInteger deleted = new AtomicInteger();
    final AtomicInteger rotated = new AtomicInteger();

    /** Changes with an unknown outcome. */
    final AtomicInteger unknownChanges = new AtomicInteger();

    /** Changes, possibly not made, whose answer did not contain the version. */
    final AtomicInteger untoldChanges = new AtomicInteger();

    final Set<Long> versions = ConcurrentHashMap.newKeySet();

    /** The name written by an update, by the version that it created. */
    final Map<Long, String> names = new ConcurrentHashMap<>();

    /** True if an enable or disable left the key disabled, by the version that it created. */
    final Map<Long, Boolean> off = new ConcurrentHashMap<>();

    TrackedKey(CreatedKey created) {
        id = created.id();
        secret = created.secret().reveal();
        ticket = created.handOff()
                .map(HandOff::ticket)
                .map(hidden -> hidden.reveal())
                .orElse(null);
        owner = created.key().owner();
        expires = created.key().expiresAt() != null;
        versions.add(created.key().version());
    }

    /** Returns whether the ticket must yield the secret, as far as is known: no call was begun that can prevent it. */
    boolean waits() {
        return ticket != null && claims.get() == 0 && !endangered && !discarding;
    }

    void told(ApiKey key) {
        versions.add(key.version());
        known.accumulateAndGet(key.version(), Math::max);
    }

    void updated(ApiKey key, String name) {
        told(key);
        String other = names.putIfAbsent(key.version(), name);
        if (other != null) {
            throw new AssertionError("An update of " + id + " was lost: version " + key.version() + " was made for \""
                    + other + "\" and for \"" + name + "\"");
        }
    }

    void switched(ApiKey key, boolean nowOff) {
        Boolean other = off.putIfAbsent(key.version(), nowOff);
        if (other != null && other != nowOff) {
            throw new AssertionError(
                    "Version " + key.version() + " of " + id + " was returned for a disable and for an enable");
        }
    }

    /**
     * Requires that a key that was taken back before the read is stored as revoked. If clocks jump, the moment may be
     * in the future.
     */
    void requireTakenBack(ApiKey read) {
        if (read.revokedAt() == null || read.status() == KeyStatus.ACTIVE) {
            throw new AssertionError(
                    "Version " + read.version() + " of " + id + " is " + read.status() + " although it was taken back");
        }
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
