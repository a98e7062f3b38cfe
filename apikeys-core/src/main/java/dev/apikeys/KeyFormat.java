package dev.apikeys;

import org.jspecify.annotations.Nullable;

/**
 * The text format of a secret. A manager issues one format, and verifies only that and those registered with
 * {@link ApiKeys.Builder#alsoAccept}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public abstract sealed class KeyFormat permits NativeKeyFormat, Sha64HexKeyFormat {
    private final boolean acceptsUnpeppered;

    KeyFormat(boolean acceptsUnpeppered) {
        this.acceptsUnpeppered = acceptsUnpeppered;
    }

    /**
     * Returns the format with the prefix {@code sk}.
     *
     * @return the format
     */
    public static KeyFormat standard() {
        return new NativeKeyFormat("sk", false);
    }

    /**
     * Returns the format {@code <prefix>_<ULID of the key id>_<43 base62><6 base62>}: 256 random bits, then the CRC-32
     * of all before it. The id makes the key findable without an index of hashes; the checksum rejects typos and
     * look-alikes without a store access.
     *
     * @param prefix {@code [a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?}
     * @return the format
     * @throws InvalidArgumentException if the prefix is not of that form
     */
    public static KeyFormat prefix(String prefix) {
        return new NativeKeyFormat(prefix, false);
    }

    /**
     * Returns the format of keys that were imported: {@code sk_} and 64 hexadecimal digits in lower case, stored as
     * plain SHA-256. Such keys are verified, never issued. A manager with a pepper rejects them unless the format is
     * registered {@link #acceptingUnpeppered()}.
     *
     * @return the format
     */
    public static KeyFormat sha64Hex() {
        return new Sha64HexKeyFormat(false);
    }

    /**
     * Returns this format, also accepting keys whose stored hash has no pepper although the manager has one. By default
     * such keys are rejected: write access to the table would be enough to forge them.
     *
     * @return a format
     */
    public abstract KeyFormat acceptingUnpeppered();

    final boolean acceptsUnpeppered() {
        return acceptsUnpeppered;
    }

    /** Returns whether both read the same texts, so that the second would never be used. */
    abstract boolean readsSameAs(KeyFormat other);

    /** The result of reading a presented text in a format. */
    enum Reading {
        /** A text of another format. */
        OTHER,
        /** A text of this format with a wrong checksum: nothing in it is reliable. */
        MISTYPED,
        /** A secret. */
        SECRET
    }

    /** Reads a presented text. */
    abstract Reading read(byte[] text);

    /** Returns the key id in a secret of this format; null if keys are found by the hash of the secret. */
    abstract @Nullable String keyId(byte[] secret);
}
