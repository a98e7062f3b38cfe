package dev.apikeys.verify.planted;

/** Breaks: L10 what a scheduler runs catches everything; here it is thrown again. */
public final class ThrowsAgain implements Runnable {
    @Override
    public void run() {
        try {
            Integer.parseInt("planted");
        } catch (Throwable e) {
            throw e;
        }
    }
}
