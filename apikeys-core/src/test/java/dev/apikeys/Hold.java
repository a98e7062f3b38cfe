package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A place where whoever comes hangs until everybody is let go. */
final class Hold implements Runnable {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void run() {
        entered.countDown();
        try {
            await(open);
        } finally {
            release(); // A test that fails by waiting here fails once.
        }
    }

    void awaitSomebody() {
        await(entered);
    }

    void release() {
        open.countDown();
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).as("in time").isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody may interrupt a host call", e);
        }
    }
}
