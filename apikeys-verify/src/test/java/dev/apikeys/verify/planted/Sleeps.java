package dev.apikeys.verify.planted;

/** Breaks: L1 no wait, notify or sleep. */
public final class Sleeps {
    public void pause() throws InterruptedException {
        Thread.sleep(1);
    }
}
