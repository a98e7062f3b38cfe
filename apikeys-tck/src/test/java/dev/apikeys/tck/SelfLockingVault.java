package dev.apikeys.tck;

import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.StampedLock;

/** The vault of the incident: it cleans up under the lock that the clean-up takes. */
final class SelfLockingVault extends ReferenceTempKeyStore {
    private final StampedLock lock = new StampedLock();

    SelfLockingVault() {}

    SelfLockingVault(Backing backing, int maxLive) {
        super(backing, maxLive);
    }

    @Override
    public Sweep insert(List<TempRow> inserted) {
        long stamp = lock.writeLock();
        try {
            cleanUp();
            return super.insert(inserted);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private void cleanUp() {
        long stamp = lock.writeLock();
        try {
            purge(Duration.ZERO, System.currentTimeMillis(), 1_000);
        } finally {
            lock.unlockWrite(stamp);
        }
    }
}
