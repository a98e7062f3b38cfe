package dev.apikeys;

import dev.apikeys.internal.crypto.HashFunction;
import org.jspecify.annotations.Nullable;

/** The parsed hash of a secret from a row. */
final class StoredHash {
    /** Empty if there is no pepper. */
    final String pepperId;

    /** The function to hash a presented secret; null if the pepper is not configured here. */
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

    /** Compares with the start of an array, in constant time. */
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
