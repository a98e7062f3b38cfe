package dev.apikeys.verify.planted;

import java.util.concurrent.CountDownLatch;

/** Breaks: L1 no locks and no semaphores. */
public final class OwnsLatch {
    private final CountDownLatch latch = new CountDownLatch(1);

    public void open() {
        latch.countDown();
    }
}
