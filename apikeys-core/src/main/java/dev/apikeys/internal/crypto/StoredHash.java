package dev.apikeys.internal.crypto;

import org.jspecify.annotations.Nullable;

/** The parsed hash of a secret from a row. */
public final class StoredHash {
    /** Empty if there is no pepper. */
    public final String pepperId;

    /** The function to hash a presented secret; null if the pepper is not configured here. */
    public final @Nullable HashFunction function;

    private final byte[] digest;

    public StoredHash(String pepperId, @Nullable HashFunction function, byte[] digest) {
        this.pepperId = pepperId;
        this.function = function;
        this.digest = digest;
    }

    public boolean isUnpeppered() {
        return pepperId.isEmpty();
    }

    /** Compares with the start of an array, in constant time. */
    public boolean isAtStartOf(byte[] presented) {
        int difference = 0;
        for (int i = 0; i < HashFunction.BYTES; i++) {
            difference |= digest[i] ^ presented[i];
        }
        return difference == 0;
    }

    @Override
    public String toString() {
        return "StoredHash[pepper=" + pepperId + "]";
    }
}
