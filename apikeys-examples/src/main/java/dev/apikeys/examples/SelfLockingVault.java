package dev.apikeys.examples;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * The vault of the incident, with its fault: an insert takes the lock, and calls a clean-up that takes the same lock
 * again. A {@link StampedLock}, like a mutex in Go, is not reentrant, and waits for ever.
 */
final class SelfLockingVault implements TempKeyStore {
    private static final Sweep NOTHING = new Sweep(List.of(), 0, 0, ApiKeyStore.Rest.NONE);

    private final StampedLock lock = new StampedLock();
    private final Map<String, TempRow> rows = new HashMap<>();

    @Override
    public Sweep insert(List<TempRow> inserted) {
        long stamp = lock.writeLock();
        try {
            cleanUp(inserted.get(0).createdAt());
            inserted.forEach(row -> rows.put(row.ticketHash(), row));
            return NOTHING;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private void cleanUp(long now) {
        long stamp = lock.writeLock();
        try {
            rows.values().removeIf(row -> row.deadline() <= now);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    @Override
    public @Nullable TempRow find(String ticketHash) {
        long stamp = lock.readLock();
        try {
            return rows.get(ticketHash);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public @Nullable TempRow findByKey(String keyId) {
        long stamp = lock.readLock();
        try {
            return rows.values().stream()
                    .filter(row -> row.keyId().equals(keyId))
                    .findAny()
                    .orElse(null);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        long stamp = lock.writeLock();
        try {
            TempRow row = rows.get(ticketHash);
            if (row == null || row.settledAt() != null || row.deadline() <= now) {
                return false;
            }
            rows.put(ticketHash, row.settled(now));
            return true;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    @Override
    public int discard(String keyId) {
        long stamp = lock.writeLock();
        try {
            int before = rows.size();
            rows.values().removeIf(row -> row.keyId().equals(keyId) && row.settledAt() == null);
            return before - rows.size();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    @Override
    public boolean remove(String ticketHash) {
        long stamp = lock.writeLock();
        try {
            return rows.remove(ticketHash) != null;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    @Override
    public Sweep purge(Duration age, long now, int limit) {
        cleanUp(now - age.toMillis());
        return NOTHING;
    }
}
