package dev.apikeys.tck;

import org.jspecify.annotations.Nullable;

/**
 * What a contract needs in order to see how a store behaves when what lies behind it fails: a proxy before a database, a
 * data source that throws, a switch in a test double. Called from one thread at a time, while others are in the store.
 *
 * @param <S> the kind of store
 * @since 0.1
 */
public interface StoreFaults<S> {

    /**
     * Begins an outage: what lies behind the store under test fails at once, for calls under way and to come, until
     * {@link #recover()}. What was written before stays.
     */
    void fail();

    /**
     * Begins a hang: what lies behind the store under test gives no answer, neither good nor bad, until
     * {@link #recover()}. The store's own bounds have to end its calls.
     */
    void hang();

    /** Ends an outage or a hang; does nothing if there is none. Called at the end of each test that used faults. */
    void recover();

    /**
     * Returns a store of the same kind that has one connection for all its callers, empty or on the same rows as the store
     * under test. The test class closes what it needs.
     *
     * @return the store, or null if it does not use connections, which skips the rule
     */
    default @Nullable S onOneConnection() {
        return null;
    }
}
