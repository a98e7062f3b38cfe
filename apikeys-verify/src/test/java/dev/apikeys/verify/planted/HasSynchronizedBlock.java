package dev.apikeys.verify.planted;

/** Breaks: L1 nothing is synchronized, where the method does not say so. */
public final class HasSynchronizedBlock {
    private final Object monitor = new Object();
    private int count;

    public int next() {
        synchronized (monitor) {
            return ++count;
        }
    }
}
