package dev.apikeys.spi;

/**
 * The status of a key at a point in time; see {@link KeyRow#status(long)}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public enum KeyStatus {
    /** The key is valid. */
    ACTIVE,
    /** The key is disabled and can be enabled again. */
    DISABLED,
    /** The key has reached its expiry. */
    EXPIRED,
    /** The key is revoked permanently. */
    REVOKED
}
