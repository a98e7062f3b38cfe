package dev.apikeys;

/**
 * Is told what happened, one event at a time, in order, on a thread of its own: it may throw, block, or call the manager,
 * and no operation waits for it. Events that pile up while it blocks are dropped and counted in {@link Stats}: it is for
 * notice, and no audit log. Write that beside the call.
 * Implementations need not be thread-safe. Locking: the library holds nothing while it calls this.
 */
@FunctionalInterface
public interface KeyListener {

    /**
     * Takes one event.
     *
     * @param event what happened
     */
    void onEvent(KeyEvent event);
}
