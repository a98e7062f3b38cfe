package dev.apikeys;

/**
 * Receives events in order on a dedicated thread. Best effort, not an audit log: when the queue of a slow listener is
 * full, events are dropped and counted in {@link Stats#eventsDropped()}. The audit log is the journal, see
 * {@link ApiKeyManager#journal}.
 *
 * <p>It may throw, block, or call the manager; no operation waits for it. Implementations need not be thread-safe.
 * Locking: the library holds nothing while it calls this.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface KeyListener {

    /**
     * Receives one event.
     *
     * @param event the event
     */
    void onEvent(KeyEvent event);
}
