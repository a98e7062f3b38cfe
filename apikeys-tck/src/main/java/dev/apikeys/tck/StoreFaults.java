package dev.apikeys.tck;

import org.jspecify.annotations.Nullable;

/**
 * Fault injection for the backend of a store under test: a proxy before a database, a data source that throws, a switch
 * in a test double. Called from one thread at a time, while others are in the store.
 *
 * @param <S> the kind of store
 * @since 0.1
 */
public interface StoreFaults<S> {

    /**
     * Begins an outage: the backend fails at once, for present and future calls of every method, reads included, until
     * {@link #recover()}. Rows written before stay.
     */
    void fail();

    /**
     * Begins a hang: the backend does not respond at all, to no method, until {@link #recover()}. The store's own bounds
     * must end its calls.
     */
    void hang();

    /** Ends an outage or a hang; does nothing if there is none. Called at the end of each test that used faults. */
    void recover();

    /**
     * Returns a store of the same kind with one connection for all callers, empty or with the rows of the store under
     * test. The test class closes what it needs.
     *
     * @return the store, or null if it does not use connections, which skips the rule
     */
    default @Nullable S onOneConnection() {
        return null;
    }
}
