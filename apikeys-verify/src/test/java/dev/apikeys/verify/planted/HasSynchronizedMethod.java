package dev.apikeys.verify.planted;

/** Breaks: L1 nothing is synchronized. */
public final class HasSynchronizedMethod {
    private int count;

    public synchronized int next() {
        return ++count;
    }
}
