package dev.apikeys.verify.planted;

import java.util.concurrent.locks.LockSupport;

/** Breaks: L1 no locks and no semaphores. */
public final class Parks {
    public void pause() {
        LockSupport.parkNanos(1);
    }
}
