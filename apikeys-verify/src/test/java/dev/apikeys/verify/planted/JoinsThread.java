package dev.apikeys.verify.planted;

/** Breaks: L7 every wait has a bound; nought is none. */
public final class JoinsThread {
    public void end(Thread thread) throws InterruptedException {
        thread.join(0);
    }
}
