package dev.apikeys.verify.planted;

/** Breaks: L11 threads are made in one place. */
public final class MakesThread {
    public Thread inheriting(Runnable task) {
        return new Thread(task, "takes over what its maker has");
    }
}
