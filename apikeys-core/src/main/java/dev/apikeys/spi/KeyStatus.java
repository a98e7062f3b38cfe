package dev.apikeys.spi;

/**
 * The status of a key at a point in time; see {@link KeyRow#status(long)}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public enum KeyStatus {
    /** The key can be used. */
    ACTIVE,
    /** The key is switched off and can be switched on again. */
    DISABLED,
    /** The key has reached its expiry. */
    EXPIRED,
    /** The key is revoked for good. */
    REVOKED
}
