package dev.apikeys.verify.planted;

/** Breaks: L1 no wait, notify or sleep. */
public final class WaitsForMonitor {
    public void wake(Object monitor) {
        monitor.notifyAll();
    }
}
