package dev.apikeys;

import dev.apikeys.internal.crypto.HashFunction;
import java.security.MessageDigest;
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

    /** Compares in constant time. */
    boolean equalsDigest(byte[] presented) {
        return MessageDigest.isEqual(digest, presented);
    }

    @Override
    public String toString() {
        return "StoredHash[pepper=" + pepperId + "]";
    }
}
