package dev.apikeys.internal.concurrent;

import java.util.concurrent.atomic.AtomicInteger;

/** A bounded number of places. Whoever finds none goes without: nobody waits for one. Thread-safe. */
public final class Places {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    /** Creates places of which none is taken. */
    public Places(int most) {
        this.most = most;
    }

    /** Takes a place; false if all are taken. */
    public boolean take() {
        for (; ; ) {
            int now = taken.get();
            if (now >= most) {
                return false;
            }
            if (taken.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /** Gives a place back. */
    public void giveBack() {
        taken.decrementAndGet();
    }
}
