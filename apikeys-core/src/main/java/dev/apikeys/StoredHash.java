package dev.apikeys;

import dev.apikeys.internal.crypto.HashFunction;
import org.jspecify.annotations.Nullable;

/** The hash of a secret as it stands in a row, read. */
final class StoredHash {
    /** Empty: under no pepper. */
    final String pepperId;

    /** How to hash what is presented; null if the pepper is not configured here. */
    final @Nullable HashFunction function;

    private final byte[] digest;

    StoredHash(String pepperId, @Nullable HashFunction function, byte[] digest) {
        this.pepperId = pepperId;
        this.function = function;
        this.digest = digest;
    }

    boolean isUnpeppered() {
        return pepperId.isEmpty();
    }

    /** Compares with the beginning of an array, in constant time. */
    boolean isAtStartOf(byte[] presented) {
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
