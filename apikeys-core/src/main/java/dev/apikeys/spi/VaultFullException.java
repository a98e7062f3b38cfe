package dev.apikeys.spi;

/**
 * Thrown when a temp key store holds its maximum of live rows; nothing was written. Retry once hand-offs were claimed
 * or have expired. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class VaultFullException extends StorageException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param maxLive how many live rows the store may hold
     */
    public VaultFullException(long maxLive) {
        super(
                "The vault holds " + maxLive + " secrets waiting for their hand-off, which is its limit; nothing was"
                        + " written. Retry later, shorten hand-offs, or raise the store's limit",
                null);
    }
}
