package dev.apikeys;

import java.time.Instant;
import java.util.Optional;

/** What became of a claim. Immutable and thread-safe, but for the secret, which can be destroyed. */
public sealed interface ClaimResult {

    /**
     * The secret, if this claim was the one that got it.
     *
     * @return the secret, or empty
     */
    default Optional<Secret> secret() {
        return Optional.empty();
    }

    /** The claim opened the temp key; no other ever will. */
    final class Claimed implements ClaimResult {
        private final KeyId keyId;
        private final Secret secret;

        Claimed(KeyId keyId, Secret secret) {
            this.keyId = keyId;
            this.secret = secret;
        }

        /**
         * The key whose secret this is.
         *
         * @return the id
         */
        public KeyId keyId() {
            return keyId;
        }

        @Override
        public Optional<Secret> secret() {
            return Optional.of(secret);
        }

        /** The id, never the secret. */
        @Override
        public String toString() {
            return "Claimed[" + keyId + "]";
        }
    }

    /**
     * Somebody was here before. If that was not the one the ticket was meant for, revoke the key.
     *
     * @param keyId the key whose secret was claimed
     * @param at when
     */
    record AlreadyClaimed(KeyId keyId, Instant at) implements ClaimResult {}

    /**
     * The deadline has passed.
     *
     * @param deadline when it was
     */
    record Expired(Instant deadline) implements ClaimResult {}

    /** No temp key has this ticket: it never existed, was discarded, or was purged after its deadline. */
    record Unknown() implements ClaimResult {}
}
