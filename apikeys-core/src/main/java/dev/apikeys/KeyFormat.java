package dev.apikeys;

import org.jspecify.annotations.Nullable;

/**
 * What the text of a secret looks like. A manager issues one format and verifies those that it was told of, no others.
 * Immutable and thread-safe.
 */
public abstract sealed class KeyFormat permits NativeKeyFormat, Sha64HexKeyFormat {
    private final boolean acceptsUnpeppered;

    KeyFormat(boolean acceptsUnpeppered) {
        this.acceptsUnpeppered = acceptsUnpeppered;
    }

    /**
     * The format with the prefix {@code sk}.
     *
     * @return the format
     */
    public static KeyFormat standard() {
        return new NativeKeyFormat("sk", false);
    }

    /**
     * {@code <prefix>_<ULID of the key id>_<43 base62 digits, 256 random bits><6 base62 digits, CRC-32 of all before>}.
     * The id makes the key findable without an index of hashes; the checksum refuses typos and scanners' finds without
     * asking the store.
     *
     * @param prefix {@code [a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?}
     * @return the format
     * @throws IllegalArgumentException if the prefix is not of that form
     */
    public static KeyFormat prefix(String prefix) {
        return new NativeKeyFormat(prefix, false);
    }

    /**
     * The format of keys that were imported: {@code sk_} and 64 hexadecimal digits in lower case, stored as plain
     * SHA-256. Such keys are verified, never issued. A manager with a pepper refuses them unless the format is registered
     * {@link #acceptingUnpeppered()}.
     *
     * @return the format
     */
    public static KeyFormat sha64Hex() {
        return new Sha64HexKeyFormat(false);
    }

    /**
     * This format, also accepting keys whose stored hash has no pepper although the manager has one. By default such
     * keys are refused: anybody who can write the table could mint them.
     *
     * @return a format
     */
    public abstract KeyFormat acceptingUnpeppered();

    final boolean acceptsUnpeppered() {
        return acceptsUnpeppered;
    }

    /** Whether both read the same texts, so that the second of them would never be asked. */
    abstract boolean readsSameAs(KeyFormat other);

    /**
     * Reads a presented text.
     *
     * @return what it says, or null if it is not of this format
     */
    abstract @Nullable Presented parse(byte[] text);
}
