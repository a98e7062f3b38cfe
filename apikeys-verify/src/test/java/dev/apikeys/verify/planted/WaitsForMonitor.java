package dev.apikeys.verify.planted;

/** Breaks: L1 no wait and no notify. */
public final class WaitsForMonitor {
    public void wake(Object monitor) {
        monitor.notifyAll();
    }
}
