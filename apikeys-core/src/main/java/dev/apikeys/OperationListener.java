package dev.apikeys;

import org.jspecify.annotations.Nullable;

/**
 * Receives the duration and outcome of operations and host calls, for metrics. A verification that is answered from the
 * cache makes no host call and is not reported; {@link Stats} counts it.
 *
 * <p>Thread-safe: it is called on the thread that did the work, so it must return at once; its exceptions are logged.
 * Locking: the library holds nothing while it calls this.
 *
 * <pre>{@code
 * ApiKeys.builder(store)
 *         .operationListener((operation, step, outcome, nanos) -> ...)
 * }</pre>
 *
 * @since 0.1
 */
@FunctionalInterface
public interface OperationListener {

    /**
     * The outcome of an operation or a host call. Later versions may add outcomes.
     *
     * @since 0.1
     */
    enum Outcome {
        /** It succeeded. */
        OK,
        /** It was refused, and nothing was done: invalid use, a conflict, no such key, an existing id. */
        REFUSED,
        /** It was refused since too many secrets wait in the vault, and nothing was done. */
        FULL,
        /** It failed, and nothing was done: an outage. */
        FAILED,
        /** It failed, and the write may or may not have happened. */
        UNKNOWN
    }

    /**
     * Receives one operation, or one host call within it.
     *
     * @param operation the method of {@link ApiKeyManager} or {@link TempKeyVault}, such as {@code create} or
     *     {@code vault.claim}, or work in the background, such as {@code flush} or {@code event CREATED}; one of a
     *     small fixed set
     * @param step the host call, such as {@code store.write}, one of a small fixed set; null for the operation as a
     *     whole
     * @param outcome the outcome
     * @param nanos the duration, in nanoseconds
     */
    void onOperation(String operation, @Nullable String step, Outcome outcome, long nanos);
}
