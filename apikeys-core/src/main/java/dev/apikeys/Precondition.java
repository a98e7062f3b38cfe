package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A state that a key must have for a change to be made; see {@link ApiKeyManager#provided}. Immutable and thread-safe.
 *
 * <pre>{@code
 * keys.provided(Precondition.version(3).owner("team-a")).disable(id);
 * }</pre>
 *
 * <p>A condition that was set cannot be set again: {@link IllegalStateException}.
 *
 * <p>It is checked within the compare-and-set that writes the change: the owner before the version, the version before
 * the last use, and all before the check for a change that is already done.
 *
 * @since 0.1
 */
public sealed interface Precondition permits Precondition.State {

    /**
     * Returns the condition that the key has this version.
     *
     * @param version the {@link ApiKey#version()} that the caller has seen, at least 1; moving a hash to the current
     *     pepper increments it, too
     * @return a condition
     * @throws InvalidArgumentException if the version is less than 1
     */
    static State version(long version) {
        return new State(null, null, null).version(version);
    }

    /**
     * Returns the condition that the key has this owner.
     *
     * @param owner 1 to 200 code points
     * @return a condition
     * @throws InvalidArgumentException if the owner is null or longer, or holds what is not allowed
     */
    static State owner(String owner) {
        return new State(null, null, null).owner(owner);
    }

    /**
     * Returns the condition that the key was not used at this time or later. A key that was never used counts as used
     * when it was created, and one with uses that this node has not written yet as used now. A use that another node
     * has not written yet is not seen. A deletion checks the last use before its write, not within it.
     *
     * @param moment from 1970 to 9998, cut to milliseconds
     * @return a condition
     * @throws InvalidArgumentException if the moment is null or outside these years
     */
    static State unusedSince(Instant moment) {
        return new State(null, null, null).unusedSince(moment);
    }

    /**
     * One or more conditions. Immutable and thread-safe.
     *
     * @since 0.1
     */
    final class State implements Precondition {
        private final @Nullable Long version;
        private final @Nullable String owner;
        private final @Nullable Instant unusedSince;

        private State(@Nullable Long version, @Nullable String owner, @Nullable Instant unusedSince) {
            this.version = version;
            this.owner = owner;
            this.unusedSince = unusedSince;
        }

        /**
         * Returns this condition with a version.
         *
         * @param version as for {@link Precondition#version}
         * @return a condition
         * @throws InvalidArgumentException if the version is less than 1
         * @throws IllegalStateException if a version was set before
         */
        public State version(long version) {
            if (version < 1) {
                throw Arguments.refusedValue("version", version, "1 and more");
            }
            Arguments.unset(this.version, "version");
            return new State(version, owner, unusedSince);
        }

        /**
         * Returns this condition with an owner.
         *
         * @param owner as for {@link Precondition#owner}
         * @return a condition
         * @throws InvalidArgumentException if the owner is null or longer, or holds what is not allowed
         * @throws IllegalStateException if an owner was set before
         */
        public State owner(String owner) {
            Arguments.unset(this.owner, "owner");
            return new State(version, Arguments.text("owner", owner, Arguments.MAX_OWNER), unusedSince);
        }

        /**
         * Returns this condition with a last use.
         *
         * @param moment as for {@link Precondition#unusedSince(Instant)}
         * @return a condition
         * @throws InvalidArgumentException if the moment is null or outside the years 1970 to 9998
         * @throws IllegalStateException if a moment was set before
         */
        public State unusedSince(Instant moment) {
            Arguments.unset(this.unusedSince, "unusedSince");
            return new State(version, owner, Arguments.instant("unusedSince", moment));
        }

        /** Returns both conditions combined; refuses a value that both set. */
        State and(Precondition other) {
            State both = this;
            Long otherVersion = other.version();
            if (otherVersion != null) {
                both = both.version(otherVersion);
            }
            String otherOwner = other.owner();
            if (otherOwner != null) {
                both = both.owner(otherOwner);
            }
            Instant otherUnused = other.unusedSince();
            return otherUnused == null ? both : both.unusedSince(otherUnused);
        }

        @Override
        public @Nullable Long version() {
            return version;
        }

        @Override
        public @Nullable String owner() {
            return owner;
        }

        @Override
        public @Nullable Instant unusedSince() {
            return unusedSince;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof State that
                    && Objects.equals(version, that.version)
                    && Objects.equals(owner, that.owner)
                    && Objects.equals(unusedSince, that.unusedSince);
        }

        @Override
        public int hashCode() {
            return Objects.hash(version, owner, unusedSince);
        }

        /** Returns the conditions. */
        @Override
        public String toString() {
            return Described.as("Precondition")
                    .with("version", version)
                    .with("owner", owner)
                    .with("unusedSince", unusedSince)
                    .toString();
        }
    }

    /**
     * Returns the version that the key must have.
     *
     * @return a number, or null for any
     */
    @Nullable Long version();

    /**
     * Returns the owner that the key must have.
     *
     * @return a text, or null for any
     */
    @Nullable String owner();

    /**
     * Returns since when the key must be unused.
     *
     * @return a moment, or null for a key used at any time
     */
    @Nullable Instant unusedSince();
}
