package dev.apikeys;

import java.time.Instant;
import java.util.Optional;

/**
 * The outcome of a claim. Immutable and thread-safe, but for the secret, which can be destroyed.
 *
 * @since 0.1
 */
public sealed interface ClaimResult {

    /**
     * Returns the secret, if this claim succeeded.
     *
     * @return the secret, or empty
     */
    default Optional<Secret> claimedSecret() {
        return Optional.empty();
    }

    /**
     * The claim opened the temp key; no other claim will.
     *
     * @since 0.1
     */
    final class Claimed implements ClaimResult {
        private final KeyId keyId;

        /** Transient, to hide it from mappers that read fields. */
        private final transient Secret secret;

        Claimed(KeyId keyId, Secret secret) {
            this.keyId = keyId;
            this.secret = secret;
        }

        /**
         * Returns the key whose secret this is.
         *
         * @return the id
         */
        public KeyId keyId() {
            return keyId;
        }

        /**
         * Returns the secret.
         *
         * @return the secret; the library keeps no copy
         */
        public Secret secret() {
            return secret;
        }

        @Override
        public Optional<Secret> claimedSecret() {
            return Optional.of(secret);
        }

        /** Returns the id, never the secret. */
        @Override
        public String toString() {
            return "Claimed[" + keyId + "]";
        }
    }

    /**
     * The ticket was claimed before, also if its deadline has passed since. If not by the intended holder, revoke the
     * key.
     *
     * @param keyId the key whose secret was claimed
     * @param at when
     * @since 0.1
     */
    record AlreadyClaimed(KeyId keyId, Instant at) implements ClaimResult {}

    /**
     * The deadline passed without a claim.
     *
     * @param deadline the deadline
     * @since 0.1
     */
    record Expired(Instant deadline) implements ClaimResult {}

    /**
     * No temp key has this ticket: it never existed, was discarded, or ended more than seven days ago.
     *
     * @since 0.1
     */
    record Unknown() implements ClaimResult {}
}
