package dev.apikeys;

import org.jspecify.annotations.Nullable;

/**
 * The form of the text of a secret. A manager issues one format and verifies that and those that are registered with
 * {@link ApiKeys.Builder#alsoAccept}, no others. Immutable and thread-safe.
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
     * Returns the format {@code <prefix>_<ULID of the key id>_<43 base62><6 base62>}: 256 random bits, then the CRC-32 of
     * all before it. The id makes the key findable without an index of hashes; the checksum refuses typos and scanners' finds without
     * asking the store.
     *
     * @param prefix {@code [a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?}
     * @return the format
     * @throws InvalidArgumentException if the prefix is not of that form
     */
    public static KeyFormat prefix(String prefix) {
        return new NativeKeyFormat(prefix, false);
    }

    /**
     * Returns the format of keys that were imported: {@code sk_} and 64 hexadecimal digits in lower case, stored as plain
     * SHA-256. Such keys are verified, never issued. A manager with a pepper refuses them unless the format is registered
     * {@link #acceptingUnpeppered()}.
     *
     * @return the format
     */
    public static KeyFormat sha64Hex() {
        return new Sha64HexKeyFormat(false);
    }

    /**
     * Returns this format, also accepting keys whose stored hash has no pepper although the manager has one. By default
     * such keys are refused: write access to the table would be enough to mint them.
     *
     * @return a format
     */
    public abstract KeyFormat acceptingUnpeppered();

    final boolean acceptsUnpeppered() {
        return acceptsUnpeppered;
    }

    /** Whether both read the same texts, so that the second of them would never be asked. */
    abstract boolean readsSameAs(KeyFormat other);

    /** How a presented text reads in a format. */
    enum Reading {
        /** As a text of another format. */
        OTHER,
        /** As a text of this format with a wrong checksum: nothing that it says can be relied on. */
        MISTYPED,
        /** As a secret. */
        SECRET
    }

    /** Reads a presented text. */
    abstract Reading read(byte[] text);

    /** The key id that stands in a secret of this format; null if its keys are found by the hash of the secret. */
    abstract @Nullable String keyId(byte[] secret);
}
