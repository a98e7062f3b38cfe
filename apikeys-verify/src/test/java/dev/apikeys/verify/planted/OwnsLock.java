package dev.apikeys.verify.planted;

import java.util.concurrent.locks.StampedLock;

/** Breaks: L1 no locks and no semaphores. */
public final class OwnsLock {
    private final StampedLock lock = new StampedLock();

    public boolean busy() {
        return lock.isWriteLocked();
    }
}
