package dev.apikeys.spi;

import java.util.Objects;

/**
 * How often one key was used since the last time this was written. Immutable and thread-safe.
 *
 * @param keyId the key
 * @param count how often it was used, at least 1
 * @param lastUsedAt when it was last used, epoch milliseconds
 */
public record UsageDelta(String keyId, long count, long lastUsedAt) {

    /**
     * Creates a delta.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public UsageDelta {
        Objects.requireNonNull(keyId, "keyId");
        if (count < 1) {
            throw new IllegalArgumentException("count must be at least 1, but was " + count);
        }
    }
}
