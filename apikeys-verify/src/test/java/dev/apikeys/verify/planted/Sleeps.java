package dev.apikeys.verify.planted;

/** Breaks: L1 only the retry of jdbc sleeps. */
public final class Sleeps {
    public void pause() throws InterruptedException {
        Thread.sleep(1);
    }
}
