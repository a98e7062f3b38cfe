package dev.apikeys.internal.concurrent;

import java.util.concurrent.atomic.AtomicInteger;

/** A bounded number of places, taken by compare-and-set, without waiting. Thread-safe. */
public final class Places {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    /** Creates free places. */
    public Places(int most) {
        this.most = most;
    }

    /** Takes a place; returns false if all are taken. */
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

    /** Returns a place. */
    public void giveBack() {
        taken.decrementAndGet();
    }
}
