package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event, delivered after the fact. Never holds a secret. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class KeyEvent {

    /**
     * The type of an event. Later versions may add types: a {@code switch} needs a default.
     *
     * @since 0.1
     */
    public enum Type {
        /** A key was created. */
        CREATED,
        /**
         * A presented text was a valid key; delivered only on request (see {@link ApiKeys.Builder#tellVerified}), and
         * while the listener keeps up.
         */
        VERIFIED,
        /** A presented text was rejected; rate-limited, all are counted in {@link Stats}. */
        REJECTED,
        /** A temp key was claimed. */
        CLAIMED,
        /** A spent ticket was presented again: another caller may have the secret; rate-limited per key. */
        CLAIMED_AGAIN,
        /** A hand-off expired unclaimed. */
        HANDOFF_EXPIRED,
        /** A key was replaced by another; the detail holds the new id. */
        ROTATED,
        /** A key was revoked; the detail holds the reason. */
        REVOKED,
        /** A key was disabled. */
        DISABLED,
        /** A key was enabled. */
        ENABLED,
        /** A key was changed. */
        UPDATED,
        /** A key was deleted or purged. */
        DELETED,
        /** A damaged permission list was rewritten. */
        PERMISSIONS_REPAIRED,
        /** An unreadable permission list was found; rate-limited. */
        PERMISSIONS_QUARANTINED,
        /** A host call has exceeded the stall threshold; the detail names operation and step. */
        STALLED
    }

    /**
     * The reason why an event was dropped; see {@link Stats#eventsDropped()}. Later versions may add reasons.
     *
     * @since 0.1
     */
    public enum Dropped {
        /** The rate limit of a type that any caller can cause, such as {@link Type#REJECTED}. */
        RATE,
        /** The listener is too slow and its queue was full; events of changes can be among these. */
        FULL,
        /** The manager was closed with the event in the queue. */
        CLOSED
    }

    private final Type type;
    private final @Nullable KeyId keyId;
    private final Instant time;
    private final Verification.@Nullable Code code;
    private final String detail;

    KeyEvent(Type type, @Nullable KeyId keyId, Instant time, Verification.@Nullable Code code, String detail) {
        this.type = type;
        this.keyId = keyId;
        this.time = time;
        this.code = code;
        this.detail = detail;
    }

    /**
     * Returns the type of the event.
     *
     * @return the type
     */
    public Type type() {
        return type;
    }

    /**
     * Returns the key.
     *
     * @return its id, or null where none is known
     */
    public @Nullable KeyId keyId() {
        return keyId;
    }

    /**
     * Returns when it happened.
     *
     * @return the moment, cut to milliseconds
     */
    public Instant time() {
        return time;
    }

    /**
     * Returns the code of a rejected verification.
     *
     * @return the code, or null for another type
     */
    public Verification.@Nullable Code code() {
        return code;
    }

    /**
     * Returns the detail, for a log.
     *
     * @return a text that may be empty
     */
    public String detail() {
        return detail;
    }

    private Described described() {
        return Described.as("KeyEvent")
                .with("type", type)
                .with("keyId", keyId)
                .with("time", time)
                .with("code", code)
                .with("detail", detail.isEmpty() ? null : detail);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyEvent that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns all fields that are set. */
    @Override
    public String toString() {
        return described().toString();
    }
}
