package dev.apikeys.spi;

import java.util.List;
import java.util.Objects;

/**
 * The usage that one node counted since its previous batch. Immutable and thread-safe.
 *
 * <p>A node numbers its batches from 1 without gaps and has one under way at a time. It retries a batch whose outcome
 * is unknown, unchanged and under the same number, until the outcome is known.
 *
 * @param node the manager that counted, 1 to 64 characters of ASCII; a new one for each manager
 * @param number from 1, one more than the node's previous batch
 * @param deltas 1 to 500 deltas in ascending order of key id by code unit, each id at most once
 * @since 0.1
 */
public record UsageBatch(String node, long number, List<Delta> deltas) {

    /**
     * The usage of one key.
     *
     * @param keyId the key
     * @param count how often it was used, at least 0; 0 moves only {@code lastUsedAt}
     * @param lastUsedAt when it was last used, epoch milliseconds
     * @since 0.1
     */
    public record Delta(String keyId, long count, long lastUsedAt) {
        /**
         * Creates a delta.
         *
         * @throws IllegalArgumentException if {@code count} is negative
         */
        public Delta {
            Objects.requireNonNull(keyId, "keyId");
            if (count < 0) {
                throw new IllegalArgumentException("count is " + count + "; allowed: at least 0");
            }
        }
    }

    /**
     * Creates a batch and copies the deltas.
     *
     * @throws IllegalArgumentException if {@code number} is less than 1
     */
    public UsageBatch {
        Objects.requireNonNull(node, "node");
        deltas = List.copyOf(deltas);
        if (number < 1) {
            throw new IllegalArgumentException("number is " + number + "; allowed: at least 1");
        }
    }
}
