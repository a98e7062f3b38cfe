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

/**
 * What a program knows of a key: what was answered, and what may have happened although the answer did not say so.
 * Thread-safe.
 */
final class TrackedKey {
    final KeyId id;
    final String secret;
    final @Nullable String ticket;
    final @Nullable String owner;

    /** Whether it ends by itself. */
    final boolean expires;

    /** What a verification gave. */
    volatile @Nullable Proof proof;

    /** Set before a call that can make the key worth nothing. */
    volatile boolean endangered;

    /** Set after a call returned that took the key back for good: what is stored of it is REVOKED, or gone. */
    volatile boolean ended;

    /** Set before a call after which the key may be gone. */
    volatile boolean deleting;

    /** Set before a call that throws away what waits in the vault, and leaves the key as it is. */
    volatile boolean discarding;

    /** The highest version that any caller was told. */
    final AtomicLong known = new AtomicLong(1);

    final AtomicLong valid = new AtomicLong();
    final AtomicInteger claimed = new AtomicInteger();

    /** Claims that won or may have: counted before they begin, and no more once it is known that they did not win. */
    final AtomicInteger claims = new AtomicInteger();

    final AtomicInteger deleted = new AtomicInteger();
    final AtomicInteger rotated = new AtomicInteger();

    /** Changes of which it is not known whether they were made. */
    final AtomicInteger unknownChanges = new AtomicInteger();

    /** Changes whose answer did not tell the version, if they were made at all. */
    final AtomicInteger untoldChanges = new AtomicInteger();

    final Set<Long> versions = ConcurrentHashMap.newKeySet();

    /** The name that an update wrote, by the version that it made. */
    final Map<Long, String> names = new ConcurrentHashMap<>();

    /** Whether a switch left the key off, by the version that it left. */
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

    /** Whether the ticket must give the secret, as far as is known now: nothing was begun that can take it away. */
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
                    "Version " + key.version() + " of " + id + " was answered to a disable and to an enable");
        }
    }

    /** Of a key that was taken back before it was read. Where clocks jump, the moment of that may lie ahead. */
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
