package dev.apikeys.tck;

import dev.apikeys.spi.StorageException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What lies behind a reference store: it can fail, and hang, and the store gives up on it after 50 ms. */
final class Backing {
    private enum Mode {
        SOUND,
        FAILING,
        HANGING
    }

    /** Gives others the time to get in between. */
    static void dawdle() {
        LockSupport.parkNanos(50_000);
    }

    private volatile Mode mode = Mode.SOUND;
    private volatile CountDownLatch recovery = new CountDownLatch(1);

    void fail() {
        mode = Mode.FAILING;
    }

    void hang() {
        recovery = new CountDownLatch(1);
        mode = Mode.HANGING;
    }

    void recover() {
        mode = Mode.SOUND;
        recovery.countDown();
    }

    boolean fails() {
        return mode == Mode.FAILING;
    }

    boolean hangs() {
        return mode == Mode.HANGING;
    }

    /** What a sound store does first in each call. */
    void reach() {
        if (fails()) {
            throw new StorageException("the store is out of reach", new java.net.ConnectException("refused"));
        }
        if (hangs() && !recoversWithin(50)) {
            throw new StorageException("the store gave no answer", new SocketTimeoutException("50 ms"), true, null);
        }
    }

    /** What a store without a bound does. */
    void reachWithoutBound() {
        while (hangs()) {
            recoversWithin(10);
        }
    }

    private boolean recoversWithin(long millis) {
        try {
            return recovery.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new StorageException("interrupted", e);
        }
    }
}
