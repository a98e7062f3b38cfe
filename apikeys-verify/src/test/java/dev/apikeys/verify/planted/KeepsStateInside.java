package dev.apikeys.verify.planted;

import java.util.concurrent.atomic.AtomicLong;

/** Breaks: L8 static fields hold no state; this one in an object of ours. */
public final class KeepsStateInside {
    static final KeepsStateInside SHARED = new KeepsStateInside();

    private final AtomicLong calls = new AtomicLong();

    public long next() {
        return calls.incrementAndGet();
    }
}
