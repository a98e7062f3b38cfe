package dev.apikeys.verify.planted;

/** Breaks: L10 what a scheduler runs catches everything; here only in a half of it. */
public final class CatchesHalf implements Runnable {
    @Override
    public void run() {
        Integer.parseInt("outside");
        try {
            Integer.parseInt("inside");
        } catch (Throwable e) {
            // Nothing of the first half comes here.
        }
    }
}
