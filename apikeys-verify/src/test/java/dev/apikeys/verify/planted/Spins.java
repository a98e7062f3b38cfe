package dev.apikeys.verify.planted;

import java.util.concurrent.atomic.AtomicBoolean;

/** Breaks: L1 nobody spins, which is a lock by another name. */
public final class Spins {
    public void await(AtomicBoolean done) {
        while (!done.get()) {
            Thread.onSpinWait();
        }
    }
}
