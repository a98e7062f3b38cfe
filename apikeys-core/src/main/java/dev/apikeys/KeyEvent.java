package dev.apikeys;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, told after it did. Never holds a secret. Immutable and thread-safe.
 *
 * @param type what happened
 * @param keyId the key, or null where none is known
 * @param time when, cut to milliseconds
 * @param code the code of a rejected verification, otherwise null
 * @param detail more for the log, may be empty
 */
public record KeyEvent(
        Type type, @Nullable KeyId keyId, Instant time, Verification.@Nullable Code code, String detail) {

    /** What can happen. */
    public enum Type {
        /** A key was created. */
        CREATED,
        /** A presented text was a good key; told only if asked for, and while the listener keeps up. */
        VERIFIED,
        /** A presented text was rejected; told up to a rate, all are counted in {@link Stats}. */
        REJECTED,
        /** A temp key was claimed. */
        CLAIMED,
        /** A ticket was presented again: somebody else may have the secret; told up to a rate per key. */
        CLAIMED_AGAIN,
        /** A key was replaced by another; the detail holds the new id. */
        ROTATED,
        /** A key was taken back; the detail holds the reason. */
        REVOKED,
        /** A key was switched off. */
        DISABLED,
        /** A key was switched on. */
        ENABLED,
        /** A key was changed. */
        UPDATED,
        /** A key was deleted or purged. */
        DELETED,
        /** A damaged permission list was rewritten. */
        PERMISSIONS_REPAIRED,
        /** A permission list that cannot be read was met; told up to a rate. */
        PERMISSIONS_QUARANTINED,
        /** A host call lasts longer than it may; the detail names operation and step. */
        STALLED
    }
}
